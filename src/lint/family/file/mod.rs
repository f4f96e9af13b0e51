//! Rules about files as such: reading, encoding, JSON.

use crate::lint::rule::Rule;

pub mod file_byte_order_mark;
pub mod file_not_utf8;
pub mod file_nul_byte;
pub mod file_too_large;
pub mod file_unreadable;
pub mod json_key_duplicate;
pub mod json_syntax;
pub mod link_target_missing;
pub mod link_target_outside;
pub mod policy_syntax;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &file_byte_order_mark::RULE,
    &file_not_utf8::RULE,
    &file_nul_byte::RULE,
    &file_too_large::RULE,
    &file_unreadable::RULE,
    &json_key_duplicate::RULE,
    &json_syntax::RULE,
    &link_target_missing::RULE,
    &link_target_outside::RULE,
    &policy_syntax::RULE,
];
