//! The families of rules: a folder each, and its list.

use super::rule::Rule;

pub mod agent;
pub mod budget;
pub mod command;
pub mod description;
pub mod file;
pub mod frontmatter;
pub mod gate;
pub mod hook;
pub mod manifest;
pub mod marketplace;
pub mod mcp;
pub mod memory;
pub mod model;
pub mod name;
pub mod policy;
pub mod reference;
pub mod rehearsal;
pub mod schema;
pub mod security;
pub mod settings;
pub mod skill;
pub mod standard;
pub mod suppression;
pub mod tool;
pub mod workflow;

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
    mcp::RULES,
    settings::RULES,
    memory::RULES,
    policy::RULES,
    gate::RULES,
    schema::RULES,
    workflow::RULES,
    name::RULES,
    reference::RULES,
    security::RULES,
    model::RULES,
    command::RULES,
    description::RULES,
    budget::RULES,
    standard::RULES,
    rehearsal::RULES,
];
