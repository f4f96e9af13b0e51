//! The policy names an agent that is not there.
//!
//! ## What
//! Reports agents under `roles` and `models` that neither the project nor the bundle of Portcullis has.
//!
//! ## Why
//! What the line says holds for nobody: an agent keeps the rights or the model that it was to lose.
//!
//! ## Example
//! ```yaml
//! roles:
//!   code-reveiwer: []
//! ```
//!
//! ## Fix
//! Write the agent's name without a plugin's prefix.
//!
//! ## Source
//! Portcullis itself (`portcullis explain role`, `portcullis explain models`), 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "policy-agent-unknown",
    source: include_str!("policy_agent_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(data) = file.data() else { return };
    let keys = ["roles", "models"].iter().filter_map(|key| data.get(key));
    let named: Vec<_> = keys.flat_map(Node::pairs).collect();
    if named.is_empty() {
        return;
    }
    let own = bundle.of(Kind::Agent).filter_map(|agent| bundle.bare_name(agent));
    let mut agents: Vec<String> = own.collect();
    let ours = crate::bundle::FILES.iter().filter_map(|file| {
        let path = file.path.strip_prefix("agents/")?.strip_suffix(".md")?;
        Some(path.rsplit('/').next().unwrap_or(path).to_owned())
    });
    agents.extend(ours);
    agents.extend(BUILT_IN.iter().map(|name| (*name).to_owned()));
    let known: Vec<&str> = agents.iter().map(String::as_str).collect();
    for pair in named.into_iter().filter(|pair| !known.contains(&pair.key.as_str())) {
        let finding =
            out.at(file, pair.key_span.clone(), format!("no agent here is called `{}`", pair.key));
        match client::nearest(&pair.key, &known) {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => {
                finding.help("it holds for nobody, unless the user or another plugin brings it")
            }
        };
    }
}

/// Agents of the client itself (facts A13).
const BUILT_IN: &[&str] = &["general-purpose", "Explore", "Plan", "statusline-setup"];
