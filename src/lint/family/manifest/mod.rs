//! Rules about plugin manifests.

use crate::lint::rule::Rule;

pub mod plugin_name_missing;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&plugin_name_missing::RULE];
