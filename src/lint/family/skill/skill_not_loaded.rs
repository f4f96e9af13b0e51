//! A skill lies where the client does not look.
//!
//! ## What
//! Reports `SKILL.md` files deeper than one folder below a skills folder, and files called `skill.md`.
//!
//! ## Why
//! The client looks at `skills/<folder>/SKILL.md` only, so the skill is not there, and nothing says so.
//!
//! ## Example
//! ```text
//! skills/languages/rust/SKILL.md
//! ```
//!
//! ## Fix
//! Move the folder up, or name the folder between in the manifest: `"skills": ["./skills/languages"]`.
//!
//! ## Source
//! Facts C3, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-not-loaded",
    source: include_str!("skill_not_loaded.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    if file.loaded {
        return;
    }
    if file.file_name() != "SKILL.md" {
        out.of(file, format!("the client looks for `SKILL.md`, not for `{}`", file.file_name()))
            .help("rename the file");
        return;
    }
    // A skill's own examples may hold a `SKILL.md` that nobody means to load.
    let inner =
        bundle.of(Kind::Skill).any(|other| other.loaded && file.path.starts_with(other.dir()));
    if !inner {
        out.of(file, format!("the client does not look for skills at `{}`", file.inside)).help(
            "it lies one level below a skills folder, or the manifest's `skills` names the folder above it",
        );
    }
}
