//! A field of a hook handler is not known.
//!
//! ## What
//! Reports keys of a handler that the client strips.
//!
//! ## Why
//! The client strips them without a word: a misspelled `timeout` or `onFailure` has no effect.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "x", "timeOut": 5}
//! ```
//!
//! ## Fix
//! Correct or remove the key.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-field-unknown",
    source: include_str!("hook_field_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

const KNOWN: &[&str] = &[
    "type",
    "command",
    "args",
    "if",
    "shell",
    "timeout",
    "onFailure",
    "statusMessage",
    "once",
    "async",
    "asyncRewake",
    "prompt",
    "model",
    "continueOnBlock",
    "url",
    "headers",
    "allowedEnvVars",
    "server",
    "tool",
    "input",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        for pair in handler.node.pairs().iter().filter(|pair| !KNOWN.contains(&pair.key.as_str())) {
            let key = &pair.key;
            let finding = out.at(
                file,
                pair.key_span.clone(),
                format!("the client ignores `{key}` of a handler"),
            );
            match client::nearest(key, KNOWN) {
                Some(near) => {
                    finding.help(format!("`{near}` is the key it knows"));
                    finding.fix = edit::rename(file, handler.node, pair, near);
                    finding
                }
                // Notes of the author's own do no harm.
                None => finding.help("remove it").verdict(Verdict::Portability),
            };
        }
    }
}
