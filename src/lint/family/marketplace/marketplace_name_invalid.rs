//! A marketplace's name cannot be used.
//!
//! ## What
//! Reports a `name` that is missing, holds other characters than letters, digits, dots, underscores and hyphens, or
//! is reserved.
//!
//! ## Why
//! The client refuses the marketplace.
//!
//! ## Example
//! ```json
//! {"name": "my market", "owner": {"name": "me"}, "plugins": []}
//! ```
//!
//! ## Fix
//! Write a name in kebab-case.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E3, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-name-invalid",
    source: include_str!("marketplace_name_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

const RESERVED: &[&str] = &["inline", "builtin", "skills-dir", "synced", "claude-plugin-test"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data() else { return };
    if !root.is_map() {
        out.of(file, format!("a marketplace must be an object, and this is: {}", root.type_name()));
        return;
    }
    let Some(node) = root.get("name") else {
        out.of(file, "the marketplace has no `name`");
        return;
    };
    match node.as_str() {
        None => {
            out.at(
                file,
                node.span.clone(),
                format!("`name` must be a text, and this is: {}", node.type_name()),
            );
        }
        Some(name) if RESERVED.contains(&name) => {
            out.at(file, node.span.clone(), format!("the name `{name}` is reserved"));
        }
        Some(name) => {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
            if !first || !name.bytes().all(fits) {
                out.at(
                    file,
                    node.span.clone(),
                    format!("`{name}` cannot be the name of a marketplace"),
                )
                .help("letters, digits, dots, underscores and hyphens; a letter or digit first");
            }
        }
    }
}
