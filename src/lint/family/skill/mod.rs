//! Rules about skills.

use crate::lint::rule::Rule;

pub mod skill_name_mismatch;
pub mod skill_not_loaded;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&skill_name_mismatch::RULE, &skill_not_loaded::RULE];
