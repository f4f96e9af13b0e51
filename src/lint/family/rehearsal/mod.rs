//! Rules that only a run of the hooks can tell (`validate --rehearse`).

use crate::lint::rule::Rule;

pub mod rehearsal_failure;
pub mod rehearsal_guard_open;
pub mod rehearsal_output_invalid;
pub mod rehearsal_program_missing;
pub mod rehearsal_too_slow;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &rehearsal_failure::RULE,
    &rehearsal_guard_open::RULE,
    &rehearsal_output_invalid::RULE,
    &rehearsal_program_missing::RULE,
    &rehearsal_too_slow::RULE,
];
