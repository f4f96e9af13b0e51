//! Frontmatter ends inside of a value.
//!
//! ## What
//! Reports a `---` in the middle of a line that ends the block, while the line of dashes that was meant to end it
//! stands further down.
//!
//! ## Why
//! The client ends the block at the first `---`, wherever it stands. The rest of the value and all keys below
//! become part of the prompt: an agent loses its `tools` line and inherits every tool.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Reviews --- and never edits
//! tools: Read
//! ---
//! ```
//!
//! ## Fix
//! Use another dash: `—`, `--` or a comma.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26: `description` is "Reviews", `tools` is gone.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-cut-short",
    source: include_str!("frontmatter_cut_short.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(front) = file.front().filter(|front| front.cut) else { return };
    let rest = &file.text()[front.inner.end..];
    // Only when the block that was meant goes on: keys, then a line of dashes.
    let meant: Vec<&str> =
        rest.lines().skip(1).take_while(|line| line.trim_end() != "---").collect();
    let closed = rest.lines().skip(1).count() > meant.len();
    let key = |line: &&str| {
        line.split_once(':').is_some_and(|(key, _)| {
            !key.is_empty()
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
    };
    if !closed || meant.len() > 200 {
        return;
    }
    let at = front.inner.end;
    let lost = meant.iter().filter(|line| key(line)).count();
    let message = match lost {
        0 => "the frontmatter ends here, inside of a value".to_owned(),
        _ => format!("the frontmatter ends here; {lost} keys below are lost"),
    };
    let finding = out.at(file, at..at + 3, message);
    finding
        .label("the first `---` ends the block")
        .help("write another dash; `---` may not stand in a value");
    if lost == 0 {
        finding.verdict(Verdict::Warning);
    }
}
