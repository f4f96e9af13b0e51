//! An agent does what its role is for: a reviewer judges and writes nothing.
//!
//! **What it does.** The table in `gates/roles/` says for each agent of the bundle what it may write; `roles` of the
//! policy adds rows. A file tool outside of that is refused before the call. Around each shell call of such an agent
//! the working tree is compared: a change outside of its paths is taken back, and the agent is told.
//! The answer of a judging agent (code-reviewer, security-auditor, architect) is kept with the tree that stood when it
//! began and when it answered; the gates `review`, `security` and `design` read it there.
//!
//! **Rules.**
//!
//! - `role-write`: a file tool would write outside of the role's paths; refused.
//! - `role-changed`: a shell call of the role changed the tree; the agent is told, and the files are as before.
//!
//! **Way out.** Report what should change; the agent whose role it is changes it. The person changes `roles` in
//! `portcullis.yaml`.
//!
//! **Limits.** Files that git ignores are not compared. When another agent's tool call ran at the same time, the change
//! may be its own: then nothing is taken back, and the verdict does not count for the changed tree anyway.

mod shell;
mod verdict;

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::gate;
use crate::gate::catalog::ROLES;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::state::{self, Repository};

/// The check.
pub const CHECK: Check =
    Check { id: "role", source: include_str!("role.rs"), applies, judge, planted };

/// The file tools.
const WRITERS: &[&str] = &["Write", "Edit", "MultiEdit", "NotebookEdit"];

fn applies(event: &Event) -> bool {
    event.payload.agent_type.is_some()
        && matches!(
            event.kind,
            Some(
                Kind::PreToolUse
                    | Kind::PostToolUse
                    | Kind::PostToolUseFailure
                    | Kind::SubagentStart
                    | Kind::SubagentStop
            )
        )
}

/// What an agent may write: `None` for what the session may.
pub(crate) fn allowed(agent: &str, context: &Context) -> Option<Vec<String>> {
    let own = context.policy().ok().and_then(|policy| policy.roles.get(agent).cloned());
    own.or_else(|| {
        let (_, paths) = ROLES.iter().find(|(name, _)| *name == agent)?;
        Some(paths.iter().map(|path| (*path).to_owned()).collect())
    })
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let agent = event.agent_name().unwrap_or_default();
    let tool = event.tool().unwrap_or_default();
    let written = event.kind == Some(Kind::PostToolUse) && WRITERS.contains(&tool);
    if let (true, Some(id), Some(state)) = (written, &event.payload.agent_id, context.state()) {
        state::first_time(state, event.payload.session_id.as_deref(), &verdict::author(id));
    }
    verdict::watch(event, agent, context)?;
    // The table is read for calls that can change something only.
    if !WRITERS.contains(&tool) && event.command_line().is_none() {
        return Ok(Vec::new());
    }
    let Some(paths) = allowed(agent, context) else { return Ok(Vec::new()) };
    match event.kind {
        Some(Kind::PreToolUse) if WRITERS.contains(&tool) => {
            Ok(write(event, agent, &paths, context)?.into_iter().collect())
        }
        Some(Kind::PreToolUse) if event.command_line().is_some() => {
            shell::before(event, context)?;
            Ok(Vec::new())
        }
        Some(Kind::PostToolUse | Kind::PostToolUseFailure) if event.command_line().is_some() => {
            Ok(shell::after(event, agent, &paths, context)?.into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// Refuses a file tool outside of the role's paths.
fn write(
    event: &Event,
    agent: &str,
    paths: &[String],
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let Some(file) = event.input("file_path").or_else(|| event.input("notebook_path")) else {
        return Ok(None);
    };
    let file = context.cwd.join(file);
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(None) };
    // What lies outside of the project is no part of what is judged: a scratch file, a report.
    let Some(relative) = inside(&repository.root, &file) else { return Ok(None) };
    if may(&repository.root, paths, &relative)? {
        return Ok(None);
    }
    let where_to = match paths {
        [] => "it writes nothing in the project".to_owned(),
        paths => format!("it writes {} only", paths.join(", ")),
    };
    Ok(Some(
        Finding::new(
            "role-write",
            Verdict::Deny,
            format!("{agent} is not to write {relative}: {where_to}"),
        )
        .way_out("say in the report what should change and why"),
    ))
}

/// The path inside the project, when it is in it, without `..`.
pub(crate) fn inside(root: &Path, file: &Path) -> Option<String> {
    let mut clean = std::path::PathBuf::new();
    for part in file.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            part => clean.push(part),
        }
    }
    // A link in the folder's name must not hide that it is the project's.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = clean.parent().map(real).unwrap_or_default();
    let full = folder.join(clean.file_name()?);
    let relative = full.strip_prefix(real(root)).or_else(|_| clean.strip_prefix(root)).ok()?;
    Some(relative.to_string_lossy().into_owned())
}

/// Whether a path is one of the role's.
fn may(root: &Path, paths: &[String], relative: &str) -> anyhow::Result<bool> {
    let patterns: Vec<&str> = paths.iter().map(String::as_str).collect();
    Ok(gate::matcher(root, &patterns)?.matched_path_or_any_parents(relative, false).is_ignore())
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "agent_id": "planted",
        "agent_type": "portcullis:code-reviewer",
        "tool_name": "Write",
        "tool_use_id": "planted-role",
        "tool_input": {"file_path": dir.join("planted.txt"), "content": "written by a reviewer\n"},
    })
}
