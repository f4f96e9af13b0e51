//! Two definitions have one name.
//!
//! ## What
//! Reports agents of one scope that have the same name, and skills and commands of the same plugin or project.
//!
//! ## Why
//! One of them wins, by the order of folders or because a skill beats a command; the other is never called.
//!
//! ## Example
//! ```text
//! .claude/agents/a.md and .claude/agents/b.md, both `name: reviewer`
//! ```
//!
//! ## Fix
//! Rename one.
//!
//! ## Source
//! Facts B2, C3 (2.1.330), 2026-11-22.

use crate::bundle::file::RootKind;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "name-taken",
    source: include_str!("name_taken.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Command], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    if file.scope == RootKind::Loose || !file.loaded {
        return;
    }
    let Some(name) = bundle.bare_name(file) else { return };
    let same = |kind: Kind| {
        bundle.of_root(kind, file.root).find(|other| {
            other.loaded
                && other.shown != file.shown
                && bundle.bare_name(other).as_deref() == Some(&name)
        })
    };
    let other = match file.kind {
        // Said once, of the later one.
        Kind::Agent => same(Kind::Agent).filter(|other| other.shown < file.shown),
        _ => same(Kind::Skill),
    };
    if let Some(other) = other {
        let span = file.field("name").map_or_else(|| file.top(), |node| node.span.clone());
        out.at(file, span, format!("`{name}` is also the name of {}", other.shown))
            .help("only one of them can be called");
    }
}
