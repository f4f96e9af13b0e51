//! Rules about the policy, `portcullis.yaml`.

use crate::lint::rule::Rule;

pub mod policy_invalid;
pub mod waiver_expired;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&policy_invalid::RULE, &waiver_expired::RULE];
