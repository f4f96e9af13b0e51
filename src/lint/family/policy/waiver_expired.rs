//! A waiver has run out.
//!
//! ## What
//! Reports waivers of `validate.waivers` and `secrets.waivers` whose last day is over.
//!
//! ## Why
//! They cover nothing any more: either the reason still holds, or what they covered is to be repaired.
//!
//! ## Example
//! ```yaml
//! validate:
//!   waivers:
//!     - {rule: agent-key-lost, reason: kept for project use, expires: 2020-01-31}
//! ```
//!
//! ## Fix
//! Repair what it covered and remove it, or give it a new date.
//!
//! ## Source
//! Portcullis itself (`src/lint/settings.rs`), 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "waiver-expired",
    source: include_str!("waiver_expired.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(data) = file.data() else { return };
    let today = jiff::Timestamp::now().to_string();
    let today = today.get(..10).unwrap_or_default();
    for part in ["secrets", "validate"] {
        let waivers = data.at(&[part, "waivers"]).map(Node::items).unwrap_or_default();
        for node in waivers.iter().filter_map(|waiver| waiver.get("expires")) {
            let date = node.as_str().filter(|date| date.len() == today.len());
            if let Some(date) = date.filter(|date| *date < today) {
                out.at(file, node.span.clone(), format!("this waiver covers nothing since {date}"))
                    .help("repair what it covered and remove it, or give it a new date");
            }
        }
    }
}
