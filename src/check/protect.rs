//! Tool calls cannot change what guards them.
//!
//! **What it does.** Looks at every Write, Edit and NotebookEdit, at shell lines (Bash, PowerShell, Monitor) that
//! plainly write, move or delete, and at the path fields of MCP tools that do more than read.
//! Reading all of it stays allowed.
//!
//! **Rules.**
//!
//! - `protect-state`: the state folder (`portcullis` in the git folder that all worktrees share, or
//!   in the XDG state folder). It holds the receipts and the journal: evidence that the model
//!   could write would prove nothing.
//! - `protect-policy`: `portcullis.yaml` at the root of a project. It says which gates there are.
//! - `protect-wiring`: `.claude/settings.json`, `.claude/settings.local.json`, `.claude/portcullis/`, the
//!   user's own settings, the plugin's folders and git's hooks. Without them nothing is called.
//!   `portcullis install` and `portcullis uninstall` are the user's to run.
//!
//! **Paths** are resolved as the system would: `~`, `..`, `cd` in the line, globs and symbolic links.
//! A folder that holds a protected file cannot be deleted or moved away either.
//!
//! **Way out.** The person changes it outside of the session, in an editor.
//!
//! **Limits.** Not seen here: a program that writes such a file on its own (a script, a build), and `git
//! checkout` of a commit that has another policy. Receipts are bound to the tree, so the second
//! voids them; the first is what the client's sandbox is for.

mod line;
mod places;

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};

use places::{Hit, Places, Touch};

/// The check.
pub const CHECK: Check =
    Check { id: "protect", source: include_str!("protect.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    if !event.is_pre_tool() {
        return false;
    }
    match event.tool() {
        Some("Write" | "Edit" | "MultiEdit" | "NotebookEdit") => true,
        Some(tool) if tool.starts_with("mcp__") => !only_reads(tool),
        _ => event.command_line().is_some_and(|text| {
            line::may_touch(text) || event.payload.cwd.as_deref().is_some_and(line::names_protected)
        }),
    }
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let mut hits = Vec::new();
    let places = Places::of(context);
    if let Some(text) = event.command_line() {
        let text = if event.tool() == Some("PowerShell") {
            text.replace('\\', "/")
        } else {
            text.to_owned()
        };
        line::hits(&text, context, &places, &mut hits);
    } else if event.tool().is_some_and(|tool| tool.starts_with("mcp__")) {
        paths_in(&event.payload.tool_input, false, 0, &mut |path| {
            hits.extend(places.hit(path, Some(&context.cwd), Touch::Write));
        });
    } else {
        for field in ["file_path", "notebook_path"] {
            if let Some(path) = event.input(field) {
                hits.extend(places.literal(path, &context.cwd));
            }
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    for hit in hits {
        let finding = finding(&hit);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    Ok(findings)
}

fn finding(hit: &Hit) -> Finding {
    Finding::new(
        hit.rule,
        Verdict::Deny,
        format!("{} must not be changed by a tool call: {}", hit.what, hit.why),
    )
    .way_out(
        "the person changes it outside of the session, in their own editor or with a `!` command",
    )
}

/// Whether the name of an MCP tool says that it only reads.
fn only_reads(tool: &str) -> bool {
    let action = tool.rsplit("__").next().unwrap_or(tool);
    ["read", "get", "list", "search", "view", "stat", "find", "directory_tree"]
        .iter()
        .any(|verb| action.starts_with(verb))
}

/// Calls `visit` for every string under a key that names a file.
fn paths_in(value: &Value, named: bool, depth: usize, visit: &mut impl FnMut(&str)) {
    const KEYS: &[&str] =
        &["path", "paths", "file_path", "filepath", "filename", "file", "destination", "source"];
    match value {
        Value::String(text) if named => visit(text),
        // Deeper than any tool's input; serde_json itself stops at 128.
        _ if depth > 32 => {}
        Value::Array(items) => {
            items.iter().for_each(|item| paths_in(item, named, depth + 1, visit));
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                let named = KEYS.iter().any(|known| key.eq_ignore_ascii_case(known));
                paths_in(item, named, depth + 1, visit);
            }
        }
        _ => {}
    }
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "tool_name": "Write",
        "cwd": dir,
        "tool_input": {"file_path": dir.join(".claude/settings.json"), "content": "{}"},
    })
}
