//! A command takes arguments and does not say which.
//!
//! ## What
//! Reports commands that use `$0`, `$1`, … and have neither `argument-hint` nor `arguments`.
//!
//! ## Why
//! The hint is all that a person sees while typing. With places that count, guessing gives wrong work.
//!
//! ## Example
//! ```markdown
//! ---
//! description: Compares two files
//! ---
//! Compare $0 with $1.
//! ```
//!
//! ## Fix
//! Add `argument-hint: "[old] [new]"`.
//!
//! ## Source
//! Facts C1, D, 2026-11-22.

use super::{indices, is_money};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-argument-hint-missing",
    source: include_str!("command_argument_hint_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    let said = |key: &str| fields.get(key).is_some_and(|node| !node.is_null());
    if said("argument-hint") || said("arguments") {
        return;
    }
    let first = indices(file).into_iter().find(|(number, span)| {
        !is_money(file, *number, span)
            && file.outline().is_some_and(|outline| !outline.in_code(span.start))
    });
    if let Some((_, span)) = first {
        out.at(file, span, "nobody is told which arguments this command takes")
            .help("add `argument-hint`, as in `argument-hint: \"[old] [new]\"`");
    }
}
