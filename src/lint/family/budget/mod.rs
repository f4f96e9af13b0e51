//! Rules about size.

use crate::lint::rule::Rule;

pub mod agent_body_long;
pub mod catalogue_too_large;
pub mod command_body_long;
pub mod memory_too_long;
pub mod skill_body_long;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &agent_body_long::RULE,
    &catalogue_too_large::RULE,
    &command_body_long::RULE,
    &memory_too_long::RULE,
    &skill_body_long::RULE,
];
