//! A prompt tells an agent to use a tool that it lacks.
//!
//! ## What
//! Reports tools that the text of an agent says to use and its `tools` does not hold.
//!
//! ## Why
//! The agent cannot do what it is told and makes do with what it has, or says that it did.
//!
//! ## Example
//! ```markdown
//! ---
//! name: scout
//! description: Looks things up
//! tools: Read
//! ---
//! Use `WebFetch` to read the page.
//! ```
//!
//! ## Fix
//! Add the tool, or change the text.
//!
//! ## Source
//! Facts B1, 2026-11-22. Read from the words: confidence low.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-missing-for-body",
    source: include_str!("tool_missing_for_body.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Tools whose names are no words of plain English.
const DISTINCT: &[&str] =
    &["WebFetch", "WebSearch", "NotebookEdit", "TodoWrite", "AskUserQuestion", "Bash"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("tools") else { return };
    let words = node.words();
    if words.iter().any(|(tool, _)| tool == "*") || words.is_empty() {
        return;
    }
    let Some(outline) = file.outline() else { return };
    for tool in DISTINCT {
        if words.iter().any(|(word, _)| client::tool_name(word) == *tool) {
            continue;
        }
        for form in [
            format!("use `{tool}`"),
            format!("use the `{tool}` tool"),
            format!("use the {tool} tool"),
        ] {
            let lower = file.body().to_ascii_lowercase();
            let Some(at) = lower.find(&form.to_ascii_lowercase()) else { continue };
            let before = &lower[..at];
            let line = before.rfind(['\n', '.', ';']).map_or(0, |line| line + 1);
            let denied =
                ["not ", "n't ", "never ", "without ", "no ", "instead", "cannot ", "avoid "]
                    .iter()
                    .any(|word| before[line..].contains(word));
            let place = file.body_start() + at;
            let fenced = outline.fences.iter().any(|fence| fence.span.contains(&place));
            if denied || fenced {
                continue;
            }
            out.at(file, place..place + form.len(), format!("this agent has no `{tool}`"))
                .also(node.span.clone(), "its tools")
                .help(format!("add `{tool}` to `tools`, or change the text"));
            break;
        }
    }
}
