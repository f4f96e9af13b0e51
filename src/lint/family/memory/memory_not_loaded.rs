//! A plugin's CLAUDE.md is read by nobody.
//!
//! ## What
//! Reports a `CLAUDE.md` at the root of a plugin.
//!
//! ## Why
//! The client reads it in the plugin's own repository alone: who installs the plugin never gets it.
//!
//! ## Example
//! ```text
//! my-plugin/.claude-plugin/plugin.json
//! my-plugin/CLAUDE.md
//! ```
//!
//! ## Fix
//! What users are to know belongs into a skill; what is for work on the plugin itself into `.claude/CLAUDE.md`.
//!
//! ## Source
//! Facts E2, row 29: `claude plugin validate` of 2.1.330 warns of it, and `--strict` fails; 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-not-loaded",
    source: include_str!("memory_not_loaded.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.in_plugin() && file.inside == "CLAUDE.md" {
        out.of(file, "who installs this plugin never gets this file").help(
            "put it into a skill, or, for work on the plugin itself, into `.claude/CLAUDE.md`",
        );
    }
}
