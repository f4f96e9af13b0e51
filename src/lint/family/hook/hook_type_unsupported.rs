//! A handler type cannot run at its event.
//!
//! ## What
//! Reports `prompt` and `agent` handlers at events without a conversation, and `http` at SessionStart and Setup.
//!
//! ## Why
//! The client does not run it.
//!
//! ## Example
//! ```json
//! {"hooks": {"SessionStart": [{"hooks": [{"type": "prompt", "prompt": "x"}]}]}}
//! ```
//!
//! ## Fix
//! Use `command`.
//!
//! ## Source
//! Facts A4 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-type-unsupported",
    source: include_str!("hook_type_unsupported.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

const NO_MODEL: &[&str] = &[
    "SessionStart",
    "Setup",
    "SubagentStart",
    "PreModelSwitch",
    "PostModelSwitch",
    "MessageDisplay",
    "Notification",
    "PreCompact",
    "PostCompact",
    "ConfigChange",
    "DirectoryAdded",
    "Elicitation",
    "ElicitationResult",
    "CwdChanged",
    "FileChanged",
    "InstructionsLoaded",
    "SessionEnd",
    "StopFailure",
    "WorktreeCreate",
    "WorktreeRemove",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(node) = handler.node.get("type") else { continue };
        let event = handler.event;
        let unsupported = match node.as_str() {
            Some("prompt") => NO_MODEL.contains(&event),
            Some("agent") => NO_MODEL.contains(&event) || event == "PermissionRequest",
            Some("http") => matches!(event, "SessionStart" | "Setup"),
            _ => false,
        };
        if unsupported {
            let kind = node.as_str().unwrap_or_default();
            out.at(
                file,
                node.span.clone(),
                format!("`{event}` does not run handlers of type {kind}"),
            )
            .help("use `command`");
        }
    }
}
