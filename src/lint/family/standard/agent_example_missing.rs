//! An agent shows no example.
//!
//! ## What
//! Reports agents without a code block and without the word example.
//!
//! ## Why
//! One worked example fixes the form better than a page of rules.
//!
//! ## Example
//! ```markdown
//! ---
//! name: reviewer
//! description: Reviews changes
//! ---
//! Be thorough.
//! ```
//!
//! ## Fix
//! Show one good answer.
//!
//! ## Source
//! The house standard, 2026-11-26. Read from the words: confidence low.

use super::says;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-example-missing",
    source: include_str!("agent_example_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &["example", "for instance", "e.g.", "```"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && !says(file, WORDS) {
        out.of(file, "no example shows the form").help("show one good answer");
    }
}
