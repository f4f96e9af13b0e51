//! A shell line names a value of the user's configuration.
//!
//! ## What
//! Reports `${user_config.…}` in a hook of the shell form.
//!
//! ## Why
//! The client refuses such a line since 2.1.207.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "echo ${user_config.token}"}
//! ```
//!
//! ## Fix
//! Use `args`, or the variable `CLAUDE_PLUGIN_OPTION_…`.
//!
//! ## Source
//! Facts A5 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-user-config-in-shell",
    source: include_str!("hook_user_config_in_shell.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(node) = handler.node.get("command").filter(|_| handler.node.get("args").is_none())
        else {
            continue;
        };
        if node.as_str().is_some_and(|line| line.contains("${user_config.")) {
            out.at(file, node.span.clone(), "a shell line with `${user_config.…}` is refused")
                .help("use `args`, or `$CLAUDE_PLUGIN_OPTION_<KEY>`");
        }
    }
}
