//! A description does not say when.
//!
//! ## What
//! Reports agents and skills whose description has no word of time or condition: when, before, after, if, whenever,
//! use for.
//!
//! ## Why
//! Claude has to guess when to use it. Part of the house's standard only: read from the words.
//!
//! ## Example
//! ```yaml
//! description: A collection of database knowledge
//! ```
//!
//! ## Fix
//! Begin with `Use when …` and name the situations.
//!
//! ## Source
//! The house standard, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-no-trigger",
    source: include_str!("description_no_trigger.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill], check),
};

const WORDS: &[&str] = &[
    "when",
    "whenever",
    "before",
    "after",
    "if ",
    "use for",
    "use to",
    "use this",
    "used for",
    "used to",
    "proactively",
    "during",
    "while",
    "must be used",
    "trigger",
    "invoke",
    "for tasks",
    "asks",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let mut text = node.as_str().unwrap_or_default().to_ascii_lowercase();
    if text.is_empty() || !text.is_ascii() {
        return;
    }
    text.push_str(&file.text_field("when_to_use").unwrap_or_default().to_ascii_lowercase());
    if !WORDS.iter().any(|word| text.contains(word)) {
        out.at(file, node.span.clone(), "this does not say when").help("begin with `Use when …`");
    }
}
