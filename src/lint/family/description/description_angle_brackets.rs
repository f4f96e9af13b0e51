//! A description holds angle brackets.
//!
//! ## What
//! Reports skills with `<` or `>` in their description.
//!
//! ## Why
//! The check that Anthropic's skill creator runs before it packs a skill refuses them. The client does not mind.
//!
//! ## Example
//! ```yaml
//! description: Use for <script> tags
//! ```
//!
//! ## Fix
//! Write the word without brackets.
//!
//! ## Source
//! `skills/skill-creator/scripts/quick_validate.py` of anthropics/skills at 049d5f28, read 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-angle-brackets",
    source: include_str!("description_angle_brackets.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::Medium,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    if node.as_str().is_some_and(|text| text.contains(['<', '>'])) {
        out.at(
            file,
            node.span.clone(),
            "the check of Anthropic's skill creator refuses angle brackets here",
        )
        .help("write the word without them");
    }
}
