//! Frontmatter cannot be read.
//!
//! ## What
//! Reports frontmatter that is no YAML even after the client's own repair of one-line values.
//!
//! ## Why
//! The client drops every field: an agent of a project is not loaded, one of a plugin loses its description, tools
//! and model.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: "Reviews" changes
//! ---
//! ```
//!
//! ## Fix
//! Put the whole value in quotes, or write it as a block: `description: >-` and the text indented below.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: `plugin validate` says "YAML frontmatter failed to parse".

use crate::bundle::file::{Bundle, File};
use crate::bundle::frontmatter::State;
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-unreadable",
    source: include_str!("frontmatter_unreadable.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(front) = file.front() else { return };
    if let State::Broken(error) = &front.state {
        let at = error.at.min(front.inner.end.saturating_sub(1)).max(front.inner.start);
        let line = file.source.line_span(file.source.line(at));
        out.at(file, line, format!("no YAML: {}", error.message))
            .help("put the value in quotes, or write it as a block: `key: >-` and the text indented below");
    }
}
