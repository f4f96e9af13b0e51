//! A manifest does not say what the plugin is.
//!
//! ## What
//! Reports manifests without `version`, `description` or `author`.
//!
//! ## Why
//! People choose by them, and without a version updates are not seen.
//!
//! ## Example
//! ```json
//! {"name": "tools"}
//! ```
//!
//! ## Fix
//! Add them.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-facts-missing",
    source: include_str!("plugin_facts_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data().filter(|root| root.get("name").is_some()) else { return };
    let empty = |key: &&&str| root.get(key).is_none_or(|node| node.as_str() == Some(""));
    let missing: Vec<&str> =
        ["version", "description", "author"].iter().filter(empty).copied().collect();
    if !missing.is_empty() {
        out.of(file, format!("the manifest has no {}", missing.join(", no ")))
            .help("the client's validator warns of it, and refuses it with --strict");
    }
}
