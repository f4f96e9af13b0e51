//! A text file holds a NUL byte.
//!
//! ## What
//! Reports definitions with a NUL byte in them.
//!
//! ## Why
//! No editor shows it, and programs that read C strings stop there: what a person reviews is not what is loaded.
//!
//! ## Example
//! ```text
//! printf '---\nname: a\0b\n---\n' > agents/a.md
//! ```
//!
//! ## Fix
//! Remove the byte: `tr -d '\000'`.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: the client loads the file.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "file-nul-byte",
    source: include_str!("file_nul_byte.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        // A program may be a binary.
        if let (Trouble::Nul(at), false) = (trouble, file.kind == Kind::Script) {
            out.at(file, *at..at + 1, "a NUL byte")
                .help("remove it: nothing shows it, and programs stop there");
        }
    }
}
