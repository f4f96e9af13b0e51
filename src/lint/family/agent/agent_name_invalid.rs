//! An agent has a name that the client refuses.
//!
//! ## What
//! Reports agents of projects whose `name` begins with `-`, holds `:`, or is longer than 256 characters.
//!
//! ## Why
//! The client does not load the agent and says so in its debug log only. A plugin's agent is not checked like that.
//!
//! ## Example
//! ```yaml
//! ---
//! name: review:security
//! description: Reviews changes
//! ---
//! ```
//!
//! ## Fix
//! Use letters, digits and single hyphens; `:` is for the prefix of a plugin.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-name-invalid",
    source: include_str!("agent_name_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.in_plugin() {
        return;
    }
    let Some(node) = file.field("name") else { return };
    let name = node.as_str().unwrap_or_default();
    let why = if name.starts_with('-') {
        "begins with `-`"
    } else if name.contains([':', '\u{ff1a}', '\u{fe55}']) {
        "holds `:`, which is for the prefix of a plugin"
    } else if name.chars().count() > 256 {
        "is longer than 256 characters"
    } else {
        return;
    };
    out.at(file, node.span.clone(), format!("the client does not load this agent: its name {why}"))
        .help("use letters, digits and single hyphens");
}
