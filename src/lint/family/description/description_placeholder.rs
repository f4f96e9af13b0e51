//! A description was never filled in.
//!
//! ## What
//! Reports descriptions that a template left behind: `TODO: …`, `<description>`, `Your description here`, `Lorem
//! ipsum`.
//!
//! ## Why
//! Claude chooses by the description and is told nothing.
//!
//! ## Example
//! ```yaml
//! description: "TODO: say when to use this"
//! ```
//!
//! ## Fix
//! Write it.
//!
//! ## Source
//! Facts B1, C1, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-placeholder",
    source: include_str!("description_placeholder.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let text = node.as_str().unwrap_or_default().trim().to_ascii_lowercase();
    let bare = text.trim_start_matches(['[', '<', '{', '(', '*']);
    let rest = bare.strip_prefix("todo").or_else(|| bare.strip_prefix("fixme"));
    let to_do = rest
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ']', '>', '}', ')', '.']));
    let wrapped = |open: char, close: char| {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        inner.is_some_and(|inner| !inner.contains([open, close, ',']) && inner.len() < 60)
    };
    let left =
        ["description here", "lorem ipsum", "replace with description", "insert description"]
            .iter()
            .any(|words| text.contains(words))
            || matches!(text.as_str(), "description" | "tbd" | "placeholder" | "...");
    if to_do || left || wrapped('<', '>') || wrapped('{', '}') {
        out.at(file, node.span.clone(), "this description was never filled in")
            .help("say what it does and when to use it");
    }
}
