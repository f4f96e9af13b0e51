//! A command line does not switch off or go round what guards the project.
//!
//! **What it does.** Before a tool call, the command line is read (`src/shell/`) and refused when it
//! makes git skip its hooks or takes them away, or when it puts other tools under a gate: the gate's
//! receipt says what the person's own tools found.
//!
//! **Rules.**
//!
//! - `tamper-hooks`: `--no-verify` of commit, push and merge, `core.hooksPath` on the command line or in the
//!   configuration, `HUSKY=0`, `SKIP=…`, `LEFTHOOK=0`, `PRE_COMMIT_ALLOW_NO_CONFIG`, uninstalling or deleting
//!   hooks.
//! - `tamper-gate`: `PATH`, `HOME`, `GIT_*`, `LD_PRELOAD` and the like set in front of `portcullis gate run`.
//!
//! The rows are in `docs/actions.md`. Writes to the policy, the wiring and the state are `protect`'s.
//!
//! **Way out.** Repair what the hook complains about. When the hook itself is wrong, the person changes it, or
//! runs the command outside of the session.
//!
//! **Limits.** As for `boundary`: what a script does inside is seen only as far as the reader follows it.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::shell::{Action, ActionKind, Reading};

/// The check.
pub const CHECK: Check =
    Check { id: "tamper", source: include_str!("tamper.rs"), applies, judge, planted };

/// Variables that decide which tools a gate runs or what they see.
const STEERING: &[&str] = &["PATH=", "HOME=", "GIT_", "LD_", "DYLD_", "XDG_STATE_HOME="];

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && event.command_line().is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if !context.may_hold(event, ActionKind::GuardTamper) {
        return Ok(Vec::new());
    }
    let (reading, actions) = context.line(event);
    let mut findings: Vec<Finding> = actions
        .iter()
        .filter(|action| action.kind == ActionKind::GuardTamper)
        .map(|action| finding(action, reading))
        .collect();
    if findings.is_empty() && exports_before_a_gate(reading) {
        findings.push(gate("this line exports variables that decide which tools the gate runs"));
    }
    findings.dedup();
    Ok(findings)
}

fn finding(action: &Action, reading: &Reading) -> Finding {
    if action.program == "portcullis" {
        return gate("variables in front of `portcullis gate run` decide which tools it runs");
    }
    let command = &reading.commands[action.command];
    let what = format!("{} {}", action.program, action.verb);
    let what = what.trim_end();
    let how = match command.assignments.first() {
        Some((name, _)) if action.objects.is_empty() => format!(", with {name} set"),
        _ => String::new(),
    };
    Finding::new(
        "tamper-hooks",
        Verdict::Deny,
        format!("`{what}`{how} would skip, move or remove hooks that guard this repository"),
    )
    .way_out("run it without that, and repair what the hook complains about; if the hook is wrong, the person changes it")
}

fn gate(message: &str) -> Finding {
    Finding::new(
        "tamper-gate",
        Verdict::Deny,
        format!("{message}, so its receipt would prove nothing"),
    )
    .way_out("run `portcullis gate run test` as it is")
}

/// Whether `export PATH=…` or the like stands before a `portcullis gate run` in the line.
fn exports_before_a_gate(reading: &Reading) -> bool {
    let mut steered = false;
    for command in &reading.commands {
        match command.program() {
            Some("export" | "declare" | "typeset") => {
                steered |= command
                    .words
                    .iter()
                    .any(|word| STEERING.iter().any(|name| word.text.starts_with(name)));
            }
            Some("portcullis") if steered => {
                let mut words = command.words.iter().map(|word| word.text.as_str());
                return words.any(|word| word == "gate") && words.any(|word| word == "run");
            }
            _ => {}
        }
    }
    false
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-tamper",
        "tool_input": {"command": "git commit --no-verify -m planted"},
    })
}
