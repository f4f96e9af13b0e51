//! The documentation standard: what a complete definition says. Only when asked for, because it is read from the words.

use crate::bundle::file::File;
use crate::lint::rule::Rule;

pub mod agent_example_missing;
pub mod agent_inputs_missing;
pub mod agent_limits_missing;
pub mod agent_output_missing;
pub mod agent_purpose_missing;
pub mod agent_when_missing;
pub mod command_usage_missing;
pub mod skill_example_missing;
pub mod skill_when_missing;
pub mod workflow_doc_missing;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &agent_example_missing::RULE,
    &agent_inputs_missing::RULE,
    &agent_limits_missing::RULE,
    &agent_output_missing::RULE,
    &agent_purpose_missing::RULE,
    &agent_when_missing::RULE,
    &command_usage_missing::RULE,
    &skill_example_missing::RULE,
    &skill_when_missing::RULE,
    &workflow_doc_missing::RULE,
];

/// Whether the text, its headings included, holds one of some words.
fn says(file: &File, words: &[&str]) -> bool {
    let text = file.body().to_lowercase();
    words.iter().any(|word| text.contains(word))
}
