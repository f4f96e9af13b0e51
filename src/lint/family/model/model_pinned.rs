//! A model is pinned to a version.
//!
//! ## What
//! Reports `model` ids where a short name would do.
//!
//! ## Why
//! A pinned id stays behind when better models come, and one day it is retired. Part of the house's standard only:
//! pinning can be a choice.
//!
//! ## Example
//! ```yaml
//! model: claude-sonnet-4-6
//! ```
//!
//! ## Fix
//! Write `sonnet`, `opus`, `haiku` or `inherit`.
//!
//! ## Source
//! The house standard, 2026-11-26; facts B4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "model-pinned",
    source: include_str!("model_pinned.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("model") else { return };
    let model = node.as_str().unwrap_or_default();
    if model.starts_with("claude-") {
        out.at(
            file,
            node.span.clone(),
            format!("`{model}` stays what it is when better models come"),
        )
        .help("write `sonnet`, `opus`, `haiku` or `inherit`");
    }
}
