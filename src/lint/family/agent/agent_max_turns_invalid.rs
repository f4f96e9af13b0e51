//! An agent's limit of turns is no positive whole number.
//!
//! ## What
//! Reports `maxTurns` that is no positive whole number.
//!
//! ## Why
//! The client drops the value: the agent has no limit.
//!
//! ## Example
//! ```yaml
//! maxTurns: ten
//! ```
//!
//! ## Fix
//! Write a whole number of at least 1.
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
    id: "agent-max-turns-invalid",
    source: include_str!("agent_max_turns_invalid.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("maxTurns").filter(|node| !node.is_null()) else { return };
    let fits = match &node.value {
        Value::Number(turns) => *turns >= 1.0 && turns.fract() == 0.0,
        // The client also reads digits in quotes.
        Value::String(text) => text.trim().parse::<u32>().is_ok_and(|turns| turns > 0),
        _ => false,
    };
    if !fits {
        out.at(
            file,
            node.span.clone(),
            "`maxTurns` must be a positive whole number; it is dropped",
        )
        .help("without it the agent has no limit of turns");
    }
}
