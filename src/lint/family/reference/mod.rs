//! Rules about what one definition says of another.

use crate::lint::rule::Rule;

pub mod agent_server_unknown;
pub mod agent_skill_unknown;
pub mod definition_name_unknown;
pub mod gate_name_unknown;
pub mod link_anchor_dead;
pub mod link_target_dead;
pub mod schema_name_unknown;
pub mod skill_agent_unknown;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &agent_server_unknown::RULE,
    &agent_skill_unknown::RULE,
    &definition_name_unknown::RULE,
    &gate_name_unknown::RULE,
    &link_anchor_dead::RULE,
    &link_target_dead::RULE,
    &schema_name_unknown::RULE,
    &skill_agent_unknown::RULE,
];
