//! A value that the user is asked for is not described.
//!
//! ## What
//! Reports entries of `userConfig` without `type`, `title` or `description`, or with a type that does not exist.
//!
//! ## Why
//! The whole plugin fails to load.
//!
//! ## Example
//! ```json
//! {"name": "tools", "userConfig": {"token": {"type": "string"}}}
//! ```
//!
//! ## Fix
//! Add what is missing; the types are string, number, boolean, directory and file.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-user-config-invalid",
    source: include_str!("plugin_user_config_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for pair in file
        .data()
        .and_then(|root| root.get("userConfig"))
        .map(|node| node.pairs())
        .unwrap_or_default()
    {
        let text = |key: &str| pair.node.get(key).and_then(|node| node.as_str());
        let types = ["string", "number", "boolean", "directory", "file"];
        if !text("type").is_some_and(|kind| types.contains(&kind)) {
            out.at(
                file,
                pair.key_span.clone(),
                format!("`{}` has no type of string, number, boolean, directory, file", pair.key),
            );
        }
        for key in ["title", "description"].iter().filter(|key| text(key).is_none()) {
            out.at(
                file,
                pair.key_span.clone(),
                format!("`{}` has no `{key}`; the whole plugin fails", pair.key),
            );
        }
    }
}
