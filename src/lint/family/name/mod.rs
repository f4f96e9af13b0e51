//! Rules about names and which definition wins.

use crate::lint::rule::Rule;

pub mod name_taken;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&name_taken::RULE];
