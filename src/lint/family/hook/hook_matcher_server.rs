//! A matcher names an MCP server without its tools.
//!
//! ## What
//! Reports the matcher `mcp__server`: it is an exact name that no tool has.
//!
//! ## Why
//! The hook never runs.
//!
//! ## Example
//! ```json
//! {"matcher": "mcp__memory", "hooks": []}
//! ```
//!
//! ## Fix
//! Write `mcp__memory__.*`.
//!
//! ## Source
//! Facts A3 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-matcher-server",
    source: include_str!("hook_matcher_server.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (event, node, text) in super::matchers(file) {
        if !super::TOOL_EVENTS.contains(&event) || !super::is_names(text) {
            continue;
        }
        for name in text.split(['|', ',']).map(str::trim) {
            if let Some(server) = name.strip_prefix("mcp__")
                && !server.contains("__")
            {
                let finding = out.at(
                    file,
                    node.span.clone(),
                    format!("`{name}` is the name of no tool; the hook never runs for it"),
                );
                finding.help(format!("write `{name}__.*`"));
                // Beside other names it would make an expression of them, too, and one without ends.
                if name == text
                    && let Some(place) = edit::part(file, node, text.len()..text.len())
                {
                    let fix = Fix::replace(place, "__.*", format!("write `{name}__.*`"));
                    finding.fix(fix.intended());
                }
            }
        }
    }
}
