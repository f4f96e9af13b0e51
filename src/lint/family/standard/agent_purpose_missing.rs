//! An agent does not say in its first lines what it is for.
//!
//! ## What
//! Reports agents whose text begins with a list, a table or code, or whose first paragraph has fewer than five
//! words.
//!
//! ## Why
//! The first sentence sets the role; without it the rules that follow have no subject.
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
//! Begin with one sentence that says what it does.
//!
//! ## Source
//! The house standard, 2026-11-26. Read from the words: confidence low.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-purpose-missing",
    source: include_str!("agent_purpose_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let first =
        file.body().lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let short = first.is_none_or(|line| {
        line.starts_with(['-', '*', '|', '`', '>']) && !line.starts_with("**")
            || line.split_whitespace().count() < 5 && line.is_ascii()
    });
    if file.fields().is_some() && short {
        out.of(file, "the text does not begin with what this agent is for")
            .help("begin with one sentence that says what it does");
    }
}
