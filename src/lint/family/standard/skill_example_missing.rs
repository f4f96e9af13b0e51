//! A skill shows no example.
//!
//! ## What
//! Reports skills without a code block and without the word example.
//!
//! ## Why
//! A worked example shows what the rules mean.
//!
//! ## Example
//! ```markdown
//! Tables have keys.
//! ```
//!
//! ## Fix
//! Show one.
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
    id: "skill-example-missing",
    source: include_str!("skill_example_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &["example", "for instance", "e.g.", "```"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && !says(file, WORDS) {
        out.of(file, "no example shows what is meant").help("show one");
    }
}
