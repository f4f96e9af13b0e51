//! A workflow script does not parse.
//!
//! ## What
//! Reports scripts that are no JavaScript.
//!
//! ## Why
//! The client cannot run it.
//!
//! ## Example
//! ```js
//! export const meta = { name: 'go'
//! ```
//!
//! ## Fix
//! Correct the text at the place shown.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-syntax",
    source: include_str!("workflow_syntax.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(script) = file.script() else { return };
    if let Some(span) = script.errors.first() {
        let line = file.source.line_span(file.source.line(span.start));
        let end = span.end.clamp(span.start, line.end.max(span.start));
        out.at(file, span.start..end, "this is no JavaScript")
            .help("the script cannot be run as it stands");
    }
}
