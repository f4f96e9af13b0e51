//! A description tells the steps.
//!
//! ## What
//! Reports descriptions of skills with a chain of steps in them.
//!
//! ## Why
//! Where the description sums up the steps, Claude follows the summary and does not read the text. Part of the
//! house's standard only: read from the words.
//!
//! ## Example
//! ```yaml
//! description: First reads the diff, then runs the tests, finally writes a report
//! ```
//!
//! ## Fix
//! Say when to use it, and leave the steps to the text.
//!
//! ## Source
//! The house standard, 2026-11-26; authoring notes of public skill collections, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-workflow-summary",
    source: include_str!("description_workflow_summary.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

const STEPS: &[&str] = &[
    " then ",
    "first ",
    "first,",
    "finally",
    " next,",
    "step 1",
    "step 2",
    "\u{2192}",
    "->",
    "followed by",
    "after that",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let text = node.as_str().unwrap_or_default().to_lowercase();
    let steps: usize = STEPS.iter().map(|step| text.matches(step).count()).sum();
    if steps >= 2 {
        out.at(file, node.span.clone(), "Claude follows this summary in place of the text")
            .help("say when to use it, and leave the steps to the text");
    }
}
