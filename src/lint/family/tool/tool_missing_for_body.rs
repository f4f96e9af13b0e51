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

/// Words that turn an order into its opposite.
const DENIALS: &[&str] =
    &["not ", "n't ", "never ", "without ", "no ", "instead", "cannot ", "avoid "];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("tools") else { return };
    let words = node.words();
    if words.iter().any(|(tool, _)| tool == "*") || words.is_empty() {
        return;
    }
    let lower = file.body().to_ascii_lowercase();
    for tool in DISTINCT {
        if words.iter().any(|(word, _)| client::tool_name(word) == *tool) {
            continue;
        }
        let name = tool.to_ascii_lowercase();
        let forms = [
            format!("use `{name}`"),
            format!("use the `{name}` tool"),
            format!("use the {name} tool"),
        ];
        let told = forms.iter().find_map(|form| Some((lower.find(form)?, form.len())));
        let Some((at, length)) = told else { continue };
        let line = lower[..at].rfind(['\n', '.', ';']).map_or(0, |line| line + 1);
        let denied = DENIALS.iter().any(|word| lower[line..at].contains(word));
        let place = file.body_start() + at;
        let fenced = |place| {
            let fences = file.outline().map(|outline| &outline.fences);
            fences.is_some_and(|all| all.iter().any(|fence| fence.span.contains(&place)))
        };
        if denied || fenced(place) {
            continue;
        }
        out.at(file, place..place + length, format!("this agent has no `{tool}`"))
            .also(node.span.clone(), "its tools")
            .help(format!("add `{tool}` to `tools`, or change the text"));
    }
}
