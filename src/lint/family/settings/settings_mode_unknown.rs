//! The default permission mode is none that the client knows.
//!
//! ## What
//! Reports a `permissions.defaultMode` that is no permission mode.
//!
//! ## Why
//! The client then loads nothing of the file: no hook, no permission rule.
//!
//! ## Example
//! ```json
//! {"permissions": {"defaultMode": "yolo"}}
//! ```
//!
//! ## Fix
//! Write `default`, `acceptEdits`, `plan`, `auto`, `dontAsk` or `bypassPermissions`.
//!
//! ## Source
//! A session of Claude Code 2.1.330 with such a file, 2026-11-26. The list of modes grows with the client, so this is no error.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "settings-mode-unknown",
    source: include_str!("settings_mode_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Settings], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = super::mode(file) else { return };
    let Some(mode) = node.as_str() else {
        out.at(file, node.span.clone(), format!("a mode is a text, not {}", node.type_name()));
        return;
    };
    if client::PERMISSION_MODES.contains(&mode) {
        return;
    }
    let finding = out.at(file, node.span.clone(), format!("`{mode}` is no permission mode"));
    match client::nearest(mode, client::PERMISSION_MODES) {
        Some(near) => {
            if edit::is_slip(mode, near)
                && let Some(place) = edit::part(file, node, 0..mode.len())
            {
                finding.fix(Fix::replace(place, near, format!("write `{near}`")).intended());
            }
            finding.help(format!("`{near}` is one"))
        }
        None => finding.help(format!("they are {}", client::PERMISSION_MODES.join(", "))),
    };
}
