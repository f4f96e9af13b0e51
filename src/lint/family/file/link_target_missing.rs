//! A symbolic link leads nowhere.
//!
//! ## What
//! Reports definitions that are links to a file that does not exist.
//!
//! ## Why
//! The client skips it: what it defines is missing.
//!
//! ## Example
//! ```text
//! agents/reviewer.md -> gone.md
//! ```
//!
//! ## Fix
//! Restore the target, or remove the link.
//!
//! ## Source
//! Claude Code 2.1.330, 2026-11-26.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "link-target-missing",
    source: include_str!("link_target_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::LinkDangling(target) = trouble {
            out.of(file, format!("this is a link to `{target}`, which is not there"))
                .help("restore the target, or remove the link");
        }
    }
}
