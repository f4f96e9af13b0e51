//! A named argument is never used.
//!
//! ## What
//! Reports names in `arguments` of commands and skills that the text uses neither as `$name` nor by place, while it
//! uses others.
//!
//! ## Why
//! What is typed there is lost.
//!
//! ## Example
//! ```yaml
//! arguments: [file, depth]
//! ```
//! with the text `Read $file.`
//!
//! ## Fix
//! Use `$depth`, or take the name out.
//!
//! ## Source
//! Facts D, 2026-11-22.

use super::{indices, takes_all};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-arguments-unused",
    source: include_str!("command_arguments_unused.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command, Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("arguments") else { return };
    let (body, words) = (file.body(), node.words());
    let used = |name: &str| {
        let wanted = format!("${name}");
        body.match_indices(&wanted).any(|(at, _)| {
            let next = body[at + wanted.len()..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    };
    let placed = indices(file);
    // Without any placeholder the client appends the arguments.
    let any = words.iter().any(|(name, _)| used(name)) || !placed.is_empty();
    if takes_all(file) || !any {
        return;
    }
    for (place, (name, span)) in words.iter().enumerate() {
        if !used(name) && !placed.iter().any(|(number, _)| *number == place) {
            out.at(file, span.clone(), format!("the text never uses `${name}`"))
                .help("use it, or take the name out");
        }
    }
}
