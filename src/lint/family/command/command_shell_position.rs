//! A shell command in a text is not run.
//!
//! ## What
//! Reports `` !`cmd` `` right behind a bracket, a colon, a star or a quote.
//!
//! ## Why
//! The client runs it only at the start of a line or behind a blank. Here Claude reads the command itself where its
//! output was meant.
//!
//! ## Example
//! ```markdown
//! Status:!`git status`
//! ```
//!
//! ## Fix
//! Put a blank before the `!`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in what a session makes of the command, 2026-11-26: `status:!`, `(!` and `**!` are
//! left as they are.

use super::shells;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-shell-position",
    source: include_str!("command_shell_position.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command, Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for shell in shells(file) {
        let Some(before) = shell.before else { continue };
        let alone = ["pwd", "ls", "date", "whoami", "hostname"].contains(&shell.command);
        let looks = shell.command.starts_with(|c: char| c.is_ascii_lowercase())
            && shell.command.contains(' ');
        if !matches!(before, '(' | ':' | '*' | '[' | '"' | '>' | '=' | '|' | ',')
            || !(alone || looks)
        {
            continue;
        }
        let finding = out.at(file, shell.span.clone(), "the client does not run this command");
        finding.label("no blank before it");
        finding.help("put a blank before the `!`");
    }
}
