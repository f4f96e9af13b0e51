//! A switch of an agent is neither true nor false.
//!
//! ## What
//! Reports `background` and `omitClaudeMd` that are neither `true` nor `false`.
//!
//! ## Why
//! For agents the client knows these two words only (for skills also yes, no, on and off). It drops anything else.
//!
//! ## Example
//! ```yaml
//! background: yes
//! ```
//!
//! ## Fix
//! Write `true` or `false`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `background: yes`, `1` and `maybe` are dropped.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-boolean-type",
    source: include_str!("agent_boolean_type.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for key in ["background", "omitClaudeMd"] {
        let Some(node) = file.field(key).filter(|node| !node.is_null()) else { continue };
        if node.as_bool().is_some() || matches!(node.as_str(), Some("true" | "false")) {
            continue;
        }
        let finding = out.at(
            file,
            node.span.clone(),
            format!("`{key}` of an agent is `true` or `false`; anything else is dropped"),
        );
        let meant = match node.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("yes" | "on" | "true") => "true",
            Some("no" | "off" | "false") => "false",
            _ => {
                finding.help("write `true` or `false`");
                continue;
            }
        };
        finding
            .help(format!("write `{meant}`"))
            .fix(Fix::replace(node.span.clone(), meant, format!("write `{meant}`")).intended());
    }
}
