//! Rules about the tools that definitions name.

use std::ops::Range;

use crate::bundle::client;
use crate::bundle::file::File;
use crate::bundle::kind::Kind;
use crate::lint::rule::Rule;

pub mod tool_both_lists;
pub mod tool_case;
pub mod tool_duplicate;
pub mod tool_gone;
pub mod tool_list_empty;
pub mod tool_mcp_incomplete;
pub mod tool_missing_for_body;
pub mod tool_none_left;
pub mod tool_read_only_writes;
pub mod tool_renamed;
pub mod tool_too_many;
pub mod tool_unknown;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &tool_both_lists::RULE,
    &tool_case::RULE,
    &tool_duplicate::RULE,
    &tool_gone::RULE,
    &tool_list_empty::RULE,
    &tool_mcp_incomplete::RULE,
    &tool_missing_for_body::RULE,
    &tool_none_left::RULE,
    &tool_read_only_writes::RULE,
    &tool_renamed::RULE,
    &tool_too_many::RULE,
    &tool_unknown::RULE,
];

/// The keys that list tools in a definition.
fn keys(file: &File) -> [&'static str; 2] {
    match file.kind {
        Kind::Agent => ["tools", "disallowedTools"],
        _ => ["allowed-tools", "disallowed-tools"],
    }
}

/// Every tool that a definition lists, with its place.
pub(in crate::lint) fn listed(file: &File) -> Vec<(String, Range<usize>)> {
    keys(file).iter().filter_map(|key| file.field(key)).flat_map(|node| node.words()).collect()
}

/// The tool that a name differs from in upper and lower case only.
fn other_case(name: &str) -> Option<&'static str> {
    let known = client::TOOLS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
    (*known != name).then_some(known)
}
