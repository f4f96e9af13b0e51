//! A command's text is long.
//!
//! ## What
//! Reports commands with more than 700 words of text.
//!
//! ## Why
//! A long text costs room each time it is used, and its parts are followed less. Part of the house's standard only.
//!
//! ## Example
//! ```text
//! command with 1400 words
//! ```
//!
//! ## Fix
//! Move depth into reference files, each named with the moment to read it.
//!
//! ## Source
//! The house standard, 2026-11-26; sizes of public collections, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-body-long",
    source: include_str!("command_body_long.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

/// Most words of the standard.
const MOST: usize = 700;

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let count = file.body().split_whitespace().count();
    if count > MOST {
        out.of(file, format!("{count} words; {MOST} are the most of the standard"))
            .help("move depth into reference files");
    }
}
