//! A workflow script has no meta.
//!
//! ## What
//! Reports scripts without `export const meta`, or whose meta is not the first statement.
//!
//! ## Why
//! The client does not list the script as a workflow.
//!
//! ## Example
//! ```js
//! const x = 1
//! ```
//!
//! ## Fix
//! Begin the script with `export const meta = { name, description, phases }`.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-meta-missing",
    source: include_str!("workflow_meta_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(script) = file.script().filter(|script| script.errors.is_empty()) else { return };
    match (&script.meta, &script.first) {
        (None, _) => {
            out.of(file, "this script has no `export const meta`")
                .help("begin it with `export const meta = { name: …, description: … }`");
        }
        (Some(meta), Some(first)) if meta.span.start != first.start => {
            out.at(
                file,
                meta.span.start..meta.span.start + 17,
                "`meta` must be the first statement",
            );
        }
        _ => {}
    }
}
