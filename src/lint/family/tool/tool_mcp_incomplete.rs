//! The name of an MCP tool is not whole.
//!
//! ## What
//! Reports `mcp__` names without a server or with nothing behind the last `__`, and names that begin with one `_`
//! too few.
//!
//! ## Why
//! Such a name fits no tool: what it was to give or forbid stays as it is.
//!
//! ## Example
//! ```yaml
//! tools: mcp__tracker__
//! ```
//!
//! ## Fix
//! Write `mcp__server__tool`, or `mcp__server` for all tools of a server.
//!
//! ## Source
//! Facts B1, H1, 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-mcp-incomplete",
    source: include_str!("tool_mcp_incomplete.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (tool, span) in super::listed(file) {
        let name = client::tool_name(&tool);
        let broken = match name.strip_prefix("mcp__") {
            Some(rest) => rest.is_empty() || rest.starts_with("__") || rest.ends_with("__"),
            None => false,
        };
        if broken {
            out.at(file, span, format!("`{name}` fits no tool of a server"))
                .help("write `mcp__server__tool`, or `mcp__server` for all of a server");
        }
    }
}
