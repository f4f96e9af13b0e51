//! An agent does not say what it hands back.
//!
//! ## What
//! Reports agents whose text names no result.
//!
//! ## Why
//! The caller reads the last message only. Without a form it is a story.
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
//! Give the form of the last message.
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
    id: "agent-output-missing",
    source: include_str!("agent_output_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &[
    "output",
    "report",
    "return",
    "hand back",
    "deliver",
    "final message",
    "respond with",
    "result",
    "produce",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && !says(file, WORDS) {
        out.of(file, "nothing says what this agent hands back")
            .help("give the form of the last message");
    }
}
