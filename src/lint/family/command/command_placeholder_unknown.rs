//! A placeholder is none of the client's.
//!
//! ## What
//! Reports `$ARGUMENT`, `$ARGS`, `${ARGUMENTS}`, `{{args}}` and misspelled `${CLAUDE_…}` names in commands and
//! skills.
//!
//! ## Why
//! The client leaves them as they are, so Claude reads the placeholder and not what was typed.
//!
//! ## Example
//! ```markdown
//! Review {{args}}.
//! ```
//!
//! ## Fix
//! Write `$ARGUMENTS`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in what a session makes of the command, 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-placeholder-unknown",
    source: include_str!("command_placeholder_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command, Kind::Skill], check),
};

const KNOWN: &[&str] = &[
    "CLAUDE_SESSION_ID",
    "CLAUDE_EFFORT",
    "CLAUDE_SKILL_DIR",
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_PLUGIN_ROOT",
    "CLAUDE_PLUGIN_DATA",
];
const WRONG: &[&str] = &[
    "${ARGUMENTS}",
    "$ARGUMENT",
    "$ARGS",
    "${ARGS}",
    "{{args}}",
    "{{arguments}}",
    "{{ARGUMENTS}}",
    "{{ARGS}}",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let (body, start) = (file.body(), file.body_start());
    // A shell script in a code block has variables of its own.
    if file.kind == Kind::Command && !search::holds(body, "$ARGUMENTS") {
        for wrong in WRONG {
            for at in search::places(body, wrong) {
                let end = at + wrong.len();
                let longer = !wrong.ends_with('}')
                    && body[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
                if longer || in_code(file, start + at) || body[..at].ends_with('\\') {
                    continue;
                }
                out.at(
                    file,
                    start + at..start + end,
                    format!("the client leaves `{wrong}` as it is"),
                )
                .help("write `$ARGUMENTS`")
                .fix(
                    Fix::replace(start + at..start + end, "$ARGUMENTS", "write `$ARGUMENTS`")
                        .intended(),
                );
            }
        }
    }
    for at in search::places(body, "${CLAUDE_") {
        let Some(length) = body[at..].find('}') else { continue };
        let name = &body[at + 2..at + length];
        let plain = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if !plain || KNOWN.contains(&name) {
            continue;
        }
        if let Some(near) = client::nearest(name, KNOWN) {
            let place = start + at..start + at + length + 1;
            out.at(file, place, format!("the client leaves `${{{name}}}` as it is"))
                .help(format!("`${{{near}}}` is one it knows"));
        }
    }
}

fn in_code(file: &File, at: usize) -> bool {
    file.outline().is_some_and(|outline| outline.in_code(at))
}
