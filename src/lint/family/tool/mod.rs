//! Rules about the tools that definitions name.

use std::ops::Range;

use crate::bundle::file::File;
use crate::bundle::kind::Kind;
use crate::lint::rule::Rule;

pub mod tool_gone;
pub mod tool_unknown;

/// The rules of this family.
pub static RULES: &[&Rule] = &[&tool_gone::RULE, &tool_unknown::RULE];

/// Every tool that a definition lists, with its place.
pub(in crate::lint) fn listed(file: &File) -> Vec<(String, Range<usize>)> {
    let keys: &[&str] = match file.kind {
        Kind::Agent => &["tools", "disallowedTools"],
        _ => &["allowed-tools", "disallowed-tools"],
    };
    keys.iter().filter_map(|key| file.field(key)).flat_map(|node| node.words()).collect()
}
