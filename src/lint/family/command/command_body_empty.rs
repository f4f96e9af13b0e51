//! A command has no text.
//!
//! ## What
//! Reports commands with nothing below their frontmatter.
//!
//! ## Why
//! The command sends nothing to Claude.
//!
//! ## Example
//! ```yaml
//! ---
//! description: Ships a release
//! ---
//! ```
//!
//! ## Fix
//! Write what is to be done.
//!
//! ## Source
//! Facts D, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-body-empty",
    source: include_str!("command_body_empty.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.fields().is_some() && file.body().trim().is_empty() {
        out.of(file, "nothing stands below the frontmatter of this command")
            .help("write what is to be done");
    }
}
