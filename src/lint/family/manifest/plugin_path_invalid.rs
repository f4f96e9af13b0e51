//! A component path of a manifest has the wrong form.
//!
//! ## What
//! Reports component paths that do not begin with `./`, that hold `..`, that are no text, and `agents` that name
//! something else than `.md` files.
//!
//! ## Why
//! The whole plugin fails to load, or loads without the component.
//!
//! ## Example
//! ```json
//! {"name": "tools", "agents": "./agents/"}
//! ```
//!
//! ## Fix
//! Write `./path` inside of the plugin; name each agent file, or leave `agents` out: `agents/` is looked at anyway.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::{Node, Value};
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-path-invalid",
    source: include_str!("plugin_path_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (key, node) in super::components(file) {
        let mut say = |node: &Node, message: String, help: &str| {
            let finding = out.at(file, node.span.clone(), message);
            finding.help(help.to_owned());
            let path = node.as_str().unwrap_or_default();
            let there = !path.is_empty() && bundle.root(file).dir.join(path).exists();
            let plain = !path.starts_with(['.', '/']);
            if there
                && plain
                && let Some(place) = edit::part(file, node, 0..0)
            {
                finding.fix(Fix::replace(place, "./", "write `./` in front of it").intended());
            }
        };
        match &node.value {
            Value::String(path) => {
                let form = super::form(path, key);
                if let Some((message, help)) = form {
                    say(node, message, help);
                }
            }
            Value::List(_) | Value::Map(_)
                if matches!(key, "hooks" | "mcpServers" | "lspServers" | "monitors") =>
            {
                for item in node.items().iter().filter(|item| item.as_str().is_some()) {
                    if let Some((message, help)) =
                        super::form(item.as_str().unwrap_or_default(), key)
                    {
                        say(item, message, help);
                    }
                }
            }
            Value::List(items) => {
                for item in items {
                    match item.as_str().map(|path| super::form(path, key)) {
                        Some(None) => {}
                        Some(Some((message, help))) => say(item, message, help),
                        None => say(
                            item,
                            format!("a path must be a text, and this is: {}", item.type_name()),
                            "",
                        ),
                    }
                }
            }
            Value::Map(pairs) if key == "commands" => {
                for pair in pairs {
                    let sources =
                        ["source", "content"].iter().filter(|key| pair.node.get(key).is_some());
                    if sources.count() != 1 {
                        say(
                            &pair.node,
                            "a command needs either `source` or `content`".to_owned(),
                            "",
                        );
                    }
                }
            }
            _ => say(
                node,
                format!(
                    "`{key}` must be a path or a list of paths, and this is: {}",
                    node.type_name()
                ),
                "",
            ),
        }
    }
}
