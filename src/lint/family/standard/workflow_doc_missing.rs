//! A workflow does not say what it is for.
//!
//! ## What
//! Reports workflow scripts without a `description` in their meta.
//!
//! ## Why
//! The list of workflows shows the description; without it nobody knows what a run does and costs.
//!
//! ## Example
//! ```js
//! export const meta = { name: "ship" };
//! ```
//!
//! ## Fix
//! Add `description` to the meta, and say in a comment what each phase needs.
//!
//! ## Source
//! The house standard, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-doc-missing",
    source: include_str!("workflow_doc_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(meta) = file.script().and_then(|script| script.meta.as_ref()) else { return };
    let said = meta.value.get("description").and_then(Node::as_str);
    if said.is_none_or(|text| text.trim().is_empty()) {
        out.at(file, meta.span.clone(), "this workflow does not say what it is for")
            .help("add `description` to its meta");
    }
}
