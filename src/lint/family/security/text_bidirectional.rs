//! A text changes its reading order.
//!
//! ## What
//! Reports characters that change the direction of the text around them (U+202A to U+202E, U+2066 to U+2069).
//!
//! ## Why
//! What a person reviews is not the order that the model and the shell read.
//!
//! ## Example
//! ```text
//! tools: Read\u202e# only
//! ```
//!
//! ## Fix
//! Remove them; right-to-left languages do not need them in a definition.
//!
//! ## Source
//! linters.md (found by none of thirteen linters), 2026-11-22; Unicode UAX 9.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "text-bidirectional",
    source: include_str!("text_bidirectional.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let control = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if let Some(at) = search::rare(file.text(), &control) {
        let c = file.text()[at..].chars().next().unwrap_or_default();
        out.at(
            file,
            at..at + c.len_utf8(),
            format!("U+{:04X} changes the reading order of the text", u32::from(c)),
        )
        .help("remove it: what is shown is not what is read");
    }
}
