//! A matcher is no regular expression.
//!
//! ## What
//! Reports matchers outside of the alphabet of names that do not compile as a regular expression.
//!
//! ## Why
//! The client logs it in the debug log and never calls the hook.
//!
//! ## Example
//! ```json
//! {"matcher": "Bash(", "hooks": []}
//! ```
//!
//! ## Fix
//! Correct the expression, or write names between `|`.
//!
//! ## Source
//! Facts A3 (2.1.330), 2026-11-22: an invalid expression never matches; the validator is silent.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-matcher-regex",
    source: include_str!("hook_matcher_regex.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (_, node, text) in super::matchers(file) {
        if super::is_names(text) || text == "*" || text.is_empty() {
            continue;
        }
        // Only what no dialect takes: brackets that do not close, a quantifier of nothing.
        let open = |a: char, b: char| {
            let plain =
                text.replace("\\(", "").replace("\\)", "").replace("\\[", "").replace("\\]", "");
            plain.matches(a).count() != plain.matches(b).count()
        };
        if open('(', ')') && !text.contains('[') || text.starts_with(['*', '+', '?']) {
            out.at(
                file,
                node.span.clone(),
                format!("`{text}` is no regular expression, so the hook never runs"),
            )
            .help("write names between `|`, or correct the expression");
        }
    }
}
