//! A frontmatter key stands twice.
//!
//! ## What
//! Reports keys that stand a second time in one mapping of the frontmatter.
//!
//! ## Why
//! The client takes the last one; strict readers refuse the file. The first value is lost without a word.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! tools: Read
//! tools: Read, Bash
//! ---
//! ```
//!
//! ## Fix
//! Remove one of the two.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: loads with the last value.

use std::ops::Range;

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-key-duplicate",
    source: include_str!("frontmatter_key_duplicate.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(front) = file.front() else { return };
    for (key, span) in &front.duplicates {
        let finding = out.at(file, span.clone(), format!("the key `{key}` stands twice"));
        finding.label("this one wins").help("remove one of the two");
        if let Some(place) = twin(file, span) {
            finding.fix(Fix::remove(place, "remove the other one, which says the same"));
        }
    }
}

/// The lines of the pair above that has the key at `span` and the same value.
fn twin(file: &File, span: &Range<usize>) -> Option<Range<usize>> {
    let pairs = file.fields()?.pairs();
    let own = pairs.iter().position(|pair| pair.key_span == *span)?;
    let other = pairs[..own].iter().rposition(|pair| pair.key == pairs[own].key)?;
    let line = |at: usize| file.source.line_span(file.source.line(at)).start;
    let place = line(pairs[other].key_span.start)..line(pairs[other + 1].key_span.start);
    let comment = file.text().get(place.clone())?.contains('#');
    (pairs[other].node.same(&pairs[own].node) && !comment).then_some(place)
}
