//! Nothing names a file of a skill.
//!
//! ## What
//! Reports references and scripts in the folder of a skill whose name stands in no other file of that skill, nor in an agent,
//! command or skill beside it. A folder that is named as a whole counts for its files.
//!
//! ## Why
//! Claude reads what the text sends it to: such a file is shipped, kept up to date and never read.
//!
//! ## Example
//! ```text
//! skills/release/SKILL.md
//! skills/release/references/rollback.md   (named nowhere)
//! ```
//!
//! ## Fix
//! Name it where it is needed (`see references/rollback.md`), or remove it.
//!
//! ## Source
//! Facts C2 (files of skills are read on demand, Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-file-orphan",
    source: include_str!("skill_file_orphan.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Bundle(check),
};

/// Files that are there for people or tools.
const FOR_OTHERS: &[&str] =
    &["readme", "changelog", "license", "licence", "contributing", "__init__", "index", "conftest"];
/// Folders of such files.
const FOLDERS: &[&str] = &["tests", "test", "evals", "node_modules", "__tests__", "fixtures"];

fn check(bundle: &Bundle, out: &mut Findings<'_>) {
    let mut skills: Vec<&File> = bundle.of(Kind::Skill).filter(|skill| skill.loaded).collect();
    // Of nested skills the inner one owns a file.
    skills.sort_by_key(|skill| std::cmp::Reverse(skill.dir().as_os_str().len()));
    let parts = bundle.files.iter().filter(|file| {
        file.asked && matches!(file.kind, Kind::Reference | Kind::Script) && !is_for_others(file)
    });
    for file in parts {
        let Some(skill) = skills.iter().find(|skill| file.path.starts_with(skill.dir())) else {
            continue;
        };
        let inside = file.path.strip_prefix(skill.dir()).unwrap_or(&file.path);
        let folders: Vec<&str> =
            inside.iter().rev().skip(1).filter_map(|folder| folder.to_str()).collect();
        if folders.iter().any(|folder| FOLDERS.contains(folder)) {
            continue;
        }
        let names = |text: &File| {
            text.path != file.path
                && (search::holds(text.text(), file.file_name())
                    || is_imported(file, text.text())
                    || folders.iter().any(|folder| names_folder(text.text(), folder)))
        };
        let near = |text: &&File| {
            text.root == file.root
                && (text.path.starts_with(skill.dir())
                    || matches!(text.kind, Kind::Skill | Kind::Agent | Kind::Command))
        };
        if !names(skill) && !bundle.files.iter().filter(near).any(names) {
            out.of(file, format!("nothing of the skill `{}` names this file", skill.dir_name()))
                .help("name it where it is needed, or remove it");
        }
    }
}

fn is_for_others(file: &File) -> bool {
    let stem = file.stem().to_ascii_lowercase();
    FOR_OTHERS.contains(&stem.as_str()) || stem.starts_with("test_") || stem.ends_with("_test")
}

/// Whether a program takes another one in by its name without the ending.
fn is_imported(file: &File, text: &str) -> bool {
    let stem = file.stem();
    file.kind == Kind::Script
        && (text.contains(&format!("import {stem}"))
            || text.contains(&format!("from {stem}"))
            || text.contains(&format!(".{stem} import"))
            || text.contains(&format!("/{stem}\""))
            || text.contains(&format!("/{stem}'")))
}

/// Whether a folder is named as a whole: `references/`, and no file of it behind the slash.
fn names_folder(text: &str, folder: &str) -> bool {
    search::places(text, folder).any(|at| {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let behind = &text[at + folder.len()..];
        let rest = behind.strip_prefix('/');
        let whole = rest.is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'))
        });
        let quoted = before == '`' && behind.starts_with('`');
        !before.is_alphanumeric() && (whole || quoted)
    })
}
