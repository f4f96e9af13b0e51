//! The policy names a check that does nothing.
//!
//! ## What
//! Reports checks under `gates.<gate>.checks` that the gate does not have and that have no command of their own.
//!
//! ## Why
//! Such a check is required and cannot run, so that the gate never passes.
//!
//! ## Example
//! ```yaml
//! gates:
//!   test:
//!     checks:
//!       units: {timeout: 60}
//! ```
//!
//! ## Fix
//! Write the id of a check of that gate, or give it a `command`.
//!
//! ## Source
//! Portcullis itself (`src/gate/plan.rs`), 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::gate::catalog;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "policy-check-unknown",
    source: include_str!("policy_check_unknown.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let gates = file.data().and_then(|data| data.get("gates"));
    for gate in gates.map(Node::pairs).unwrap_or_default() {
        let built_in = catalog::gate(&gate.key);
        let known: Vec<&str> = built_in
            .map(|gate| gate.checks.iter().map(|check| check.check.as_str()).collect())
            .unwrap_or_default();
        for pair in gate.node.get("checks").map(Node::pairs).unwrap_or_default() {
            let own = ["command", "shell"].iter().any(|key| pair.node.get(key).is_some());
            let off = pair.node.get("off").and_then(Node::as_bool) == Some(true);
            if own || off || known.contains(&pair.key.as_str()) {
                continue;
            }
            let finding = out.at(
                file,
                pair.key_span.clone(),
                format!("the gate `{}` has no check `{}`", gate.key, pair.key),
            );
            match client::nearest(&pair.key, &known) {
                Some(near) => finding.help(format!("`{near}` is one")),
                None => finding.help("give it a `command`; until then the gate cannot pass"),
            };
        }
    }
}
