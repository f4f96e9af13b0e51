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
use crate::lint::finding::{Findings, Fix};
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
        let Some(line) = node.as_str().filter(|line| line.contains(PLACE)) else { continue };
        let finding =
            out.at(file, node.span.clone(), "a shell line with `${user_config.…}` is refused");
        finding.help("use `args`, or `$CLAUDE_PLUGIN_OPTION_<KEY>`");
        // Within single quotes no variable is read.
        if file.kind.is_json()
            && !line.contains('\'')
            && let Some(line) = with_variables(line)
        {
            let text = serde_json::Value::from(line).to_string();
            let fix = Fix::replace(node.span.clone(), text, "write the variable of that value");
            finding.fix(fix.intended());
        }
    }
}

const PLACE: &str = "${user_config.";

/// The line with the client's variables (facts A5: the key in capitals); none when a key is no plain name.
fn with_variables(line: &str) -> Option<String> {
    let mut parts = line.split(PLACE);
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (key, rest) = part.split_once('}')?;
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return None;
        }
        text.push_str(&format!("${{CLAUDE_PLUGIN_OPTION_{}}}{rest}", key.to_ascii_uppercase()));
    }
    Some(text)
}
