//! A skill runs in an agent that is not there.
//!
//! ## What
//! Reports `agent:` of a skill or command with `context: fork`, when it names an agent of its own plugin that does not exist,
//! or one of its agents with a slip.
//!
//! ## Why
//! There is no such agent to run it in: it runs without the tools and the prompt that were meant.
//!
//! ## Example
//! ```yaml
//! context: fork
//! agent: code-reveiwer
//! ```
//!
//! ## Fix
//! Write the name as the agent has it.
//!
//! ## Source
//! Facts C1 (`agent` of skills, Claude Code 2.1.330), 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-agent-unknown",
    source: include_str!("skill_agent_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("agent") else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    let agents: Vec<String> = bundle
        .of_root(Kind::Agent, file.root)
        .filter_map(|agent| bundle.bare_name(agent))
        .collect();
    let known: Vec<&str> = agents.iter().map(String::as_str).collect();
    let own = format!("{}:", bundle.root(file).name);
    let ours = file.in_plugin().then(|| name.strip_prefix(&own)).flatten();
    let bare = ours.unwrap_or(name);
    if known.contains(&bare) {
        return;
    }
    // Without the prefix it may be built in, or the user's: then only a slip is said.
    let near = client::nearest(bare, &known);
    if ours.is_none() && near.is_none() {
        return;
    }
    let finding = out.at(file, node.span.clone(), format!("there is no agent `{name}` here"));
    if let Some(near) = near {
        finding.help(format!("`{near}` is one"));
    }
}
