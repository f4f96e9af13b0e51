//! An agent does not say what it is given.
//!
//! ## What
//! Reports agents whose text names no input.
//!
//! ## Why
//! Callers hand over what they think of. An agent that names its input can also say that something is missing.
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
//! Name what the caller hands over.
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
    id: "agent-inputs-missing",
    source: include_str!("agent_inputs_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &[
    "input",
    "given",
    "receive",
    "packet",
    "context",
    "argument",
    "you get",
    "provided",
    "hand over",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && !says(file, WORDS) {
        out.of(file, "nothing says what this agent is given")
            .help("name what the caller hands over");
    }
}
