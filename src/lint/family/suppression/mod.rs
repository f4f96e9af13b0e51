//! Rules about what suppresses findings.

use crate::lint::rule::Rule;

pub mod allow_unused;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&allow_unused::RULE];
