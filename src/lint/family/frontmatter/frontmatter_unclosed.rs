//! Frontmatter has no end.
//!
//! ## What
//! Reports files that begin with `---` and a key, and have no second `---`.
//!
//! ## Why
//! The client sees no frontmatter: every field is part of the prompt.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Reviews changes
//! You review changes.
//! ```
//!
//! ## Fix
//! Write `---` on a line of its own below the last key.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: "No frontmatter block found".

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-unclosed",
    source: include_str!("frontmatter_unclosed.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.front().is_some() {
        return;
    }
    let text = file.text();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines();
    let opens = lines.next().is_some_and(|line| line.trim_end() == "---");
    let key = lines.next().and_then(|line| line.split_once(':')).is_some_and(|(key, _)| {
        !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    });
    if opens && key {
        out.of(file, "the frontmatter that begins here never ends")
            .help("write `---` on a line of its own below the last key");
    }
}
