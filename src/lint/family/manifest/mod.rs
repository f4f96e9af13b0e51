//! Rules about plugin manifests.

use crate::bundle::file::File;
use crate::bundle::tree::Node;
use crate::lint::rule::Rule;

pub mod plugin_components_misplaced;
pub mod plugin_engine_invalid;
pub mod plugin_facts_missing;
pub mod plugin_key_unknown;
pub mod plugin_name_case;
pub mod plugin_name_missing;
pub mod plugin_path_invalid;
pub mod plugin_path_missing;
pub mod plugin_user_config_invalid;
pub mod plugin_value_type;
pub mod plugin_version_semver;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &plugin_components_misplaced::RULE,
    &plugin_engine_invalid::RULE,
    &plugin_facts_missing::RULE,
    &plugin_key_unknown::RULE,
    &plugin_name_case::RULE,
    &plugin_name_missing::RULE,
    &plugin_path_invalid::RULE,
    &plugin_path_missing::RULE,
    &plugin_user_config_invalid::RULE,
    &plugin_value_type::RULE,
    &plugin_version_semver::RULE,
];

/// The keys of a manifest that name components, with their values.
pub(in crate::lint) fn components(file: &File) -> Vec<(&'static str, &Node)> {
    const KEYS: &[&str] = &[
        "commands",
        "agents",
        "skills",
        "hooks",
        "outputStyles",
        "workflows",
        "mcpServers",
        "lspServers",
        "themes",
        "monitors",
        "types",
    ];
    let Some(root) = file.data() else { return Vec::new() };
    KEYS.iter().filter_map(|key| Some((*key, root.get(key)?))).collect()
}

/// What is wrong with the form of a component path, and the way out.
pub(in crate::lint) fn form(path: &str, key: &str) -> Option<(String, &'static str)> {
    let bundle = key == "mcpServers" && (path.starts_with("https://") || path.ends_with(".mcpb"));
    if bundle || (key == "skills" && path == ".") {
        return None;
    }
    if path.split('/').any(|part| part == "..") {
        return Some((
            format!("`{path}` leads out of the plugin"),
            "an installed plugin is a copy of its folder",
        ));
    }
    if !path.starts_with("./") {
        return Some((format!("`{path}` does not begin with `./`"), "write `./` in front of it"));
    }
    if key == "agents" && !path.ends_with(".md") {
        return Some((
            format!("`{path}` is no `.md` file"),
            "name each file, or leave `agents` out",
        ));
    }
    if matches!(key, "monitors" | "lspServers") && !path.ends_with(".json") {
        return Some((format!("`{path}` is no `.json` file"), "name the file"));
    }
    if key == "types" && !path.ends_with(".d.ts") {
        return Some((format!("`{path}` is no `.d.ts` file"), "name the file"));
    }
    None
}
