//! A description is longer than other harnesses take.
//!
//! ## What
//! Reports skills whose `description` is longer than 1,024 characters.
//!
//! ## Why
//! The open specification and the upload to claude.ai refuse the skill.
//!
//! ## Example
//! ```yaml
//! description: …1,100 characters…
//! ```
//!
//! ## Fix
//! Shorten it.
//!
//! ## Source
//! agentskills.io specification (facts C2), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-long-portable",
    source: include_str!("description_long_portable.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

/// Most characters of the open specification.
const MOST: usize = 1024;

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let length = node.as_str().map_or(0, |text| text.chars().count());
    if length > MOST {
        out.at(
            file,
            node.span.clone(),
            format!("{length} characters; other harnesses take {MOST}"),
        )
        .help("shorten it");
    }
}
