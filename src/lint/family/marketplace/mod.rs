//! Rules about marketplaces.

use crate::lint::rule::Rule;

pub mod marketplace_owner_missing;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&marketplace_owner_missing::RULE];
