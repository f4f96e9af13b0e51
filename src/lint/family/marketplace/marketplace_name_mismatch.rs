//! An entry and its manifest have two names.
//!
//! ## What
//! Reports entries whose `name` is not the one of the plugin's manifest.
//!
//! ## Why
//! Users install one name and see another; rules and matchers of one of them do not fit.
//!
//! ## Example
//! ```json
//! {"name": "tools", "source": "./toolbox"} with `"name": "toolbox"` in its manifest
//! ```
//!
//! ## Fix
//! Make them equal.
//!
//! ## Source
//! Facts E4 row 38 (2.1.330), 2026-11-22: not checked by the validator.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-name-mismatch",
    source: include_str!("marketplace_name_mismatch.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (name, node, manifest) in super::manifests(file, bundle) {
        let Some(own) = manifest.data().and_then(|root| root.get("name")?.as_str()) else {
            continue;
        };
        if own != name {
            out.at(file, node.span.clone(), format!("its manifest calls this plugin `{own}`"))
                .help("make the two names equal");
        }
    }
}
