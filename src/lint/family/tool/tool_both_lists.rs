//! A tool is given and taken away.
//!
//! ## What
//! Reports tools that stand in the list of what is allowed and in the list of what is not.
//!
//! ## Why
//! What is taken away wins: the agent does not have the tool.
//!
//! ## Example
//! ```yaml
//! tools: Read, Write
//! disallowedTools: Write
//! ```
//!
//! ## Fix
//! Remove it from one of the lists.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-both-lists",
    source: include_str!("tool_both_lists.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let [given, taken] = super::keys(file);
    let taken_words = file.field(taken).map(Node::words).unwrap_or_default();
    for (tool, span) in file.field(given).map(Node::words).unwrap_or_default() {
        if let Some((_, other)) = taken_words.iter().find(|(word, _)| *word == tool) {
            out.at(file, span, format!("`{tool}` is taken away again by `{taken}`, which wins"))
                .also(other.clone(), "taken away here")
                .help("remove it from one of the lists");
        }
    }
}
