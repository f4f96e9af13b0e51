//! An agent does not say what it leaves alone.
//!
//! ## What
//! Reports agents whose text names no limit.
//!
//! ## Why
//! Agents do the work of their neighbours when nothing says where theirs ends.
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
//! Say what it must not do, and who does that.
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
    id: "agent-limits-missing",
    source: include_str!("agent_limits_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] =
    &["not ", "never", "don't", "only", "out of scope", "limit", "cannot", "stop when", "leave"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && !says(file, WORDS) {
        out.of(file, "nothing says what this agent leaves alone")
            .help("say what it must not do, and who does that");
    }
}
