//! An agent has a description that is no text.
//!
//! ## What
//! Reports agents of projects whose `description` is a number or a truth value.
//!
//! ## Why
//! The client takes it for missing and does not load the agent. YAML reads `42`, `1.0`, `true` and the like as
//! values that are no text.
//!
//! ## Example
//! ```yaml
//! ---
//! name: answer
//! description: 42
//! ---
//! ```
//!
//! ## Fix
//! Put the value in quotes; `--fix` does it. Better, say when to use the agent.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `Missing required "description" field`.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-description-type",
    source: include_str!("agent_description_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // A plugin's agent loads with the digits.
    let Some(node) = file.field("description").filter(|_| !file.in_plugin()) else { return };
    if !matches!(node.value, Value::Number(_) | Value::Bool(_)) {
        return;
    }
    let quoted = format!("\"{}\"", &file.text()[node.span.clone()]);
    let word = node.type_name();
    let message = format!("the client does not load this agent: its description is a {word}");
    out.at(file, node.span.clone(), message)
        .help("put it in quotes")
        .fix(Fix::replace(node.span.clone(), quoted, "put it in quotes").intended());
}
