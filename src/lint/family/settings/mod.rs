//! Rules about settings files of projects.

use crate::bundle::file::File;
use crate::bundle::tree::Node;
use crate::lint::rule::Rule;

pub mod settings_mode_bypass;
pub mod settings_mode_unknown;
pub mod settings_permission_invalid;
pub mod settings_permission_wildcard;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &settings_mode_bypass::RULE,
    &settings_mode_unknown::RULE,
    &settings_permission_invalid::RULE,
    &settings_permission_wildcard::RULE,
];

/// The permission rules of a project's settings, each with the list it stands in. A plugin's settings have none that
/// count (facts E).
fn permissions(file: &File) -> Vec<(&'static str, &Node)> {
    let lists = ["allow", "deny", "ask"].into_iter().filter(|_| !file.in_plugin());
    let of = |list: &'static str| {
        let node = file.data().and_then(|data| data.at(&["permissions", list]));
        node.map(Node::items).unwrap_or_default().iter().map(move |item| (list, item))
    };
    lists.flat_map(of).collect()
}

/// The default permission mode of a project's settings.
fn mode(file: &File) -> Option<&Node> {
    let data = file.data().filter(|_| !file.in_plugin())?;
    data.at(&["permissions", "defaultMode"])
}
