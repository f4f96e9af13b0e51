//! The list of plugins has the wrong form.
//!
//! ## What
//! Reports a `plugins` that is missing or no list, entries that are no object, and entries without `name` or
//! `source`.
//!
//! ## Why
//! The client refuses the marketplace: none of its plugins can be installed.
//!
//! ## Example
//! ```json
//! {"name": "m", "owner": {"name": "me"}, "plugins": [{"name": "tools"}]}
//! ```
//!
//! ## Fix
//! Give each entry a `name` and a `source`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E3, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-plugins-invalid",
    source: include_str!("marketplace_plugins_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data().filter(|root| root.is_map()) else { return };
    match root.get("plugins") {
        None => {
            out.of(file, "the marketplace has no `plugins`");
        }
        Some(node) if !node.is_list() => {
            out.at(
                file,
                node.span.clone(),
                format!("`plugins` must be a list, and this is: {}", node.type_name()),
            );
        }
        Some(node) => {
            for entry in node.items() {
                let named = entry
                    .get("name")
                    .and_then(|name| name.as_str())
                    .is_some_and(|name| !name.is_empty());
                if !entry.is_map() || !named {
                    out.at(file, entry.span.clone(), "this entry has no `name`");
                }
                if entry.is_map() && entry.get("source").is_none() {
                    out.at(file, entry.span.clone(), "this entry has no `source`")
                        .help("the plugin cannot be installed, and the marketplace is refused");
                }
            }
        }
    }
}
