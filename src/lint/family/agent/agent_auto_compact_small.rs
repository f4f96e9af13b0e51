//! An agent's window for compaction is too small.
//!
//! ## What
//! Reports `autoCompactWindow` below 100000 or no whole number.
//!
//! ## Why
//! The client drops the value.
//!
//! ## Example
//! ```yaml
//! autoCompactWindow: 50000
//! ```
//!
//! ## Fix
//! Write a whole number of at least 100000.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-auto-compact-small",
    source: include_str!("agent_auto_compact_small.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("autoCompactWindow").filter(|node| !node.is_null()) else {
        return;
    };
    let tokens = match &node.value {
        Value::Number(tokens) => Some(*tokens),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if !tokens.is_some_and(|tokens| tokens >= 100_000.0 && tokens.fract() == 0.0) {
        out.at(
            file,
            node.span.clone(),
            "`autoCompactWindow` must be a whole number of at least 100000; it is dropped",
        );
    }
}
