//! Rules about agents.

use crate::lint::rule::Rule;

pub mod agent_description_missing;
pub mod agent_key_lost;
pub mod agent_key_unknown;
pub mod agent_name_missing;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &agent_description_missing::RULE,
    &agent_key_lost::RULE,
    &agent_key_unknown::RULE,
    &agent_name_missing::RULE,
];
