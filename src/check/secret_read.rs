//! A command that would show a secret is answered as the policy says.
//!
//! **What it does.** Before a tool call, the command line is read (`src/shell/`). Commands that print secrets
//! (`cat .env`, `printenv`, `aws configure get`, `gh auth token`, `kubectl get secret -o yaml`, `echo $API_TOKEN`) are
//! answered by `secrets.reads` in `portcullis.yaml`: `off`, `warn` (the default: the model is told, the command
//! runs), `ask` or `deny`.
//!
//! **Rules.** `secret-read`: what the command would show lands in the conversation and in its log.
//!
//! **Way out.** Ask for the names only (`cut -d= -f1 .env`), test whether a variable is set (`test -n "$X"`), or pipe the
//! value straight into the program that needs it.
//!
//! **Limits.** Which files and variables hold secrets is known by their names only. A program that prints its own
//! settings is not seen.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::{OnRead, Policy};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::shell::{ActionKind, Reading};

/// The check.
pub const CHECK: Check =
    Check { id: "secret-read", source: include_str!("secret_read.rs"), applies, judge, planted };

/// Parts of the names of variables that hold secrets.
const SENSITIVE: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "CREDENTIAL",
];

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && event.command_line().is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let line = event.command_line().unwrap_or_default();
    let variable = shown_variable(line);
    if variable.is_none() && !context.may_hold(event, ActionKind::SecretRead) {
        return Ok(Vec::new());
    }
    let (reading, actions) = context.line(event);
    let mut shown: Vec<String> = Vec::new();
    for action in actions.iter().filter(|action| action.kind == ActionKind::SecretRead) {
        let words = &reading.commands[action.command].words;
        let objects = action.objects.iter().filter_map(|at| words.get(*at));
        let about: String = objects.map(|word| format!(" {}", word.text)).collect();
        let what = format!("{} {}", action.program, action.verb);
        let what = format!("`{}{about}`", what.trim_end());
        if !shown.contains(&what) {
            shown.push(what);
        }
    }
    if let Some(variable) = variable.filter(|_| echoes_unknown(reading)) {
        shown.push(format!("`echo ${variable}`"));
    }
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    // The folder's own policy; one that cannot be used leaves the default.
    let mode = Policy::load(&context.cwd, context.env)
        .map_or(OnRead::default(), |policy| policy.secrets.reads);
    let verdict = match mode {
        OnRead::Off => return Ok(Vec::new()),
        OnRead::Warn => Verdict::Context,
        OnRead::Ask => Verdict::Ask,
        OnRead::Deny => Verdict::Deny,
    };
    Ok(vec![
        Finding::new(
            "secret-read",
            verdict,
            format!(
                "{} may show secrets, and what a command prints stays in the conversation",
                shown.join(", ")
            ),
        )
        .way_out(
            "ask for names only, or pipe the value into the program that needs it; never repeat it \
             in an answer, a file or a commit",
        ),
    ])
}

/// The first `$NAME` of a text whose name sounds like a secret, when its value is not piped on.
fn shown_variable(line: &str) -> Option<&str> {
    let mut rest = line;
    while let Some(at) = memchr::memchr(b'$', rest.as_bytes()) {
        rest = rest[at + 1..].strip_prefix('{').unwrap_or(&rest[at + 1..]);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        if SENSITIVE.iter().any(|part| name.contains(part)) {
            // `${TOKEN:+set}` says only whether there is one.
            let tested = rest[end..].starts_with(":+") || rest[end..].starts_with('+');
            let stop = rest.find(['\n', ';', '|', '&', '>']).unwrap_or(rest.len());
            let onward = rest[stop..].starts_with(['|', '>']) && !rest[stop..].starts_with("||");
            if !tested && !onward {
                return Some(name);
            }
        }
        rest = &rest[end..];
    }
    None
}

fn echoes_unknown(reading: &Reading) -> bool {
    reading.commands.iter().any(|command| {
        matches!(command.program(), Some("echo" | "printf" | "Write-Output" | "Write-Host"))
            && command.writes.is_empty()
            && command.words.iter().any(|word| !word.certain)
    })
}

/// The policy of the repository to play in says `deny`, so that the probe sees a refusal.
fn planted(dir: &Path) -> Value {
    // Without the file the probe says DISARMED, which is what it is for.
    let _ = std::fs::write(dir.join(crate::config::FILE), "secrets:\n  reads: deny\n");
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-secret-read",
        "tool_input": {"command": "cat .env"},
    })
}
