//! A file cannot be read.
//!
//! ## What
//! Reports definitions that the system does not let us read, or that are no regular files.
//!
//! ## Why
//! The client skips such a file; what it defines is missing without a word.
//!
//! ## Example
//! ```text
//! chmod 000 .claude/agents/reviewer.md
//! ```
//!
//! ## Fix
//! Give read permission, or remove the file.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: an unreadable agent is skipped with a line in the debug log.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "file-unreadable",
    source: include_str!("file_unreadable.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::Unreadable(words) = trouble {
            out.of(file, format!("this {} cannot be read: {words}", file.kind.word()))
                .help("give read permission, or remove the file");
        }
    }
}
