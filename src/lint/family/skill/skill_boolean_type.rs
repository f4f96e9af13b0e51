//! A switch of a skill is neither on nor off.
//!
//! ## What
//! Reports `disable-model-invocation` and `user-invocable` that are no truth value.
//!
//! ## Why
//! The client takes a word it does not know for false: `disable-model-invocation: ture` lets Claude start what only
//! a person was to start, `user-invocable: maybe` hides the skill from people.
//!
//! ## Example
//! ```yaml
//! disable-model-invocation: never
//! ```
//!
//! ## Fix
//! Write `true` or `false`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of skills, 2026-11-26: yes, on, 1 count as true.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-boolean-type",
    source: include_str!("skill_boolean_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

/// Words the client reads as a truth value.
const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "1", "0"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for key in ["disable-model-invocation", "user-invocable"] {
        let Some(node) = file.field(key).filter(|node| !node.is_null()) else { continue };
        let fits = match &node.value {
            Value::Bool(_) => true,
            Value::Number(number) => *number == 0.0 || *number == 1.0,
            Value::String(word) => WORDS.contains(&word.trim().to_ascii_lowercase().as_str()),
            _ => false,
        };
        if !fits {
            out.at(file, node.span.clone(), format!("the client takes this `{key}` for false"))
                .help("write `true` or `false`");
        }
    }
}
