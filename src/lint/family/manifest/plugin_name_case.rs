//! A plugin's name is not kebab-case.
//!
//! ## What
//! Reports names with other characters than lower-case letters, digits and hyphens.
//!
//! ## Why
//! The client takes most of them, but a marketplace refuses names that do not begin with a letter or digit, and
//! names with a slash cannot be loaded by path.
//!
//! ## Example
//! ```json
//! {"name": "My_Tools"}
//! ```
//!
//! ## Fix
//! Write `my-tools`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-name-case",
    source: include_str!("plugin_name_case.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.data().and_then(|root| root.get("name")) else { return };
    let Some(name) = node.as_str().filter(|name| !name.contains(char::is_whitespace)) else {
        return;
    };
    let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !name.is_empty() && (!name.bytes().all(kebab) || name.starts_with('-')) {
        out.at(file, node.span.clone(), format!("`{name}` is not kebab-case")).help(
            "lower-case letters, digits and hyphens; others are refused by some marketplaces",
        );
    }
}
