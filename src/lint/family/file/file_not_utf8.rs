//! A file is not UTF-8.
//!
//! ## What
//! Reports text files with bytes that are no UTF-8.
//!
//! ## Why
//! The client replaces such bytes, so the model reads other words than were written; other tools refuse the file.
//!
//! ## Example
//! ```text
//! printf 'caf\351' > commands/menu.md
//! ```
//!
//! ## Fix
//! Convert the file: `iconv -f latin1 -t utf-8`.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: the file loads with U+FFFD in place of the bytes.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "file-not-utf8",
    source: include_str!("file_not_utf8.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.troubles.contains(&Trouble::NotUtf8) {
        let at = file.text().find('\u{fffd}').unwrap_or_default();
        out.at(file, at..at + 3, "bytes that are no UTF-8").help("convert the file to UTF-8");
    }
}
