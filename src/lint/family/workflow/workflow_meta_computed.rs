//! A workflow's meta is not a plain literal.
//!
//! ## What
//! Reports names, calls, spreads and templates with `${}` in `meta`.
//!
//! ## Why
//! The client reads meta without running the script: what is computed is not there, and the script is refused.
//!
//! ## Example
//! ```js
//! export const meta = { name: NAME }
//! ```
//!
//! ## Fix
//! Write the values out.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-meta-computed",
    source: include_str!("workflow_meta_computed.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(meta) = file.script().and_then(|script| script.meta.as_ref()) else { return };
    for span in &meta.computed {
        out.at(file, span.clone(), "`meta` must be a plain literal, and this is computed")
            .help("write the value out");
    }
}
