//! A skill's folder has a reserved name.
//!
//! ## What
//! Reports skills of projects in a folder `synced`.
//!
//! ## Why
//! The client keeps that name for itself and skips the folder.
//!
//! ## Example
//! ```text
//! .claude/skills/synced/SKILL.md
//! ```
//!
//! ## Fix
//! Rename the folder.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `skipping reserved dir name`.

use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-folder-reserved",
    source: include_str!("skill_folder_reserved.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.scope == RootKind::Project && file.loaded && file.dir_name() == "synced" {
        out.of(file, "the client skips this skill: it keeps the folder name `synced` for itself")
            .help("rename the folder");
    }
}
