//! A condition stands at an event that cannot judge it.
//!
//! ## What
//! Reports `if` at events other than those of tools.
//!
//! ## Why
//! A hook that has `if` never runs there.
//!
//! ## Example
//! ```json
//! {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "if": "Bash(ls)"}]}]}}
//! ```
//!
//! ## Fix
//! Remove `if`, or test the condition in the program.
//!
//! ## Source
//! Facts A4 (2.1.330), 2026-11-22.

use crate::bundle::client::EVENTS;
use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-if-ignored",
    source: include_str!("hook_if_ignored.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(pair) = handler.node.pair("if") else { continue };
        if EVENTS.contains(&handler.event) && !super::TOOL_EVENTS.contains(&handler.event) {
            let event = handler.event;
            out.at(
                file,
                pair.key_span.clone(),
                format!("at `{event}` a hook with `if` never runs"),
            );
        }
    }
}
