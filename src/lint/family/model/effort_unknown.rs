//! An effort is not one the client knows.
//!
//! ## What
//! Reports `effort` that is no word of the client and no whole number.
//!
//! ## Why
//! The client drops the value and works with the effort of the session.
//!
//! ## Example
//! ```yaml
//! effort: maximum
//! ```
//!
//! ## Fix
//! Write `low`, `medium`, `high`, `xhigh`, `max` or a whole number.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26, for agents, skills and commands; upper case is
//! understood.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::tree::Value;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "effort-unknown",
    source: include_str!("effort_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("effort").filter(|node| !node.is_null()) else { return };
    let fits = match &node.value {
        Value::Number(effort) => effort.fract() == 0.0,
        Value::String(word) => {
            let word = word.trim().to_ascii_lowercase();
            client::EFFORTS.contains(&word.as_str()) || word.parse::<i64>().is_ok()
        }
        _ => false,
    };
    if !fits {
        let finding =
            out.at(file, node.span.clone(), "the client does not know this effort and drops it");
        finding.help(format!("write {} or a whole number", client::EFFORTS.join(", ")));
    }
}
