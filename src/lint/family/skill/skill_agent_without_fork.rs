//! A skill names an agent and does not fork.
//!
//! ## What
//! Reports `agent` and `background` of skills and commands without `context: fork`.
//!
//! ## Why
//! Both count only when the skill runs in a subagent. Without it the agent is never asked.
//!
//! ## Example
//! ```yaml
//! agent: Explore
//! ```
//!
//! ## Fix
//! Add `context: fork`, or remove the key.
//!
//! ## Source
//! Facts C1, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-agent-without-fork",
    source: include_str!("skill_agent_without_fork.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    if fields.get("context").and_then(Node::as_str) == Some("fork") {
        return;
    }
    for key in ["agent", "background"] {
        if let Some(pair) = fields.pair(key).filter(|pair| !pair.node.is_null()) {
            out.at(
                file,
                pair.key_span.clone(),
                format!("`{key}` has no effect without `context: fork`"),
            )
            .help("add `context: fork`, or remove the key");
        }
    }
}
