//! An agent has no description.
//!
//! ## What
//! Reports agents without a `description`.
//!
//! ## Why
//! The client skips such an agent in a project; in a plugin it gives it a text that says nothing, so Claude never
//! chooses it.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! ---
//! ```
//!
//! ## Fix
//! Add `description:` that says when to use the agent.
//!
//! ## Source
//! Facts B1, E4 row 23; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-description-missing",
    source: include_str!("agent_description_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    let missing = fields.get("description").is_none_or(|node| {
        node.is_null() || node.as_str().is_some_and(|text| text.trim().is_empty())
    });
    if !missing || fields.get("name").is_none() {
        return;
    }
    let finding = out.of(file, "this agent has no `description`");
    finding.help("write when to use it: it is what Claude chooses by");
    if file.in_plugin() {
        finding.verdict(Verdict::Warning);
    }
}
