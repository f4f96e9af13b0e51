//! Two entries have one name.
//!
//! ## What
//! Reports a plugin that a marketplace lists twice.
//!
//! ## Why
//! The client refuses the marketplace.
//!
//! ## Example
//! ```json
//! {"plugins": [{"name": "a", "source": "./a"}, {"name": "a", "source": "./b"}]}
//! ```
//!
//! ## Fix
//! Rename one.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E3, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-entry-duplicate",
    source: include_str!("marketplace_entry_duplicate.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let entries = super::entries(file);
    for (index, (name, node, _)) in entries.iter().enumerate() {
        if let Some((_, first, _)) = entries[..index].iter().find(|(other, ..)| other == name) {
            out.at(file, node.span.clone(), format!("`{name}` is listed twice"))
                .also(first.span.clone(), "the first one");
        }
    }
}
