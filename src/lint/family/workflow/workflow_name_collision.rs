//! A workflow and a command have one name.
//!
//! ## What
//! Reports workflows whose name is also the one of a command of the same plugin or project.
//!
//! ## Why
//! Both become a slash command of that name; only one can be called.
//!
//! ## Example
//! ```js
//! workflows/go.js and commands/go.md
//! ```
//!
//! ## Fix
//! Rename one of them.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-name-collision",
    source: include_str!("workflow_name_collision.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(name) = bundle.bare_name(file) else { return };
    let Some(meta) = file.script().and_then(|script| script.meta.as_ref()) else { return };
    let taken = |kind: Kind| {
        bundle
            .of_root(kind, file.root)
            .find(|other| bundle.bare_name(other).as_deref() == Some(&name))
    };
    if let (Some(other), Some(node)) =
        (taken(Kind::Command).or(taken(Kind::Skill)), meta.value.get("name"))
    {
        out.at(
            file,
            node.span.clone(),
            format!("`{name}` is also a {}: {}", other.kind.word(), other.shown),
        )
        .help("rename one of them");
    }
}
