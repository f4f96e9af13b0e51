//! A marketplace has no owner.
//!
//! ## What
//! Reports a `marketplace.json` whose `owner` is missing or no object with a `name`.
//!
//! ## Why
//! The client refuses the marketplace: none of its plugins can be installed.
//!
//! ## Example
//! ```json
//! {"name": "tools", "plugins": []}
//! ```
//!
//! ## Fix
//! Add `"owner": {"name": "…"}`.
//!
//! ## Source
//! Facts E3, E4 row 32; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-owner-missing",
    source: include_str!("marketplace_owner_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data().filter(|root| root.is_map()) else { return };
    match root.get("owner") {
        None => {
            out.of(file, "the marketplace has no `owner`")
                .help("write `\"owner\": {\"name\": \"…\"}`");
        }
        Some(node) if !node.is_map() => {
            out.at(
                file,
                node.span.clone(),
                format!("`owner` must be an object, and this is: {}", node.type_name()),
            )
            .help("write `{\"name\": \"…\"}`");
        }
        Some(node) if node.get("name").and_then(|name| name.as_str()).is_none() => {
            out.at(file, node.span.clone(), "`owner` has no `name`");
        }
        Some(_) => {}
    }
}
