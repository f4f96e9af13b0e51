//! A tool is written in the wrong case.
//!
//! ## What
//! Reports tools that differ from a tool of the client in upper and lower case only.
//!
//! ## Why
//! Names of tools count case. The client leaves `bash` out: an agent lacks the tool, a permission is not given, and
//! what was to be forbidden is allowed.
//!
//! ## Example
//! ```yaml
//! tools: read, Bash
//! ```
//!
//! ## Fix
//! Write it as the client does; `--fix` does it.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-case",
    source: include_str!("tool_case.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (tool, span) in super::listed(file) {
        let name = client::tool_name(&tool);
        let Some(right) = super::other_case(name) else { continue };
        let finding = out.at(file, span.clone(), format!("the client has no tool `{name}`"));
        finding.help(format!("`{right}` is one; names count case"));
        // Escapes and folded lines have no exact place.
        if file.text().get(span.clone()) == Some(tool.as_str()) {
            let place = span.start..span.start + name.len();
            finding.fix(Fix::replace(place, right, format!("write `{right}`")).intended());
        }
    }
}
