//! The policy names a gate or boundary that is not there.
//!
//! ## What
//! Reports gates under `boundaries` and `requires` that are neither built in nor defined, boundaries that do not exist, and own
//! gates without a command and without a check.
//!
//! ## Why
//! Such a boundary can never be passed, and one that does not exist guards nothing.
//!
//! ## Example
//! ```yaml
//! boundaries:
//!   push: [tests]
//! ```
//!
//! ## Fix
//! Write the name of a gate (`portcullis gate status` lists them), or define it under `gates`.
//!
//! ## Source
//! Portcullis itself (`portcullis policy check` says the same of all layers), 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::gate;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "policy-gate-unknown",
    source: include_str!("policy_gate_unknown.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(data) = file.data() else { return };
    let known = super::gates(bundle, file.root);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut needs: Vec<&Node> = Vec::new();
    for pair in data.get("boundaries").map(Node::pairs).unwrap_or_default() {
        let phase = pair.key.strip_prefix("phase:").is_some_and(|phase| !phase.is_empty());
        if !phase && !gate::BOUNDARIES.contains(&pair.key.as_str()) {
            out.at(file, pair.key_span.clone(), format!("no boundary is called `{}`", pair.key))
                .help(format!("write one of {} or phase:NAME", gate::BOUNDARIES.join(", ")));
        }
        needs.extend(pair.node.items());
    }
    for pair in data.get("gates").map(Node::pairs).unwrap_or_default() {
        needs.extend(pair.node.get("requires").map(Node::items).unwrap_or_default());
        let own = ["command", "shell", "checks"].iter().any(|key| pair.node.get(key).is_some());
        if !own && !gate::is_built_in(&pair.key) {
            out.at(file, pair.key_span.clone(), format!("the gate `{}` does nothing", pair.key))
                .help("give it a command or checks, or write the name of a built-in gate");
        }
    }
    for node in needs {
        let Some(name) = node.as_str().filter(|name| !known.contains(name)) else { continue };
        let finding = out.at(file, node.span.clone(), format!("no gate is called `{name}`"));
        match client::nearest(name, &known) {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => finding.help(format!("there are {}", known.join(", "))),
        };
    }
}
