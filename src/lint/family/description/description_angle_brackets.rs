//! A description holds angle brackets.
//!
//! ## What
//! Reports skills with `<` or `>` in their description.
//!
//! ## Why
//! The upload to claude.ai refuses them, because the listing is written in tags.
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
//! The packaging script of Anthropic's skills repository refuses them, read 2026-11-22.

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
    let block = file.text()[node.span.clone()].starts_with(['>', '|']);
    if !block && node.as_str().is_some_and(|text| text.contains(['<', '>'])) {
        out.at(file, node.span.clone(), "the upload to claude.ai refuses angle brackets here")
            .help("write the word without them");
    }
}
