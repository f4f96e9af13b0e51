//! Gates require each other.
//!
//! ## What
//! Reports a gate that requires itself, directly or over others.
//!
//! ## Why
//! None of them can be the first to pass, so none ever does.
//!
//! ## Example
//! ```yaml
//! gate: test
//! requires: [test]
//! ```
//!
//! ## Fix
//! Remove one of the requirements.
//!
//! ## Source
//! Portcullis itself (`src/gate/plan.rs`), 2026-11-26.

use std::collections::BTreeMap;

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gate-file-circular",
    source: include_str!("gate_file_circular.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Gate], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let gates = bundle.of_root(Kind::Gate, file.root).filter_map(File::data);
    let named = gates.filter_map(|gate| Some((gate.get("gate")?.as_str()?, gate)));
    let needs: BTreeMap<&str, Vec<&str>> = named
        .map(|(name, gate)| (name, required(gate).filter_map(Node::as_str).collect()))
        .collect();
    let Some(data) = file.data() else { return };
    let Some(own) = data.get("gate").and_then(Node::as_str) else { return };
    for node in required(data) {
        let Some(first) = node.as_str() else { continue };
        let (mut seen, mut next) = (Vec::new(), vec![first]);
        while let Some(name) = next.pop() {
            if !seen.contains(&name) {
                seen.push(name);
                next.extend(needs.get(name).into_iter().flatten());
            }
        }
        if seen.contains(&own) {
            let message = format!("`{first}` requires `{own}` itself");
            out.at(file, node.span.clone(), message).help("remove one of the requirements");
        }
    }
}

fn required(gate: &Node) -> impl Iterator<Item = &Node> {
    gate.get("requires").map(Node::items).unwrap_or_default().iter()
}
