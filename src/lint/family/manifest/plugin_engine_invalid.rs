//! The range of client versions is none.
//!
//! ## What
//! Reports an `engines.claude-code` that is no version range.
//!
//! ## Why
//! The client ignores it: the plugin is loaded by versions it was not made for.
//!
//! ## Example
//! ```json
//! {"name": "tools", "engines": {"claude-code": "new"}}
//! ```
//!
//! ## Fix
//! Write `">=2.1.0"`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-engine-invalid",
    source: include_str!("plugin_engine_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.data().and_then(|root| root.at(&["engines", "claude-code"])) else {
        return;
    };
    if !node
        .as_str()
        .is_some_and(|range| range.contains(|c: char| c.is_ascii_digit()) || range == "*")
    {
        out.at(file, node.span.clone(), "this is no version range").help("write `>=2.1.0`");
    }
}
