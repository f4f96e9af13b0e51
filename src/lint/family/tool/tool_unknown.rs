//! A tool is not known.
//!
//! ## What
//! Reports names in `tools`, `disallowedTools`, `allowed-tools` and `disallowed-tools` that are no built-in tool of
//! the confirmed client and no tool of an MCP server.
//!
//! ## Why
//! The client ignores an unknown name without a word. An agent whose whole list is unknown cannot start.
//!
//! ## Example
//! ```yaml
//! tools: Read, WebFecth
//! ```
//!
//! ## Fix
//! Correct the name. A tool newer than the version of this rule: allow it with a comment, or switch the rule off in
//! `portcullis.yaml`.
//!
//! ## Source
//! Facts H1 (2.1.330), 2026-11-22. The set grows with the client: a warning, never an error.

use crate::bundle::client::{self, TOOLS, TOOLS_GONE, TOOLS_RENAMED};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-unknown",
    source: include_str!("tool_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (tool, span) in super::listed(file) {
        let name = client::tool_name(&tool);
        let known = name == "*"
            || name.starts_with("mcp__")
            || TOOLS.contains(&name)
            || super::other_case(name).is_some()
            || TOOLS_GONE.iter().any(|(gone, _)| *gone == name)
            || TOOLS_RENAMED.iter().any(|(old, _)| *old == name);
        if known || name.is_empty() {
            continue;
        }
        let finding = out.at(
            file,
            span,
            format!("no tool of Claude Code {} is called `{name}`", client::VERSION),
        );
        match client::nearest(name, TOOLS) {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => {
                finding.help("the client ignores it; tools of MCP servers are `mcp__server__tool`")
            }
        };
    }
}
