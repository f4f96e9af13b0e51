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
    let orders = orders(&lower);
    for tool in DISTINCT {
        if words.iter().any(|(word, _)| client::tool_name(word) == *tool) {
            continue;
        }
        let told = orders.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(tool));
        let Some(&(at, _, length)) = told else { continue };
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

/// What a text says to use: the place of each order, the word it names, and the order's length. The forms are
/// "use `word`", "use the `word` tool" and "use the word tool". One pass, since bodies are long.
fn orders(text: &str) -> Vec<(usize, &str, usize)> {
    let mut all = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), "use ") {
        let rest = &text[at + 4..];
        let (the, rest) = rest.strip_prefix("the ").map_or((false, rest), |rest| (true, rest));
        let (quoted, rest) = rest.strip_prefix('`').map_or((false, rest), |rest| (true, rest));
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let closing = match (the, quoted) {
            (false, true) => "`",
            (true, true) => "` tool",
            (true, false) => " tool",
            (false, false) => continue,
        };
        if after.starts_with(closing) {
            all.push((at, word, text.len() - after.len() + closing.len() - at));
        }
    }
    all
}
