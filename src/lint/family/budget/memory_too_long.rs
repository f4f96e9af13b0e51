//! An instruction file is longer than the client likes.
//!
//! ## What
//! Reports `CLAUDE.md` and rule files of more than 40,000 characters.
//!
//! ## Why
//! The client warns of it at each start: the file stands in every request, and models follow long instructions
//! less.
//!
//! ## Example
//! ```text
//! CLAUDE.md, 60,000 characters
//! ```
//!
//! ## Fix
//! Move what is needed now and then into skills or files that are read on demand.
//!
//! ## Source
//! Claude Code 2.1.330: the limit is 40,000 characters or five hundredths of the window, whichever is more; read in
//! its code 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-too-long",
    source: include_str!("memory_too_long.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

/// Characters above which the client warns, with a window of 200,000 tokens.
const MOST: usize = 40_000;

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // Counted as the client counts, in UTF-16.
    let length = file.text().encode_utf16().count();
    if file.loaded && length > MOST {
        out.of(file, format!("{length} characters; the client warns above {MOST}"))
            .help("move what is needed now and then into skills");
    }
}
