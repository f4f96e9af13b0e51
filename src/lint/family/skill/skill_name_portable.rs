//! A skill's name is refused by other harnesses.
//!
//! ## What
//! Reports skills whose `name` is missing, longer than 64 characters, or not made of lower-case letters, digits and
//! single hyphens.
//!
//! ## Why
//! The client goes by the folder. The open specification demands the name, and its validator and the upload to
//! claude.ai refuse others.
//!
//! ## Example
//! ```yaml
//! name: PDF Tools
//! ```
//!
//! ## Fix
//! Write the folder's name in lower case with hyphens.
//!
//! ## Source
//! agentskills.io specification, read 2026-11-22 (facts C2).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-name-portable",
    source: include_str!("skill_name_portable.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    let Some(node) = fields.get("name").filter(|node| !node.is_null()) else {
        out.of(file, "the open specification demands a `name`")
            .help(format!("write `name: {}`", file.dir_name()));
        return;
    };
    let name = node.as_str().unwrap_or_default();
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(letters)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    if !fits {
        out.at(file, node.span.clone(), "other harnesses refuse this name")
            .help("at most 64 lower-case letters, digits and single hyphens");
    }
}
