//! Frontmatter is read only because the client repairs it.
//!
//! ## What
//! Reports values around which the client puts quotes before it parses a second time, because the block is no YAML
//! as it stands.
//!
//! ## Why
//! Every strict reader refuses the file: other harnesses, editors, CI. And the repair covers the whole block: other
//! values change with it (` # ` is then no comment, `[a]` no list).
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Use when: a change is ready
//! ---
//! ```
//!
//! ## Fix
//! Put the value in quotes; `--fix` does it.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: one-line values with special characters are quoted and the block is parsed
//! again.

use crate::bundle::file::{Bundle, File};
use crate::bundle::frontmatter::State;
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-repaired",
    source: include_str!("frontmatter_repaired.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(front) = file.front() else { return };
    let State::Repaired { why, quoted } = &front.state else { return };
    // All at once: with one value quoted the block may still be no YAML.
    let edits = quoted
        .iter()
        .map(|span| {
            let value = &file.text()[span.clone()];
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            (span.clone(), format!("\"{escaped}\""))
        })
        .collect();
    let near = |span: &&std::ops::Range<usize>| span.contains(&why.at);
    let span = quoted.iter().find(near).or(quoted.first()).cloned();
    let span = span.unwrap_or_else(|| file.source.line_span(file.source.line(why.at)));
    let fix = Fix::edits(edits, "put the values in quotes");
    let finding = out.at(file, span, format!("strict YAML refuses this block: {}", why.message));
    finding.help("put the value in quotes");
    if !quoted.is_empty() {
        finding.fix(fix);
    }
}
