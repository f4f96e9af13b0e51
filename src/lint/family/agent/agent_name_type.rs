//! An agent has a name or description that is no text.
//!
//! ## What
//! Reports agents of projects whose `name` or `description` is a number or a truth value.
//!
//! ## Why
//! The client takes the key for missing and does not load the agent. YAML reads `42`, `1.0`, `true` and the like as
//! values that are no text.
//!
//! ## Example
//! ```yaml
//! ---
//! name: 42
//! description: Answers
//! ---
//! ```
//!
//! ## Fix
//! Put the value in quotes; `--fix` does it.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `Missing required "name" field` for `name: 42`,
//! the same for a description.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-name-type",
    source: include_str!("agent_name_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // A plugin's agent loads under the digits.
    if file.in_plugin() {
        return;
    }
    for key in ["name", "description"] {
        let Some(node) = file.field(key) else { continue };
        if !matches!(node.value, Value::Number(_) | Value::Bool(_)) {
            continue;
        }
        let quoted = format!("\"{}\"", &file.text()[node.span.clone()]);
        let finding = out.at(
            file,
            node.span.clone(),
            format!("the client does not load this agent: its {key} is a {}", node.type_name()),
        );
        finding.help("put it in quotes");
        finding.fix(Fix::replace(node.span.clone(), quoted, "put it in quotes").intended());
    }
}
