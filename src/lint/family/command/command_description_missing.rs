//! A command has no description.
//!
//! ## What
//! Reports commands without `description`.
//!
//! ## Why
//! Claude does not see such a command, and people see its first line. Part of the house's standard only: many
//! commands are typed by one person.
//!
//! ## Example
//! ```markdown
//! ---
//! model: opus
//! ---
//! Ship it.
//! ```
//!
//! ## Fix
//! Say in a line what it does.
//!
//! ## Source
//! Facts C3, E4 row 23, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-description-missing",
    source: include_str!("command_description_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let said = file.field("description").is_some_and(|node| !node.is_null());
    if file.loaded && !said {
        out.of(file, "this command has no `description`").help("say in a line what it does");
    }
}
