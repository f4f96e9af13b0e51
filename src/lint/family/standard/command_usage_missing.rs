//! A command does not say how it is called.
//!
//! ## What
//! Reports commands that take arguments and have no `argument-hint`.
//!
//! ## Why
//! The hint is what a person sees while typing.
//!
//! ## Example
//! ```markdown
//! Review $ARGUMENTS.
//! ```
//!
//! ## Fix
//! Add `argument-hint`.
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
    id: "command-usage-missing",
    source: include_str!("command_usage_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &["$arguments"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some()
        && says(file, WORDS)
        && file.field("argument-hint").is_none()
        && file.field("arguments").is_none()
    {
        out.of(file, "nobody is told which arguments this command takes")
            .help("add `argument-hint`");
    }
}
