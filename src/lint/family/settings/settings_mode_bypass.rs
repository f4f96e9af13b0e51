//! Everybody's sessions begin without questions.
//!
//! ## What
//! Reports `"defaultMode": "bypassPermissions"` in a project's `settings.json`.
//!
//! ## Why
//! The file is shared: whoever opens the project works without permission prompts, and did not choose it.
//!
//! ## Example
//! ```json
//! {"permissions": {"defaultMode": "bypassPermissions"}}
//! ```
//!
//! ## Fix
//! Take it out; who wants it sets it in `settings.local.json`, in a sandbox.
//!
//! ## Source
//! Facts F (2.1.330), 2026-11-22: scalars of the project's file override those of the user.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "settings-mode-bypass",
    source: include_str!("settings_mode_bypass.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Settings], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = super::mode(file) else { return };
    if file.file_name() == "settings.json" && node.as_str() == Some("bypassPermissions") {
        out.at(file, node.span.clone(), "everybody who opens the project works without questions")
            .help("take it out; `settings.local.json` is for one's own choice");
    }
}
