//! A workflow script imports or exports.
//!
//! ## What
//! Reports `import` statements, and exports other than meta.
//!
//! ## Why
//! The script is not run as a module: it throws.
//!
//! ## Example
//! ```js
//! import fs from 'fs'
//! ```
//!
//! ## Fix
//! Do it in an agent, or write it out.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-import",
    source: include_str!("workflow_import.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for span in file.script().map(|script| script.modules.as_slice()).unwrap_or_default() {
        let end = file.source.line_span(file.source.line(span.start)).end.min(span.end);
        out.at(file, span.start..end, "a workflow script imports nothing and exports only `meta`");
    }
}
