//! A model was retired.
//!
//! ## What
//! Reports `model` ids that Anthropic has retired.
//!
//! ## Why
//! Requests to a retired model fail, so the agent or skill does not run. (Other providers keep models for other
//! times.)
//!
//! ## Example
//! ```yaml
//! model: claude-3-5-sonnet-20241022
//! ```
//!
//! ## Fix
//! Write a short name: `sonnet`, `opus` or `haiku`.
//!
//! ## Source
//! The table of retirements inside of Claude Code 2.1.330, first-party dates, read 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "model-retired",
    source: include_str!("model_retired.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

/// Families of ids, and when they were retired.
const RETIRED: &[(&str, &str)] = &[
    ("claude-3-5-sonnet", "October 28, 2025"),
    ("claude-3-opus", "January 5, 2026"),
    ("claude-3-7-sonnet", "February 19, 2026"),
    ("claude-3-5-haiku", "February 19, 2026"),
    ("claude-sonnet-4-0", "June 15, 2026"),
    ("claude-sonnet-4-2025", "June 15, 2026"),
    ("claude-opus-4-0", "June 15, 2026"),
    ("claude-opus-4-2025", "June 15, 2026"),
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("model") else { return };
    let model = node.as_str().unwrap_or_default().trim().to_ascii_lowercase();
    let Some((_, when)) = RETIRED.iter().find(|(family, _)| model.starts_with(family)) else {
        return;
    };
    let finding = out.at(file, node.span.clone(), format!("this model was retired ({when})"));
    let alias = ["opus", "haiku"].iter().find(|name| model.contains(**name)).unwrap_or(&"sonnet");
    finding.help(format!("`{alias}` is the newest of its kind"));
    finding.fix(Fix::replace(node.span.clone(), *alias, format!("write `{alias}`")).intended());
}
