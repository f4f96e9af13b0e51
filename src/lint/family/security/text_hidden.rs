//! A text holds characters that nobody sees.
//!
//! ## What
//! Reports tag characters (U+E0000 to U+E007F), which carry hidden words, and zero-width characters between Latin
//! letters.
//!
//! ## Why
//! The model reads them, a reviewer does not: a well-known way to hide instructions.
//!
//! ## Example
//! ```text
//! You review changes.<tag characters>
//! ```
//!
//! ## Fix
//! Remove them. Joiners inside of emoji and of scripts that need them are left alone.
//!
//! ## Source
//! linters.md (found by none of thirteen linters), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "text-hidden",
    source: include_str!("text_hidden.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let text = file.text();
    let hides =
        |c: char| matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{200b}'..='\u{200d}' | '\u{2060}');
    if search::rare(text, &hides).is_none() {
        return;
    }
    // Flags of England, Scotland and Wales are made of tag characters behind a black flag.
    let mut flag = false;
    let mut before = ' ';
    let mut all = Vec::new();
    for (at, c) in text.char_indices() {
        let tag = matches!(c, '\u{e0000}'..='\u{e007f}');
        flag = (flag && tag) || c == '\u{1f3f4}';
        let zero = matches!(c, '\u{200b}' | '\u{2060}' | '\u{200c}' | '\u{200d}')
            && before.is_ascii_alphanumeric();
        let next = text[at + c.len_utf8()..].chars().next();
        let between = zero && next.is_some_and(|next| next.is_ascii_alphanumeric());
        if (tag && !flag) || between {
            all.push((at..at + c.len_utf8(), c));
        }
        before = c;
    }
    let Some((span, c)) = all.first().cloned() else { return };
    let finding = out.at(
        file,
        span,
        format!("U+{:04X} is read by the model and seen by nobody", u32::from(c)),
    );
    finding.help("remove it");
    let edits = all.into_iter().map(|(span, _)| (span, String::new())).collect();
    finding.fix(Fix::edits(edits, "remove what nobody sees").intended());
}
