//! A matcher stands at an event that has none.
//!
//! ## What
//! Reports matchers at events that do not compare them, such as `Stop` and `UserPromptSubmit`.
//!
//! ## Why
//! The client ignores it: the hook runs every time.
//!
//! ## Example
//! ```json
//! {"hooks": {"Stop": [{"matcher": "Bash", "hooks": []}]}}
//! ```
//!
//! ## Fix
//! Remove the matcher.
//!
//! ## Source
//! Facts A2 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-matcher-ignored",
    source: include_str!("hook_matcher_ignored.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

const NONE: &[&str] = &[
    "PostToolBatch",
    "UserPromptSubmit",
    "Stop",
    "TeammateIdle",
    "TaskCreated",
    "TaskCompleted",
    "CwdChanged",
    "WorktreeCreate",
    "WorktreeRemove",
    "MessageDisplay",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (event, node, text) in super::matchers(file) {
        if NONE.contains(&event) && !text.is_empty() && text != "*" && text != ".*" {
            out.at(
                file,
                node.span.clone(),
                format!("`{event}` has no matcher: the hook runs every time"),
            )
            .help("remove it");
        }
    }
}
