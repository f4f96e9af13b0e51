//! An entry and its manifest have two versions.
//!
//! ## What
//! Reports entries whose `version` is not the one of the plugin's manifest.
//!
//! ## Why
//! The manifest's wins at installation: the entry says what nobody gets.
//!
//! ## Example
//! ```json
//! {"name": "tools", "source": "./tools", "version": "2.0.0"} with 1.0.0 in its manifest
//! ```
//!
//! ## Fix
//! Remove `version` from the entry.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E3, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-version-drift",
    source: include_str!("marketplace_version_drift.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (_, node, manifest) in super::manifests(file, bundle) {
        let entry =
            super::entries(file).into_iter().find(|(_, other, _)| std::ptr::eq(*other, node));
        let Some(version) = entry.and_then(|(_, _, entry)| entry.get("version")) else { continue };
        let own = manifest.data().and_then(|root| root.get("version")?.as_str());
        if let (Some(own), Some(said)) = (own, version.as_str())
            && own != said
        {
            out.at(file, version.span.clone(), format!("its manifest says {own}, and that wins"))
                .help("remove it here, or make them equal");
        }
    }
}
