//! A workflow's meta says too little.
//!
//! ## What
//! Reports meta without `name` or `description`, or with ones that are no text.
//!
//! ## Why
//! Without a name it cannot be called; without a description Claude does not know what it does.
//!
//! ## Example
//! ```js
//! export const meta = { name: 'go' }
//! ```
//!
//! ## Fix
//! Add what is missing.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-meta-incomplete",
    source: include_str!("workflow_meta_incomplete.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(meta) = file.script().and_then(|script| script.meta.as_ref()) else { return };
    for key in ["name", "description"] {
        let computed = meta.value.pair(key).is_some_and(|pair| {
            meta.computed
                .iter()
                .any(|span| span.start >= pair.node.span.start && span.end <= pair.node.span.end)
        });
        let text = meta.value.get(key).and_then(|node| node.as_str());
        if !computed && text.is_none_or(str::is_empty) {
            out.at(
                file,
                meta.value.span.start..meta.value.span.start + 1,
                format!("`meta` has no `{key}`"),
            );
        }
    }
}
