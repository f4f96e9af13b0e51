//! A description says nothing that the name does not.
//!
//! ## What
//! Reports agents and skills whose description is their name again, or shorter than three words.
//!
//! ## Why
//! Claude chooses by the description. Two words do not tell it when.
//!
//! ## Example
//! ```yaml
//! name: code-reviewer
//! description: Code reviewer
//! ```
//!
//! ## Fix
//! Say what it does and when to use it.
//!
//! ## Source
//! Facts B1, C1, 2026-11-22. Read from the words: confidence low.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-says-nothing",
    source: include_str!("description_says_nothing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let text = node.as_str().unwrap_or_default().trim();
    let person = file.field("disable-model-invocation").and_then(Node::as_bool) == Some(true);
    // Other scripts need no blanks between words.
    if text.is_empty() || !text.is_ascii() || person {
        return;
    }
    let fold = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
    };
    let name = match file.kind {
        Kind::Skill => file.dir_name(),
        _ => file.text_field("name").unwrap_or_else(|| file.stem()),
    };
    if fold(text) == fold(name) || text.split_whitespace().count() < 3 {
        out.at(file, node.span.clone(), "Claude cannot tell from this when to use it")
            .help("say what it does and when to use it");
    }
}
