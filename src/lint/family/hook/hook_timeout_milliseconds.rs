//! A timeout looks like milliseconds.
//!
//! ## What
//! Reports timeouts of 1000 and more.
//!
//! ## Why
//! `timeout` is in seconds: 5000 is 83 minutes, in which a hanging hook holds the session.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "x", "timeout": 5000}
//! ```
//!
//! ## Fix
//! Write seconds.
//!
//! ## Source
//! Facts A4 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-timeout-milliseconds",
    source: include_str!("hook_timeout_milliseconds.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(node) = handler.node.get("timeout") else { continue };
        if let Some(seconds) = node.as_number().filter(|seconds| *seconds >= 1000.0) {
            let minutes = (seconds / 60.0).round();
            out.at(
                file,
                node.span.clone(),
                format!("`timeout` is in seconds: this is {minutes} minutes"),
            )
            .help("write seconds");
        }
    }
}
