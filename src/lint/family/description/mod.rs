//! Rules about descriptions: what Claude chooses by.

use crate::lint::rule::Rule;

pub mod description_angle_brackets;
pub mod description_duplicate;
pub mod description_first_person;
pub mod description_long_portable;
pub mod description_no_trigger;
pub mod description_placeholder;
pub mod description_says_nothing;
pub mod description_too_long;
pub mod description_workflow_summary;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &description_angle_brackets::RULE,
    &description_duplicate::RULE,
    &description_first_person::RULE,
    &description_long_portable::RULE,
    &description_no_trigger::RULE,
    &description_placeholder::RULE,
    &description_says_nothing::RULE,
    &description_too_long::RULE,
    &description_workflow_summary::RULE,
];
