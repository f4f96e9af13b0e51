//! Rules about frontmatter as such, whatever it defines.

use crate::lint::rule::Rule;

pub mod frontmatter_cut_short;
pub mod frontmatter_key_duplicate;
pub mod frontmatter_no_mapping;
pub mod frontmatter_repaired;
pub mod frontmatter_unclosed;
pub mod frontmatter_unreadable;
pub mod frontmatter_value_type;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &frontmatter_cut_short::RULE,
    &frontmatter_key_duplicate::RULE,
    &frontmatter_no_mapping::RULE,
    &frontmatter_repaired::RULE,
    &frontmatter_unclosed::RULE,
    &frontmatter_unreadable::RULE,
    &frontmatter_value_type::RULE,
];
