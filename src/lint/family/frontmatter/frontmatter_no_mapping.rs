//! Frontmatter is no mapping.
//!
//! ## What
//! Reports frontmatter that is a list, a text or several documents in place of `key: value` lines.
//!
//! ## Why
//! The client refuses it and drops every field.
//!
//! ## Example
//! ```yaml
//! ---
//! - name: reviewer
//! ---
//! ```
//!
//! ## Fix
//! Write `key: value` lines.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: "Frontmatter must be a YAML mapping".

use crate::bundle::file::{Bundle, File};
use crate::bundle::frontmatter::State;
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-no-mapping",
    source: include_str!("frontmatter_no_mapping.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(front) = file.front() else { return };
    if let State::NoMap(kind) = &front.state {
        out.at(
            file,
            front.inner.clone(),
            format!("frontmatter must be `key: value` lines, and this is: {kind}"),
        )
        .help("write one `key: value` per line, and no `...` or second document");
    }
}
