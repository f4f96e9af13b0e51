//! A plugin has no name.
//!
//! ## What
//! Reports a `plugin.json` without a `name`, or with one that holds a blank.
//!
//! ## Why
//! The whole plugin fails to load: no agent, skill, command or hook of it is there.
//!
//! ## Example
//! ```json
//! {"version": "1.0.0"}
//! ```
//!
//! ## Fix
//! Add `"name"` in kebab-case.
//!
//! ## Source
//! Facts E4 rows 2 and 3; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-name-missing",
    source: include_str!("plugin_name_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data() else { return };
    match root.get("name") {
        None if root.is_map() => {
            out.of(file, "the manifest has no `name`").help("the whole plugin fails without one");
        }
        None => {}
        Some(node) => match node.as_str() {
            None => {
                out.at(
                    file,
                    node.span.clone(),
                    format!("`name` must be a text, and this is: {}", node.type_name()),
                );
            }
            Some("") => {
                out.at(file, node.span.clone(), "`name` is empty");
            }
            Some(name) if name.contains(char::is_whitespace) => {
                out.at(file, node.span.clone(), format!("`name` holds a blank: `{name}`"))
                    .help("use kebab-case");
            }
            Some(_) => {}
        },
    }
}
