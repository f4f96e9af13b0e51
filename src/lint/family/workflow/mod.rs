//! Rules about workflow scripts.

use crate::lint::rule::Rule;

pub mod workflow_agent_unknown;
pub mod workflow_call_forbidden;
pub mod workflow_import;
pub mod workflow_meta_computed;
pub mod workflow_meta_incomplete;
pub mod workflow_meta_missing;
pub mod workflow_name_collision;
pub mod workflow_phase_unknown;
pub mod workflow_syntax;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &workflow_agent_unknown::RULE,
    &workflow_call_forbidden::RULE,
    &workflow_import::RULE,
    &workflow_meta_computed::RULE,
    &workflow_meta_incomplete::RULE,
    &workflow_meta_missing::RULE,
    &workflow_name_collision::RULE,
    &workflow_phase_unknown::RULE,
    &workflow_syntax::RULE,
];
