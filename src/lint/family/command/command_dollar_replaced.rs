//! A dollar sign in a command is taken for an argument.
//!
//! ## What
//! Reports `$1` and the like in calls of awk, and sums such as `$1,000`, in commands that take arguments.
//!
//! ## Why
//! The client replaces `$1` everywhere, in code too, as soon as that many arguments are given: awk then prints
//! something else.
//!
//! ## Example
//! ```markdown
//! Run `awk '{print $1}' list`.
//! ```
//!
//! ## Fix
//! Put a back slash before it: `\$1`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in what a session makes of the command, 2026-11-26: `{print $1}` in a code block
//! becomes `{print B}`, `$1,000` becomes `B,000`, `\$1` becomes `$1`.

use super::{indices, is_money};
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-dollar-replaced",
    source: include_str!("command_dollar_replaced.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let body = file.body();
    let takes = search::holds(body, "$ARGUMENTS") || file.field("argument-hint").is_some();
    if !takes {
        return;
    }
    for (number, span) in indices(file) {
        let at = span.start - file.body_start();
        let line = &body[body[..at].rfind('\n').map_or(0, |line| line + 1)..at];
        let awk = line.rfind("awk").is_some_and(|awk| line[awk..].contains('{'));
        let decimal = file.text()[span.end..]
            .strip_prefix(['.', ','])
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let sum = decimal && is_money(file, number, &span);
        if (awk || sum) && number < 4 {
            let finding = out.at(
                file,
                span.clone(),
                format!("the client puts argument {} here when it is given", number + 1),
            );
            finding.help(format!("write `\\${number}` for a plain dollar sign"));
            let fix = Fix::replace(span.start..span.start, "\\", "put a back slash before it");
            finding.fix(fix.intended());
        }
    }
}
