//! Rules about marketplaces.

use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::rule::Rule;

pub mod marketplace_entry_duplicate;
pub mod marketplace_name_invalid;
pub mod marketplace_name_mismatch;
pub mod marketplace_owner_missing;
pub mod marketplace_plugins_invalid;
pub mod marketplace_source_form;
pub mod marketplace_source_missing;
pub mod marketplace_source_plain_http;
pub mod marketplace_version_drift;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &marketplace_entry_duplicate::RULE,
    &marketplace_name_invalid::RULE,
    &marketplace_name_mismatch::RULE,
    &marketplace_owner_missing::RULE,
    &marketplace_plugins_invalid::RULE,
    &marketplace_source_form::RULE,
    &marketplace_source_missing::RULE,
    &marketplace_source_plain_http::RULE,
    &marketplace_version_drift::RULE,
];

/// The entries of a marketplace that have a name: name, its place, the entry.
pub(in crate::lint) fn entries(file: &File) -> Vec<(&str, &Node, &Node)> {
    let plugins = file.data().and_then(|root| root.get("plugins"));
    let entries = plugins.map(Node::items).unwrap_or_default().iter();
    entries
        .filter_map(|entry| Some((entry.get("name")?.as_str()?, entry.get("name")?, entry)))
        .collect()
}

/// The entries whose plugin lies here, with the plugin's manifest.
pub(in crate::lint) fn manifests<'a>(
    file: &'a File,
    bundle: &'a Bundle,
) -> Vec<(&'a str, &'a Node, &'a File)> {
    let root = &bundle.root(file).dir;
    let base = file.data().and_then(|root| root.at(&["metadata", "pluginRoot"])?.as_str());
    let mut all = Vec::new();
    for (name, node, entry) in entries(file) {
        let Some(source) = entry.get("source").and_then(Node::as_str) else { continue };
        let dir = match base {
            Some(base) if !source.starts_with('.') => clean(&root.join(base).join(source)),
            _ => clean(&root.join(source)),
        };
        let manifest = dir.join(".claude-plugin/plugin.json");
        if let Some(manifest) = bundle.of(Kind::Plugin).find(|file| file.path == manifest) {
            all.push((name, node, manifest));
        }
    }
    all
}
