//! What cannot be brought back is asked first.
//!
//! **What it does.** Before a tool call, the command line is read (`src/shell/`). A command that takes
//! away something for good is shown to the person with what would be lost: uncommitted work (`git
//! reset --hard`, `git clean -f`), folders outside of build results (`rm -rf src`), disks, tables and
//! databases, clusters, buckets, published versions. The rows are in `docs/actions.md`. Tools of MCP
//! servers that delete such things are asked too.
//!
//! **Rules.** `destroy-files`: `rm`, `find -delete`, `shred` and the like. `destroy-work`: what git would
//! forget. `destroy-other`: everything else of the table.
//!
//! **Not asked.** What a build makes or a cache holds (`node_modules`, `target`, `dist`, `build`, temporary
//! folders), dry runs, `--help`.
//!
//! **Way out.** The person answers. A narrower command (one file, one folder of build results) is not
//! asked.
//!
//! **Limits.** As for `boundary`: what a script or program does inside is seen only as far as the reader
//! follows it, and statements that a database client reads from its standard input are not seen.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::shell::{self, Action, ActionKind, SimpleCommand};

/// The check.
pub const CHECK: Check =
    Check { id: "destroy", source: include_str!("destroy.rs"), applies, judge, planted };

/// Longest list of operands that a message holds, in bytes.
const LONGEST: usize = 120;

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && (event.command_line().is_some() || event.is_mcp())
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if let Some(tool) = event.tool().filter(|_| event.is_mcp()) {
        let row = shell::tool_action(tool, context.rows(event));
        return Ok(row
            .filter(|row| row.kind == ActionKind::Destroy)
            .map(|_| {
                Finding::new(
                    "destroy-other",
                    Verdict::Ask,
                    format!("{tool} takes away what cannot be brought back"),
                )
            })
            .into_iter()
            .collect());
    }
    if !context.may_hold(event, ActionKind::Destroy) {
        return Ok(Vec::new());
    }
    let (reading, actions) = context.line(event);
    let mut findings: Vec<Finding> = Vec::new();
    for action in actions.iter().filter(|action| action.kind == ActionKind::Destroy) {
        let finding = finding(action, &reading.commands[action.command]);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    Ok(findings)
}

fn finding(action: &Action, command: &SimpleCommand) -> Finding {
    let what = format!("{} {}", action.program, action.verb);
    let loses = if action.loses.is_empty() { "what it names" } else { action.loses };
    let mut about = String::new();
    for word in action.objects.iter().filter_map(|at| command.words.get(*at)) {
        if about.len() + word.text.len() > LONGEST {
            about.push_str(" …");
            break;
        }
        about.push(' ');
        about.push_str(if word.text.is_empty() { "(not known)" } else { &word.text });
        if !word.certain {
            about.push_str(" (known in part)");
        }
    }
    let about = if about.is_empty() { about } else { format!(":{about}") };
    Finding::new(
        rule(action.program),
        Verdict::Ask,
        format!("`{}` would lose {loses}{about}", what.trim_end()),
    )
    .way_out(match (action.program, action.verb) {
        ("portcullis", "rollback") => {
            "the present is kept in a checkpoint first; look at it with --dry-run; the person decides"
        }
        _ => "this cannot be undone from here; the person decides",
    })
}

/// Whether what it takes away lies in a working tree, where a checkpoint can hold it.
pub(super) fn is_of_files(action: &Action) -> bool {
    rule(action.program) != "destroy-other"
}

fn rule(program: &str) -> &'static str {
    match program {
        "git" | "jj" | "hg" => "destroy-work",
        "rm" | "grm" | "find" | "mv" | "shred" | "srm" | "wipe" | "chmod" | "chown" | "chgrp"
        | "dd" | "Remove-Item" | "ri" | "rmdir" | "rd" | "del" => "destroy-files",
        _ => "destroy-other",
    }
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-destroy",
        "tool_input": {"command": "git reset --hard && rm -rf ~"},
    })
}
