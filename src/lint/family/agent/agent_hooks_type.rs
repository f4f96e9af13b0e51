//! An agent's hooks are no mapping.
//!
//! ## What
//! Reports `hooks` of a project's agent that is a list or a text.
//!
//! ## Why
//! The client does not load the agent at all, because the hooks may be what guards it.
//!
//! ## Example
//! ```yaml
//! hooks:
//!   - PreToolUse
//! ```
//!
//! ## Fix
//! Write a mapping from event to hooks.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `Invalid hooks in agent`, and the agent is not
//! listed.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-hooks-type",
    source: include_str!("agent_hooks_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // A plugin's agent loses the key, whatever it holds; another rule says so.
    if file.in_plugin() {
        return;
    }
    let Some(node) = file.field("hooks").filter(|node| !node.is_null()) else { return };
    if !node.is_map() {
        out.at(
            file,
            node.span.clone(),
            format!("the client does not load this agent: its hooks are: {}", node.type_name()),
        )
        .help("write a mapping from event to hooks");
    }
}
