//! Rules about hooks, wherever they are declared.

use crate::bundle::file::File;
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::rule::Rule;

pub mod hook_event_unknown;
pub mod hook_type_unknown;

/// The kinds of files that may declare hooks.
pub(in crate::lint) const HOLDERS: &[Kind] =
    &[Kind::Hooks, Kind::Settings, Kind::Plugin, Kind::Agent, Kind::Skill, Kind::Command];

/// The rules of this family.
pub static RULES: &[&Rule] = &[&hook_event_unknown::RULE, &hook_type_unknown::RULE];

/// The maps from event to hooks that a file holds.
pub(in crate::lint) fn maps(file: &File) -> Vec<&Node> {
    let found = match file.kind {
        Kind::Hooks | Kind::Settings => file.data().and_then(|root| root.get("hooks")),
        Kind::Plugin => file.data().and_then(|root| root.get("hooks")),
        Kind::Agent | Kind::Skill | Kind::Command => file.field("hooks"),
        _ => None,
    };
    let node = match found {
        Some(node) if node.is_map() => node,
        _ => return Vec::new(),
    };
    // An inline object of a manifest may have the outer key of a hooks file.
    vec![node.get("hooks").filter(|inner| inner.is_map()).unwrap_or(node)]
}

/// One handler of a hooks map.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Handler<'a> {
    /// The event it is bound to.
    pub(in crate::lint) event: &'a str,
    /// The handler itself: `type`, `command`, ….
    pub(in crate::lint) node: &'a Node,
}

/// Every handler of a file, in order.
pub(in crate::lint) fn handlers(file: &File) -> Vec<Handler<'_>> {
    let mut all = Vec::new();
    for map in maps(file) {
        for pair in map.pairs() {
            for group in pair.node.items() {
                for node in group.get("hooks").map(Node::items).unwrap_or_default() {
                    all.push(Handler { event: &pair.key, node });
                }
            }
        }
    }
    all
}
