//! A command has a key that counts for skills only.
//!
//! ## What
//! Reports `name` of a command that is not what the client calls it, and `paths`.
//!
//! ## Why
//! A command is called after its file, and it has no condition.
//!
//! ## Example
//! ```text
//! commands/ship.md with `name: release`
//! ```
//!
//! ## Fix
//! Rename the file; remove the key.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of commands, 2026-11-26 (facts D).

use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-key-ignored",
    source: include_str!("command_key_ignored.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    if file.file_name() == "SKILL.md" {
        return;
    }
    if let Some(pair) = fields.pair("paths") {
        out.at(file, pair.key_span.clone(), "`paths` has no effect in a command")
            .help("make it a skill: `skills/<name>/SKILL.md`");
    }
    let Some(node) = fields.get("name") else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    let bare = bundle.bare_name(file).unwrap_or_default();
    let same = |known: &str| name.trim_start_matches('/').eq_ignore_ascii_case(known);
    // A file that lies loose may be meant for a folder: `sc:test` for `commands/sc/test.md`.
    let loose = file.scope == RootKind::Loose
        && name.rsplit(':').next().is_some_and(|last| last.eq_ignore_ascii_case(file.stem()));
    if !loose && !same(&bare) && !same(file.stem()) && !same(&bundle.name(file).unwrap_or_default())
    {
        out.at(
            file,
            node.span.clone(),
            format!("the client calls this command `/{bare}`, not `{name}`"),
        )
        .help("rename the file, or remove `name`");
    }
}
