//! The families of rules: a folder each, and its list.

use super::rule::Rule;

pub mod agent;
pub mod file;
pub mod frontmatter;
pub mod hook;
pub mod manifest;
pub mod marketplace;
pub mod skill;
pub mod suppression;
pub mod tool;

/// The rules of every family.
pub static RULES: &[&[&Rule]] = &[
    suppression::RULES,
    file::RULES,
    frontmatter::RULES,
    agent::RULES,
    skill::RULES,
    tool::RULES,
    manifest::RULES,
    marketplace::RULES,
    hook::RULES,
];
