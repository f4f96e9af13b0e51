//! A tool is called by its old name.
//!
//! ## What
//! Reports tools under a name that the client still understands beside the new one.
//!
//! ## Why
//! Hooks, matchers and the documentation use the new name, and other harnesses know no other.
//!
//! ## Example
//! ```yaml
//! tools: Task, Read
//! ```
//!
//! ## Fix
//! Write the new name; `--fix` does it.
//!
//! ## Source
//! Facts H1; Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26: `Task` gives the agent
//! tool.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-renamed",
    source: include_str!("tool_renamed.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (tool, span) in super::listed(file) {
        let name = client::tool_name(&tool);
        let renamed = client::TOOLS_RENAMED.iter().find(|(old, _)| *old == name);
        let Some((_, new)) = renamed else { continue };
        let finding = out.at(file, span.clone(), format!("`{name}` is called `{new}` now"));
        finding.help(format!("write `{new}`"));
        if file.text().get(span.clone()) == Some(tool.as_str()) {
            let place = span.start..span.start + name.len();
            finding.fix(Fix::replace(place, *new, format!("write `{new}`")).intended());
        }
    }
}
