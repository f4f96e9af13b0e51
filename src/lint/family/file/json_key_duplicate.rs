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

use std::ops::Range;

use crate::bundle::document::Document;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::tree::Node;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
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
            let finding = out.at(file, span.clone(), format!("the key `{key}` stands twice"));
            finding.label("this one wins").help("merge the two values, or remove one");
            // Two that say the same need no thought.
            if let Some(place) = file.data().and_then(|root| twin(root, span)) {
                finding.fix(Fix::remove(place, "remove the other one, which says the same"));
            }
        }
    }
}

/// The place of the pair before the one with its key at `span` that has the same key and the same value.
fn twin(node: &Node, span: &Range<usize>) -> Option<Range<usize>> {
    if let Some(at) = node.pairs().iter().position(|pair| pair.key_span == *span) {
        let (own, before) = (&node.pairs()[at], &node.pairs()[..at]);
        let other = before.iter().rev().find(|pair| pair.key == own.key)?;
        return edit::pair(node, &other.key_span).filter(|_| other.node.same(&own.node));
    }
    let values = node.pairs().iter().map(|pair| &pair.node).chain(node.items());
    values.filter(|node| node.span.contains(&span.start)).find_map(|node| twin(node, span))
}
