//! A skill's compatibility is too long.
//!
//! ## What
//! Reports `compatibility` that is empty, no text, or longer than 500 characters.
//!
//! ## Why
//! Other harnesses refuse the skill.
//!
//! ## Example
//! ```yaml
//! compatibility: …600 characters…
//! ```
//!
//! ## Fix
//! Say it in a line; put the rest into the text.
//!
//! ## Source
//! agentskills.io specification, read 2026-11-22 (facts C2).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-compatibility-long",
    source: include_str!("skill_compatibility_long.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("compatibility") else { return };
    let length = node.as_str().map(|text| text.chars().count());
    if !length.is_some_and(|length| (1..=500).contains(&length)) {
        out.at(file, node.span.clone(), "`compatibility` is a text of 1 to 500 characters");
    }
}
