//! An agent does not say when to call it.
//!
//! ## What
//! Reports agents whose description and text name no situation.
//!
//! ## Why
//! A caller that does not know when to call an agent calls it too often or never.
//!
//! ## Example
//! ```markdown
//! ---
//! name: reviewer
//! description: Reviews changes
//! ---
//! Be thorough.
//! ```
//!
//! ## Fix
//! Say in the description or the text when to call it.
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
    id: "agent-when-missing",
    source: include_str!("agent_when_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Words by which the standard finds it.
const WORDS: &[&str] = &["when", "before", "after", "invoke", "use this", "use for", "proactively"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let described = file.text_field("description").unwrap_or_default().to_lowercase();
    if file.fields().is_some()
        && !says(file, WORDS)
        && !WORDS.iter().any(|word| described.contains(word))
    {
        out.of(file, "nothing says when to call this agent")
            .help("say in the description or the text when to call it");
    }
}
