//! An agent is given no tools.
//!
//! ## What
//! Reports `tools` of an agent that is there and empty, or a number or mapping.
//!
//! ## Why
//! The client gives such an agent no tool at all. Leaving the key out gives it every tool, `*` too. Agents that
//! only think are rare; most lists like this were to be filled in.
//!
//! ## Example
//! ```yaml
//! tools:
//! model: sonnet
//! ```
//!
//! ## Fix
//! List the tools, or remove the key. An agent without tools on purpose: allow it with a comment.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-list-empty",
    source: include_str!("tool_list_empty.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(pair) = file.fields().and_then(|fields| fields.pair("tools")) else { return };
    let node = &pair.node;
    let (empty, span) = match &node.value {
        Value::Null => (true, pair.key_span.clone()),
        Value::List(items) => (items.is_empty(), node.span.clone()),
        Value::String(text) => (text.trim().is_empty(), node.span.clone()),
        _ => (true, node.span.clone()),
    };
    if empty {
        out.at(file, span, "the client gives this agent no tools at all")
            .help("list them, or remove `tools` so that it gets every tool");
    }
}
