//! Rules about what a definition hides or gives away.

use crate::lint::rule::Rule;

pub mod comment_instruction;
pub mod download_piped_to_shell;
pub mod secret_in_definition;
pub mod text_bidirectional;
pub mod text_hidden;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &comment_instruction::RULE,
    &download_piped_to_shell::RULE,
    &secret_in_definition::RULE,
    &text_bidirectional::RULE,
    &text_hidden::RULE,
];
