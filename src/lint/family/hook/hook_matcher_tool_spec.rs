//! A matcher is written like a permission rule.
//!
//! ## What
//! Reports matchers of the form `Bash(git *)`.
//!
//! ## Why
//! A matcher takes the tool's name only; this is an expression that no name fits.
//!
//! ## Example
//! ```json
//! {"matcher": "Bash(git push *)", "hooks": []}
//! ```
//!
//! ## Fix
//! Write `"matcher": "Bash"` and `"if": "Bash(git push *)"` in the handler.
//!
//! ## Source
//! Facts A3 (2.1.330), 2026-11-22.

use crate::bundle::client::TOOLS;
use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-matcher-tool-spec",
    source: include_str!("hook_matcher_tool_spec.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (event, node, text) in super::matchers(file) {
        let Some((tool, rest)) = text.split_once('(') else { continue };
        let tool_event = super::TOOL_EVENTS.contains(&event);
        if tool_event && TOOLS.contains(&tool) && rest.ends_with(')') && rest.len() > 1 {
            out.at(
                file,
                node.span.clone(),
                format!("`{text}` fits no tool's name; the hook never runs"),
            )
            .help(format!(
                "write `\"matcher\": \"{tool}\"`, and `\"if\": \"{text}\"` in the handler"
            ));
        }
    }
}
