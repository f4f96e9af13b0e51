//! A skill's context is neither inline nor fork.
//!
//! ## What
//! Reports `context` of skills and commands that is another word.
//!
//! ## Why
//! The client runs the skill inline, in the conversation, where it was to run apart.
//!
//! ## Example
//! ```yaml
//! context: subagent
//! ```
//!
//! ## Fix
//! Write `fork` or `inline`.
//!
//! ## Source
//! Facts C1; Claude Code 2.1.330 loads `context: forked` without a word, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-context-unknown",
    source: include_str!("skill_context_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("context").filter(|node| !node.is_null()) else { return };
    if !matches!(node.as_str(), Some("inline" | "fork")) {
        let finding = out.at(
            file,
            node.span.clone(),
            "`context` is `inline` or `fork`; anything else runs inline",
        );
        finding.help("write `fork` to run it in a subagent");
        let word = node.as_str().unwrap_or_default();
        if edit::is_slip(word, "fork") {
            finding.fix(Fix::replace(node.span.clone(), "fork", "write `fork`").intended());
        }
    }
}
