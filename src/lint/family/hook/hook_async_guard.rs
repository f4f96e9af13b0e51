//! A guard does not wait for its answer.
//!
//! ## What
//! Reports `async` and `asyncRewake` handlers at `PreToolUse`, `PermissionRequest` and `UserPromptSubmit` whose
//! command speaks of guarding.
//!
//! ## Why
//! An asynchronous hook can block nothing: the call is done before it answers.
//!
//! ## Example
//! ```json
//! {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "guard", "async": true}]}]}}
//! ```
//!
//! ## Fix
//! Remove `async`, if it is to refuse anything.
//!
//! ## Source
//! Facts A5 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-async-guard",
    source: include_str!("hook_async_guard.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        if !matches!(handler.event, "PreToolUse" | "PermissionRequest") {
            continue;
        }
        let line = handler.node.get("command").and_then(|node| node.as_str()).unwrap_or_default();
        let guards = ["guard", "block", "deny", "protect", "gate", "prevent", "validate", "check"];
        let guard = guards.iter().any(|word| line.to_lowercase().contains(word));
        for key in ["async", "asyncRewake"] {
            let Some(pair) =
                handler.node.pair(key).filter(|pair| pair.node.as_bool() == Some(true))
            else {
                continue;
            };
            if guard
                || handler.node.get("onFailure").and_then(|node| node.as_str()) == Some("block")
            {
                out.at(
                    file,
                    pair.key_span.clone(),
                    format!("with `{key}` this hook can block nothing"),
                )
                .help("remove it, if the hook is to refuse calls");
            }
        }
    }
}
