//! The policy says what Portcullis does not understand.
//!
//! ## What
//! Reports a `portcullis.yaml` with unknown keys, wrong types or values out of range.
//!
//! ## Why
//! Such a policy is not used: boundary checks refuse until it is repaired.
//!
//! ## Example
//! ```yaml
//! complexity: many
//! ```
//!
//! ## Fix
//! Correct the key that is named; `portcullis schema policy` prints what is known.
//!
//! ## Source
//! The types that read the policy (`src/config.rs`), 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::config::Policy;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "policy-invalid",
    source: include_str!("policy_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // What is no YAML at all is `policy-syntax`'s.
    if file.data().is_none() || !file.troubles.is_empty() {
        return;
    }
    let Err(problem) = Policy::read(file.text()) else { return };
    let first = problem.lines().next().unwrap_or_default().to_owned();
    // The reader names the line, ours name the key.
    let line = problem.split_once("line ").and_then(|(_, rest)| {
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    });
    let lines = file.text().lines().count().max(1);
    let span = line.filter(|line| (1..=lines).contains(line)).map_or_else(
        || {
            let key = first.split(['.', '[', ':']).next().unwrap_or_default();
            let pair = file.data().and_then(|data| data.pair(key));
            pair.map_or_else(|| file.top(), |pair| pair.key_span.clone())
        },
        |line| file.source.line_span(line),
    );
    out.at(file, span, first).help("`portcullis schema policy` prints what is known");
}
