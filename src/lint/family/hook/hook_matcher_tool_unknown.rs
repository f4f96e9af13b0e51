//! A matcher names a tool that does not exist.
//!
//! ## What
//! Reports names in the matcher of a tool event that are no tool of the confirmed client.
//!
//! ## Why
//! A name is compared exactly, with its case: the hook never runs for it.
//!
//! ## Example
//! ```json
//! {"matcher": "bash", "hooks": []}
//! ```
//!
//! ## Fix
//! Write the tool's name as the client does: `Bash`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::client::{self, TOOLS, TOOLS_GONE, TOOLS_RENAMED};
use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-matcher-tool-unknown",
    source: include_str!("hook_matcher_tool_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (event, node, text) in super::matchers(file) {
        if !super::TOOL_EVENTS.contains(&event) || !super::is_names(text) {
            continue;
        }
        for name in text.split(['|', ',']).map(str::trim).filter(|name| !name.is_empty()) {
            let known = TOOLS.contains(&name)
                || name == "StructuredOutput"
                || TOOLS_RENAMED.iter().any(|(old, _)| *old == name)
                || name.starts_with("mcp__");
            if known {
                continue;
            }
            if let Some((_, now)) = TOOLS_GONE.iter().find(|(gone, _)| *gone == name) {
                // Kept beside the new one it serves older clients.
                if !text.split(['|', ',']).any(|other| other.trim() == *now) {
                    out.at(
                        file,
                        node.span.clone(),
                        format!("the client has no tool `{name}` any more"),
                    )
                    .help(format!("`{now}` does its work now"));
                }
                continue;
            }
            let finding = out.at(
                file,
                node.span.clone(),
                format!("no tool is called `{name}`; the hook never runs for it"),
            );
            if let Some(near) = client::nearest(name, TOOLS) {
                finding.help(format!("`{near}` is one; names are compared with their case"));
                let at = name.as_ptr() as usize - text.as_ptr() as usize;
                if edit::is_slip(name, near)
                    && let Some(place) = edit::part(file, node, at..at + name.len())
                {
                    finding.fix(Fix::replace(place, near, format!("write `{near}`")).intended());
                }
            }
        }
    }
}
