//! `once` has no effect here.
//!
//! ## What
//! Reports `once` outside of a skill's frontmatter.
//!
//! ## Why
//! The client honours it in skills only; elsewhere the hook runs every time.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "x", "once": true}
//! ```
//!
//! ## Fix
//! Remove it, or keep a mark in the program.
//!
//! ## Source
//! Facts A4, A11 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-once-ignored",
    source: include_str!("hook_once_ignored.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if matches!(file.kind, Kind::Skill | Kind::Command) {
        return;
    }
    for handler in super::handlers(file) {
        if let Some(pair) =
            handler.node.pair("once").filter(|pair| pair.node.as_bool() == Some(true))
        {
            let finding = out.at(file, pair.key_span.clone(), "`once` is honoured in skills only");
            finding.help("remove it");
            if file.kind.is_json()
                && let Some(place) = edit::pair(handler.node, &pair.key_span)
            {
                finding.fix(Fix::remove(place, "remove it").intended());
            }
        }
    }
}
