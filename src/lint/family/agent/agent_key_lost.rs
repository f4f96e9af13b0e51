//! A key has no effect in a plugin's agent.
//!
//! ## What
//! Reports `hooks`, `mcpServers`, `permissionMode`, `initialPrompt` and observer keys of agents in a plugin, and
//! `isolation: remote`.
//!
//! ## Why
//! The client ignores them there: a guard written as an agent's hook never runs.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Reviews changes
//! permissionMode: plan
//! ---
//! ```
//!
//! ## Fix
//! Put hooks into the plugin's `hooks/hooks.json` and servers into its `.mcp.json`; leave the rest to the user's
//! settings.
//!
//! ## Source
//! Facts B3, 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-key-lost",
    source: include_str!("agent_key_lost.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if !file.in_plugin() {
        return;
    }
    for pair in file.fields().map(|fields| fields.pairs()).unwrap_or_default() {
        let remote = pair.key == "isolation" && pair.node.as_str() == Some("remote");
        if client::AGENT_KEYS_LOST_IN_PLUGINS.contains(&pair.key.as_str()) || remote {
            out.at(
                file,
                pair.key_span.clone(),
                format!("`{}` has no effect in a plugin's agent", pair.key),
            )
            .help(
                "hooks belong into hooks/hooks.json, servers into .mcp.json, the rest to the user",
            );
        }
    }
}
