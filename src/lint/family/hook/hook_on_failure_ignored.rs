//! `onFailure` has no effect here.
//!
//! ## What
//! Reports `onFailure` at Stop, SubagentStop, TaskCompleted and TeammateIdle, and beside `async`.
//!
//! ## Why
//! The client ignores it there: a hook that fails is passed over.
//!
//! ## Example
//! ```json
//! {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "onFailure": "block"}]}]}}
//! ```
//!
//! ## Fix
//! Remove it.
//!
//! ## Source
//! Facts A4 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-on-failure-ignored",
    source: include_str!("hook_on_failure_ignored.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(pair) = handler.node.pair("onFailure") else { continue };
        let here =
            matches!(handler.event, "Stop" | "SubagentStop" | "TaskCompleted" | "TeammateIdle");
        let late = handler.node.get("async").and_then(|node| node.as_bool()) == Some(true);
        if here || late {
            let finding = out.at(file, pair.key_span.clone(), "`onFailure` has no effect here");
            finding.help("remove it");
            if file.kind.is_json()
                && let Some(place) = edit::pair(handler.node, &pair.key_span)
            {
                finding.fix(Fix::remove(place, "remove it").intended());
            }
        }
    }
}
