//! A path of a manifest leads nowhere.
//!
//! ## What
//! Reports component paths that do not exist in the plugin.
//!
//! ## Why
//! The client reports a load failure; the component is not there.
//!
//! ## Example
//! ```json
//! {"name": "tools", "commands": ["./commands/gone.md"]}
//! ```
//!
//! ## Fix
//! Add the file, or remove the path.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::{Node, Value};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-path-missing",
    source: include_str!("plugin_path_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let root = &bundle.root(file).dir;
    if !file.in_plugin() {
        return;
    }
    for (key, node) in super::components(file) {
        let single = std::slice::from_ref(node);
        let paths: Vec<&Node> = match &node.value {
            Value::String(_) => single.iter().collect(),
            Value::List(items) => items.iter().collect(),
            Value::Map(pairs) if key == "commands" => {
                pairs.iter().filter_map(|pair| pair.node.get("source")).collect()
            }
            _ => Vec::new(),
        };
        for node in paths {
            let Some(path) = node.as_str().filter(|path| super::form(path, key).is_none()) else {
                continue;
            };
            if !clean(&root.join(path)).exists() {
                out.at(file, node.span.clone(), format!("`{path}` is not there"))
                    .help("add it, or remove the path; the client reports a load failure");
            }
        }
    }
}
