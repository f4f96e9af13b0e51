//! A description is longer than the listing shows.
//!
//! ## What
//! Reports skills and commands whose `description` and `when_to_use` together are longer than 1,536 characters.
//!
//! ## Why
//! The client cuts the entry there. What stands behind, often the words that should trigger the skill, is never
//! seen.
//!
//! ## Example
//! ```yaml
//! description: …1,600 characters…
//! ```
//!
//! ## Fix
//! Say when to use it in the first lines; move the rest into the text.
//!
//! ## Source
//! Facts C4, 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-too-long",
    source: include_str!("description_too_long.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let length = |key: &str| file.text_field(key).map_or(0, |text| text.chars().count());
    let all = length("description") + length("when_to_use");
    if all <= client::LISTING_ENTRY {
        return;
    }
    let Some(node) = file.field("description") else { return };
    out.at(
        file,
        node.span.clone(),
        format!("{all} characters, and the listing shows {}", client::LISTING_ENTRY),
    )
    .help("say when to use it first, and the rest in the text");
}
