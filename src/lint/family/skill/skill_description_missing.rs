//! A skill has no description.
//!
//! ## What
//! Reports skills with frontmatter and no `description`.
//!
//! ## Why
//! Such a skill is missing from the list that Claude chooses from: only a person can start it, by its name.
//!
//! ## Example
//! ```yaml
//! ---
//! name: pdf
//! ---
//! ```
//!
//! ## Fix
//! Write what it does and when to use it. If only a person is to start it: `disable-model-invocation: true`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of skills, 2026-11-26 (facts C3).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-description-missing",
    source: include_str!("skill_description_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    let person = fields.get("disable-model-invocation").and_then(Node::as_bool) == Some(true);
    let missing = fields.get("description").is_none_or(|node| {
        node.is_null() || node.as_str().is_some_and(|text| text.trim().is_empty())
    });
    if file.loaded && missing && !person {
        out.of(file, "Claude does not see this skill: it has no `description`")
            .help("write when to use it, or `disable-model-invocation: true`");
    }
}
