//! A tool stands twice in a list.
//!
//! ## What
//! Reports tools that stand a second time in one list.
//!
//! ## Why
//! It has no effect, and often another tool was meant.
//!
//! ## Example
//! ```yaml
//! tools: Read, Grep, Read
//! ```
//!
//! ## Fix
//! Remove it, or write the tool that was meant.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26: the tool is there once.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-duplicate",
    source: include_str!("tool_duplicate.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for key in super::keys(file) {
        let Some(node) = file.field(key) else { continue };
        let words = node.words();
        for (at, (tool, span)) in words.iter().enumerate() {
            if words[..at].iter().any(|(known, _)| known == tool) {
                let finding =
                    out.at(file, span.clone(), format!("`{tool}` stands in `{key}` already"));
                finding.help("remove it, or write the tool that was meant");
                if let Some(place) = edit::word(file, node, at) {
                    finding.fix(Fix::remove(place, "remove it").intended());
                }
            }
        }
    }
}
