//! A gate file names a gate, check or agent that is not there.
//!
//! ## What
//! Reports `requires` with gates and commands for checks that no file beside it has, and `roles` of which the bundle has no
//! agent at all.
//!
//! ## Why
//! A gate that requires one that does not exist never passes; a verdict of an agent that does not exist never comes.
//!
//! ## Example
//! ```yaml
//! requires: [tests]
//! ```
//!
//! ## Fix
//! Write the name as its file has it.
//!
//! ## Source
//! Portcullis itself (`build/gates.rs`, `src/gate/plan.rs`), 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gate-file-name-unknown",
    source: include_str!("gate_file_name_unknown.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Gate], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(data) = file.data() else { return };
    let text = |node: &Node, key: &str| node.get(key)?.as_str().map(str::to_owned);
    let files = || bundle.of_root(Kind::Gate, file.root).filter_map(File::data);
    let gates: Vec<String> = files().filter_map(|gate| text(gate, "gate")).collect();
    let all = files().filter_map(|gate| gate.get("checks")).flat_map(Node::items);
    let checks: Vec<String> = all.filter_map(|check| text(check, "check")).collect();
    let agents: Vec<String> = bundle
        .of_root(Kind::Agent, file.root)
        .filter_map(|agent| bundle.bare_name(agent))
        .collect();
    let mut say = |node: &Node, word: &str, known: &[String]| {
        let Some(name) = node.as_str().filter(|name| !known.iter().any(|known| known == name))
        else {
            return;
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let finding = out.at(file, node.span.clone(), format!("there is no {word} `{name}`"));
        if let Some(near) = client::nearest(name, &known) {
            finding.help(format!("`{near}` is one"));
        }
    };
    for node in data.get("requires").map(Node::items).unwrap_or_default() {
        say(node, "gate", &gates);
    }
    for check in data.get("checks").map(Node::items).unwrap_or_default() {
        let roles = check.get("roles").map(Node::items).unwrap_or_default();
        // The verdict of any of them is enough; a project may bring the others.
        let there = |node: &Node| agents.iter().any(|agent| Some(agent.as_str()) == node.as_str());
        if !roles.iter().any(there) {
            roles.iter().for_each(|node| say(node, "agent", &agents));
        }
    }
    if checks.is_empty() {
        return;
    }
    for command in data.get("commands").map(Node::items).unwrap_or_default() {
        if let Some(node) = command.get("check") {
            say(node, "check", &checks);
        }
    }
}
