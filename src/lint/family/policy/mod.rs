//! Rules about the policy, `portcullis.yaml`.

use crate::bundle::file::Bundle;
use crate::bundle::kind::Kind;
use crate::lint::rule::Rule;

pub mod policy_agent_unknown;
pub mod policy_check_unknown;
pub mod policy_gate_unknown;
pub mod policy_invalid;
pub mod waiver_expired;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &policy_agent_unknown::RULE,
    &policy_check_unknown::RULE,
    &policy_gate_unknown::RULE,
    &policy_invalid::RULE,
    &waiver_expired::RULE,
];

/// The gates that there are for the definitions of a root: the built-in ones, and those of a policy in it or beside it.
pub(in crate::lint) fn gates(bundle: &Bundle, root: usize) -> Vec<String> {
    let mut names: Vec<String> =
        crate::gate::catalog::GATES.iter().map(|gate| gate.gate.clone()).collect();
    let dir = &bundle.roots[root].dir;
    let near = bundle
        .of(Kind::Policy)
        .filter(|policy| policy.root == root || dir.starts_with(policy.dir()));
    for gates in near.filter_map(|policy| policy.data()?.get("gates")) {
        names.extend(gates.pairs().iter().map(|pair| pair.key.clone()));
    }
    names.sort();
    names.dedup();
    names
}
