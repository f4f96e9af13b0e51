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
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
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
    let pairs = super::maps(file).into_iter().flat_map(|map| map.pairs());
    for event in pairs.filter(|pair| NONE.contains(&pair.key.as_str())) {
        for group in event.node.items() {
            let Some(pair) = group.pair("matcher") else { continue };
            let Some(text) = pair.node.as_str() else { continue };
            if matches!(text, "" | "*" | ".*") {
                continue;
            }
            let message = format!("`{}` has no matcher: the hook runs every time", event.key);
            let finding = out.at(file, pair.node.span.clone(), message);
            finding.help("remove it");
            if file.kind.is_json()
                && let Some(place) = edit::pair(group, &pair.key_span)
            {
                finding.fix(Fix::remove(place, "remove it").intended());
            }
        }
    }
}
