//! A shell command in a text has no permission.
//!
//! ## What
//! Reports `` !`cmd` `` of a program that changes things, where neither `allowed-tools` nor the settings of the
//! project permit it.
//!
//! ## Why
//! There is no prompt for it: the client refuses the command and with it the whole call, unless the user's own
//! settings permit it. Reading commands such as `cat` and `git status` are let through.
//!
//! ## Example
//! ```markdown
//! !`npm test`
//! ```
//!
//! ## Fix
//! Add `allowed-tools: Bash(npm test *)`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in what a session makes of the command, 2026-11-26: without permission the call ends,
//! with `Bash(touch *)` it goes on.

use super::shells;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-shell-unpermitted",
    source: include_str!("command_shell_unpermitted.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command, Kind::Skill], check),
};

/// Programs that the client never takes for reading ones.
const WRITERS: &[&str] = &[
    "npm", "npx", "pnpm", "yarn", "bun", "node", "python", "python3", "pip", "cargo", "make",
    "touch", "mkdir", "rm", "mv", "cp", "curl", "wget", "bash", "sh", "go",
];
const GIT_WRITERS: &[&str] = &[
    "add", "commit", "push", "pull", "fetch", "merge", "rebase", "reset", "checkout", "switch",
    "stash",
];

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for shell in shells(file) {
        if !shell.before.is_none_or(char::is_whitespace) || shell.command.contains("--version") {
            continue;
        }
        let mut words = shell.command.split_whitespace();
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let writes = WRITERS.contains(&first)
            || (first == "git" && GIT_WRITERS.contains(&second))
            || first.starts_with("./");
        if !writes || permitted(file, first) {
            continue;
        }
        let by_settings = bundle.of_root(Kind::Settings, file.root).any(|settings| {
            settings.text().contains(&format!("Bash({first}"))
                || settings.text().contains("\"Bash\"")
        });
        if by_settings {
            continue;
        }
        out.at(file, shell.span.clone(), format!("nothing permits `{first}`, and nobody is asked"))
            .help(format!(
                "add `allowed-tools: Bash({} *)`",
                if first == "git" { format!("git {second}") } else { first.to_owned() }
            ));
    }
}

/// Whether `allowed-tools` has a rule for the program.
fn permitted(file: &File, program: &str) -> bool {
    let words = file.field("allowed-tools").map(Node::words).unwrap_or_default();
    words.iter().any(|(tool, _)| {
        let spec = tool.strip_prefix("Bash");
        spec.is_some_and(|spec| {
            let spec = spec.trim_start_matches('(').trim_end_matches(')');
            spec.is_empty() || spec.starts_with('*') || spec.starts_with(program)
        })
    })
}
