//! A version is no semantic version.
//!
//! ## What
//! Reports a `version` that is not `MAJOR.MINOR.PATCH`.
//!
//! ## Why
//! The client does not check it, but updates and dependencies are compared by it.
//!
//! ## Example
//! ```json
//! {"name": "tools", "version": "one"}
//! ```
//!
//! ## Fix
//! Write `1.0.0`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-version-semver",
    source: include_str!("plugin_version_semver.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.data().and_then(|root| root.get("version")) else { return };
    let Some(version) = node.as_str().filter(|version| !version.is_empty()) else { return };
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() != 3 || !parts.iter().all(number) {
        let finding =
            out.at(file, node.span.clone(), format!("`{version}` is no semantic version"));
        finding.help("write MAJOR.MINOR.PATCH");
        let bare = version.trim_start_matches(['v', 'V']);
        let parts: Vec<&str> = bare.split('.').collect();
        let missing = 3_usize.saturating_sub(parts.len());
        if parts.len() <= 3
            && parts.iter().all(number)
            && let Some(place) = edit::part(file, node, 0..version.len())
        {
            let whole = format!("{bare}{}", ".0".repeat(missing));
            finding.fix(Fix::replace(place, &whole, format!("write `{whole}`")).intended());
        }
    }
}
