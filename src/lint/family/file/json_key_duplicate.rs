//! A JSON key stands twice.
//!
//! ## What
//! Reports a key that an object holds a second time.
//!
//! ## Why
//! The last one wins without a word: of two `PreToolUse` lists in one hooks file, the first, perhaps the guard, is
//! gone.
//!
//! ## Example
//! ```json
//! {"hooks": {"PreToolUse": [], "PreToolUse": []}}
//! ```
//!
//! ## Fix
//! Merge the two values, or remove one.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: loads with the last value.

use crate::bundle::document::Document;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "json-key-duplicate",
    source: include_str!("json_key_duplicate.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::JSON, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if let Document::Data { duplicates, .. } = &file.document {
        for (key, span) in duplicates {
            out.at(file, span.clone(), format!("the key `{key}` stands twice"))
                .label("this one wins")
                .help("merge the two values, or remove one");
        }
    }
}
