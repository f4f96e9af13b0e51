//! A skill has no text.
//!
//! ## What
//! Reports skills with nothing below their frontmatter.
//!
//! ## Why
//! Claude loads the skill and gets nothing.
//!
//! ## Example
//! ```yaml
//! ---
//! name: pdf
//! description: Works with PDF files
//! ---
//! ```
//!
//! ## Fix
//! Write how the work is done.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of skills, 2026-11-26: it is listed.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-body-empty",
    source: include_str!("skill_body_empty.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.loaded && file.fields().is_some() && file.body().trim().is_empty() {
        out.of(file, "nothing stands below the frontmatter of this skill")
            .help("write how the work is done");
    }
}
