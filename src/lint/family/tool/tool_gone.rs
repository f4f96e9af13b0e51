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
use crate::lint::finding::Findings;
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
    for (tool, span) in super::listed(file) {
        let name = client::tool_name(&tool);
        if let Some((_, now)) = TOOLS_GONE.iter().find(|(gone, _)| *gone == name) {
            out.at(file, span, format!("the client has no tool `{name}` any more"))
                .help(format!("`{now}` does its work now"));
        }
    }
}
