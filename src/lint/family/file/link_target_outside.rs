//! A symbolic link leads out of its plugin or project.
//!
//! ## What
//! Reports definitions that are links to a file outside of the plugin or project.
//!
//! ## Why
//! An installed plugin is a copy: the target is not there, or it is another file of the user. In a shared
//! repository such a link reads what the author of the link chose.
//!
//! ## Example
//! ```text
//! agents/reviewer.md -> ../../elsewhere/reviewer.md
//! ```
//!
//! ## Fix
//! Put the file itself into the plugin.
//!
//! ## Source
//! Facts E2 (installed plugins are copied), 2026-11-22.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "link-target-outside",
    source: include_str!("link_target_outside.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::LinkOutside(target) = trouble {
            out.of(file, format!("this is a link to `{target}`, outside of its plugin or project"))
                .help("put the file itself there; it was not read");
        }
    }
}
