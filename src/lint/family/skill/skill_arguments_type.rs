//! A skill's arguments are no names.
//!
//! ## What
//! Reports `arguments` of skills and commands that is neither a text nor a list of texts.
//!
//! ## Why
//! The client knows no name then, and `$name` in the text stays as it is.
//!
//! ## Example
//! ```yaml
//! arguments:
//!   file: the file to read
//! ```
//!
//! ## Fix
//! Write a list of names.
//!
//! ## Source
//! Facts C1, D, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-arguments-type",
    source: include_str!("skill_arguments_type.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("arguments").filter(|node| !node.is_null()) else { return };
    let texts = node.is_list() && node.items().iter().all(|item| item.as_str().is_some());
    if node.as_str().is_none() && !texts {
        out.at(file, node.span.clone(), "`arguments` is a list of names")
            .help("write `arguments: [first, second]`");
    }
}
