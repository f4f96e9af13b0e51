//! A tool no longer exists.
//!
//! ## What
//! Reports tools in `tools`, `disallowedTools`, `allowed-tools` and `disallowed-tools` that the client had once.
//!
//! ## Why
//! The client ignores the name: what was to be done with the tool cannot be done, and what was to be forbidden is
//! not.
//!
//! ## Example
//! ```yaml
//! tools: Read, MultiEdit
//! ```
//!
//! ## Fix
//! Write the tool that does it now, shown in the help.
//!
//! ## Source
//! Facts H1, 2026-11-22.

use crate::bundle::client::{self, TOOLS_GONE};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-gone",
    source: include_str!("tool_gone.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for node in super::keys(file).iter().filter_map(|key| file.field(key)) {
        let words = node.words();
        for (at, (tool, span)) in words.iter().enumerate() {
            let name = client::tool_name(tool);
            let Some((_, now)) = TOOLS_GONE.iter().find(|(gone, _)| *gone == name) else {
                continue;
            };
            let finding =
                out.at(file, span.clone(), format!("the client has no tool `{name}` any more"));
            finding.help(format!("`{now}` does its work now"));
            let there = words.iter().any(|(other, _)| client::tool_name(other) == *now);
            let exact = file.text().get(span.clone()) == Some(tool.as_str());
            if there {
                if let Some(place) = edit::word(file, node, at) {
                    finding.fix(Fix::remove(place, format!("remove it beside `{now}`")).intended());
                }
            } else if exact && ALIKE.contains(&name) {
                let place = span.start..span.start + name.len();
                finding.fix(Fix::replace(place, *now, format!("write `{now}`")).intended());
            }
        }
    }
}

/// Those whose successor can no more than they could: to write it in gives no new power.
const ALIKE: &[&str] = &["MultiEdit", "NotebookRead", "SlashCommand"];
