//! A whole shell is permitted.
//!
//! ## What
//! Reports `Bash`, `Bash(*)`, `PowerShell` and `PowerShell(*)` in `permissions.allow` of a project's `settings.json`.
//!
//! ## Why
//! Every command then runs without a question, at everybody who opens the project.
//!
//! ## Example
//! ```json
//! {"permissions": {"allow": ["Bash(*)"]}}
//! ```
//!
//! ## Fix
//! Name the programs: `Bash(cargo test *)`.
//!
//! ## Source
//! Facts F (2.1.330), 2026-11-22; the client reads `Bash(*)` as `Bash` (its program, read 2026-11-26).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "settings-permission-wildcard",
    source: include_str!("settings_permission_wildcard.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Settings], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.file_name() != "settings.json" {
        return;
    }
    for (list, node) in super::permissions(file) {
        let Some(rule) = node.as_str().filter(|_| list == "allow") else { continue };
        if matches!(rule, "Bash" | "Bash(*)" | "PowerShell" | "PowerShell(*)") {
            out.at(file, node.span.clone(), format!("`{rule}` permits every command"))
                .help("name the programs: `Bash(cargo test *)`");
        }
    }
}
