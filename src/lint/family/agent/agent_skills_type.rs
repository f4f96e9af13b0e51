//! An agent's skills are no list.
//!
//! ## What
//! Reports `skills` that is a mapping, a number or a truth value.
//!
//! ## Why
//! The client takes a list of names, or one text with commas. Of anything else it preloads nothing.
//!
//! ## Example
//! ```yaml
//! skills:
//!   review: true
//! ```
//!
//! ## Fix
//! Write a list of names.
//!
//! ## Source
//! Facts B1, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Value;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-skills-type",
    source: include_str!("agent_skills_type.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("skills") else { return };
    if matches!(node.value, Value::Map(_) | Value::Number(_) | Value::Bool(_)) {
        out.at(
            file,
            node.span.clone(),
            format!("`skills` must be a list of names, and this is: {}", node.type_name()),
        )
        .help("write `skills: [first, second]`");
    }
}
