//! A skill does not say when.
//!
//! ## What
//! Reports skills whose description and text name no situation.
//!
//! ## Why
//! Claude cannot tell whether the skill fits.
//!
//! ## Example
//! ```yaml
//! description: Knowledge of databases
//! ```
//!
//! ## Fix
//! Begin the description with `Use when …`.
//!
//! ## Source
//! The house standard, 2026-11-26. Read from the words: confidence low.

use super::says;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-when-missing",
    source: include_str!("skill_when_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &["when", "before", "after", "if ", "use this", "use for", "whenever"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let described = format!(
        "{} {}",
        file.text_field("description").unwrap_or_default(),
        file.text_field("when_to_use").unwrap_or_default()
    )
    .to_lowercase();
    if file.fields().is_some()
        && !says(file, WORDS)
        && !WORDS.iter().any(|word| described.contains(word))
    {
        out.of(file, "nothing says when to use this skill")
            .help("begin the description with `Use when …`");
    }
}
