//! A description speaks as I or to you.
//!
//! ## What
//! Reports descriptions of agents and skills that begin with `I …`, `You are …` or `We …`.
//!
//! ## Why
//! The description stands in a list that Claude reads to choose from; "you" is then Claude itself. The third person
//! reads right there.
//!
//! ## Example
//! ```yaml
//! description: You are an expert in databases
//! ```
//!
//! ## Fix
//! Write `Designs database schemas. Use when …`; who the agent is belongs into its text.
//!
//! ## Source
//! The house's judgement, 2026-11-26; no rule of the client. Read from the words: confidence low.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-first-person",
    source: include_str!("description_first_person.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill], check),
};

const OPENINGS: &[&str] =
    &["i ", "i'm ", "i'll ", "i am ", "you are ", "you're ", "you will ", "we ", "my "];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let text = node.as_str().unwrap_or_default().trim_start().to_ascii_lowercase();
    if OPENINGS.iter().any(|opening| text.starts_with(opening)) {
        out.at(file, node.span.clone(), "Claude reads this in a list to choose from")
            .help("say what it does and when: `Designs schemas. Use when …`");
    }
}
