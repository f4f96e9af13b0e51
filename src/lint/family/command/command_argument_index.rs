//! A command counts its arguments from one.
//!
//! ## What
//! Reports commands that use `$1` and never `$0`.
//!
//! ## Why
//! The client counts from zero: `$1` is the second argument, and the first one is lost. With one argument given
//! `$1` stays as it is.
//!
//! ## Example
//! ```markdown
//! Review the file $1.
//! ```
//!
//! ## Fix
//! Write `$0` for the first argument, `$1` for the second; or `$ARGUMENTS` for all.
//!
//! ## Source
//! Claude Code 2.1.330, seen in what a session makes of the command, 2026-11-26: `/c A B` makes `A` of `$0` and `B`
//! of `$1` (facts D).

use super::{indices, is_money, takes_all};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-argument-index",
    source: include_str!("command_argument_index.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let all = indices(file);
    let zero =
        all.iter().any(|(number, _)| *number == 0) || search::holds(file.body(), "$ARGUMENTS[0]");
    if zero || takes_all(file) || all.is_empty() {
        return;
    }
    let Some(outline) = file.outline() else { return };
    let prose = |span: &std::ops::Range<usize>| {
        !outline.fences.iter().any(|fence| fence.span.contains(&span.start))
    };
    let first = all
        .iter()
        .find(|(number, span)| *number == 1 && prose(span) && !is_money(file, *number, span));
    if let Some((_, span)) = first {
        let finding =
            out.at(file, span.clone(), "`$1` is the second argument: the client counts from `$0`");
        finding.help("write `$0` for the first, `$1` for the second");
        // A program in a code block, and a sum of money, count for themselves.
        let plain = all.iter().all(|(number, span)| prose(span) && !is_money(file, *number, span));
        if plain {
            let edits = all.iter().map(|(number, span)| (span.clone(), format!("${}", number - 1)));
            finding.fix(Fix::edits(edits.collect(), "count from `$0`").intended());
        }
    }
}
