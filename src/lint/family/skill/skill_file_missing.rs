//! A folder of skills has no SKILL.md.
//!
//! ## What
//! Reports folders below a skills folder that hold Markdown files or scripts and no `SKILL.md`.
//!
//! ## Why
//! The client loads nothing from the folder and says nothing.
//!
//! ## Example
//! ```text
//! skills/pdf/README.md
//! ```
//!
//! ## Fix
//! Call the file `SKILL.md`, or move what skills share out of the folder.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of skills, 2026-11-26 (facts E4, row 27).

use std::collections::BTreeSet;

use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-file-missing",
    source: include_str!("skill_file_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Bundle(check),
};

/// Folders of what skills share.
const SHARED: &[&str] = &[
    "shared",
    "common",
    "references",
    "reference",
    "assets",
    "scripts",
    "templates",
    "lib",
    "docs",
    "tests",
    "evals",
    "examples",
    "resources",
    "archive",
];

fn check(bundle: &Bundle, out: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    let skills: Vec<&File> = bundle.of(Kind::Skill).collect();
    let parts = bundle.of(Kind::Reference).chain(bundle.of(Kind::Script));
    for file in parts.filter(|file| file.scope != RootKind::Loose) {
        let inner = file.inside.strip_prefix(".claude/").unwrap_or(&file.inside);
        let steps: Vec<&str> = inner.split('/').collect();
        let ["skills", folder, _] = steps.as_slice() else { continue };
        let shared = folder.starts_with(['_', '.']) || SHARED.contains(folder);
        if shared || !seen.insert((file.root, (*folder).to_owned())) {
            continue;
        }
        if !skills.iter().any(|skill| skill.path.starts_with(file.dir())) {
            out.of(
                file,
                format!("`skills/{folder}` has no `SKILL.md`, so nothing of it is loaded"),
            )
            .help("call the main file `SKILL.md`, or move the folder");
        }
    }
}
