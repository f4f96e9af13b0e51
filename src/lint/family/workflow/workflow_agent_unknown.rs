//! A workflow calls an agent that is not there.
//!
//! ## What
//! Reports `agentType: '…'` with the prefix of its own plugin, when the plugin has no such agent, and misspelled names of its agents.
//!
//! ## Why
//! The call throws, and the run ends there.
//!
//! ## Example
//! ```js
//! await agent('Review the change.', { agentType: 'tools:reveiwer' })
//! ```
//!
//! ## Fix
//! Write the name as the agent has it.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22: `agent type '…' not found`.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-agent-unknown",
    source: include_str!("workflow_agent_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(script) = file.script() else { return };
    let agents: Vec<String> = bundle
        .of_root(Kind::Agent, file.root)
        .filter_map(|agent| bundle.bare_name(agent))
        .collect();
    if agents.is_empty() {
        return;
    }
    let known: Vec<&str> = agents.iter().map(String::as_str).collect();
    let own = format!("{}:", bundle.root(file).name);
    for call in script.calls_of("agent") {
        let options = call.arguments.get(1).and_then(|(_, value)| value.as_ref());
        let Some(node) = options.and_then(|options| options.get("agentType")) else { continue };
        let Some(name) = node.as_str() else { continue };
        let ours = file.in_plugin().then(|| name.strip_prefix(&own)).flatten();
        let bare = ours.unwrap_or(name);
        if known.contains(&bare) {
            continue;
        }
        // Without the prefix it may be built in, or the user's: then only a slip is said.
        let near = client::nearest(bare, &known);
        if ours.is_none() && near.is_none() {
            continue;
        }
        let finding = out.at(file, node.span.clone(), format!("there is no agent `{name}` here"));
        if let Some(near) = near {
            finding.help(format!("`{near}` is one"));
        }
    }
}
