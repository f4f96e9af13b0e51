//! A hook handler has a type that does not exist.
//!
//! ## What
//! Reports handlers whose `type` is missing or none of command, http, mcp_tool, prompt, agent.
//!
//! ## Why
//! The client drops the handler. Under `PreToolUse` and `PermissionRequest` it refuses the whole holder: the plugin
//! with all its agents and skills, or the settings file.
//!
//! ## Example
//! ```json
//! {"hooks": {"PreToolUse": [{"hooks": [{"type": "cmd", "command": "x"}]}]}}
//! ```
//!
//! ## Fix
//! Write one of the five types.
//!
//! ## Source
//! Facts A1, E4 rows 14 and 15; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::client::{self, GUARD_EVENTS, HANDLER_TYPES};
use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-type-unknown",
    source: include_str!("hook_type_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let kind = handler.node.get("type");
        let (span, message, near) = match kind {
            None => (
                handler.node.span.clone(),
                "this handler has no `type`".to_owned(),
                Some("command"),
            ),
            Some(node) => match node.as_str() {
                Some(name) if HANDLER_TYPES.contains(&name) => continue,
                Some(name) => (
                    node.span.clone(),
                    format!("no handler type is called `{name}`"),
                    client::nearest(name, HANDLER_TYPES),
                ),
                None => (node.span.clone(), "`type` must be a text".to_owned(), None),
            },
        };
        let guard = GUARD_EVENTS.contains(&handler.event);
        let lost =
            if guard { "the client refuses everything that holds it" } else { "it never runs" };
        let help = match near {
            Some(near) => format!("{lost}; `{near}` is a type"),
            None => format!("{lost}; write command, http, mcp_tool, prompt or agent"),
        };
        let finding = out.at(file, span, message).help(help);
        match (kind, near) {
            _ if !file.kind.is_json() => {}
            (Some(node), Some(near)) if edit::is_slip(node.as_str().unwrap_or_default(), near) => {
                let fix = Fix::replace(
                    node.span.clone(),
                    format!("\"{near}\""),
                    format!("write `{near}`"),
                );
                finding.fix(fix.intended());
            }
            (None, _) if handler.node.get("command").is_some() => {
                let at = handler.node.span.start + 1;
                let fix = Fix::replace(at..at, "\"type\": \"command\", ", "add `type`");
                finding.fix(fix.intended());
            }
            _ => {}
        }
        if guard {
            finding.verdict(Verdict::Error);
        }
    }
}
