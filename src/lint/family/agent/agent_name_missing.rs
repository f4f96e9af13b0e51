//! An agent has no name.
//!
//! ## What
//! Reports agents of projects that have a description and no `name`.
//!
//! ## Why
//! The client takes the file for documentation and loads no agent. (In a plugin the file's name is taken.)
//!
//! ## Example
//! ```yaml
//! ---
//! description: Reviews changes
//! ---
//! ```
//!
//! ## Fix
//! Add `name:`, best the file's name without `.md`.
//!
//! ## Source
//! Facts B2, B3; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-name-missing",
    source: include_str!("agent_name_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    let empty = fields.get("name").is_none_or(|name| name.is_null() || name.as_str() == Some(""));
    if !empty || fields.get("description").is_none() {
        return;
    }
    let finding = out.of(file, "this agent has no `name`");
    if file.in_plugin() {
        finding
            .verdict(Verdict::Warning)
            .help(format!("it is called after its file; write `name: {}`", file.stem()));
    } else {
        finding.help(format!("it is not loaded; write `name: {}`", file.stem()));
        // It may be meant for a plugin, where the file's name is enough.
        if file.scope == RootKind::Loose {
            finding.verdict(Verdict::Warning);
        }
    }
}
