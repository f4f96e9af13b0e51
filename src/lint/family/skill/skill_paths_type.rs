//! A skill's paths are no patterns.
//!
//! ## What
//! Reports `paths` of skills that is neither a text nor a list of texts.
//!
//! ## Why
//! The client drops it and loads the skill always.
//!
//! ## Example
//! ```yaml
//! paths:
//!   include: src/**
//! ```
//!
//! ## Fix
//! Write a list of patterns.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26: `paths: 3` and a mapping make no conditional
//! skill.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-paths-type",
    source: include_str!("skill_paths_type.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("paths").filter(|node| !node.is_null()) else { return };
    let texts = node.is_list() && node.items().iter().all(|item| item.as_str().is_some());
    if node.as_str().is_none() && !texts {
        out.at(
            file,
            node.span.clone(),
            format!("`paths` is a list of patterns, and this is: {}", node.type_name()),
        )
        .help("write `paths: [\"src/**\"]`");
    }
}
