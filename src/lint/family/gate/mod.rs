//! Rules about gate files, from which the gates are compiled in.

use crate::lint::rule::Rule;

pub mod gate_file_circular;
pub mod gate_file_invalid;
pub mod gate_file_name_unknown;

/// The rules of this family.
pub static RULES: &[&Rule] =
    &[&gate_file_circular::RULE, &gate_file_invalid::RULE, &gate_file_name_unknown::RULE];
