//! Before a phase, a workflow or a command that destroys, the working tree is kept.
//!
//! **What it does.** A checkpoint (`docs/checkpoints.md`) is taken when a task packet names a phase that is new in its
//! run: before the `Agent` tool spawns its worker, and before the first tool call of a worker that a workflow script
//! started. One is taken when the Workflow tool starts a run, and one before a command that takes away files or
//! uncommitted work. It never refuses anything.
//!
//! **Rules.**
//!
//! - `snapshot-taken`: the user is told which checkpoint holds what a command may destroy.
//! - `snapshot-failed`: the user is told that none could be taken, and why.
//!
//! **Way out.** `portcullis rollback --to ID` brings files and index back.
//!
//! **Limits.** It keeps the working tree that the command acts in: what lies outside of it, and what git ignores, is in no
//! checkpoint. Deleting `.git` deletes the checkpoints too. A dispatch that another check refuses has its checkpoint all
//! the same, unless the packet or the gates of its phase refused it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::packet::FENCE;
use super::{Check, destroy, packet, phase};
use crate::checkpoint::{self, Label, WhenSame, store};
use crate::config::Policy;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::hook::transcript;
use crate::run::handover;
use crate::shell::ActionKind;
use crate::state;

/// The check.
pub const CHECK: Check =
    Check { id: "snapshot", source: include_str!("snapshot.rs"), applies, judge, planted };

/// The note that a workflow of a run was started in a session; its text is the run.
const WORKFLOW: &str = "workflow-run";

fn applies(event: &Event) -> bool {
    if event.kind == Some(Kind::SubagentStop) {
        return event.payload.agent_id.is_some();
    }
    event.is_pre_tool()
        && (matches!(event.tool(), Some("Agent" | "Workflow"))
            || event.command_line().is_some()
            || event.payload.agent_id.is_some())
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    if event.payload.agent_id.is_some() {
        findings.extend(follow(event, context));
    }
    if !event.is_pre_tool() {
        return Ok(findings);
    }
    let keep = |dir: &Path, label: &Label| take(dir, label, context);
    match event.tool() {
        Some("Agent") => {
            let prompt = event.input("prompt").unwrap_or_default();
            let phases = if prompt.contains(FENCE) { phases(prompt) } else { Vec::new() };
            if !phases.is_empty() && !refused(event, context) {
                findings.extend(begin(&phases, None, context));
            }
        }
        Some("Workflow") => {
            // The client hands `args` on as they were given: an object, or its text.
            let args = &event.payload.tool_input["args"];
            let text = args.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            let run = text.as_ref().unwrap_or(args)["run"].as_str();
            if let (Some(run), Some(state)) = (run, context.state()) {
                state::note(state, event.payload.session_id.as_deref(), WORKFLOW, run)?;
                findings.extend(begin(&[(run.to_owned(), "start".to_owned())], None, context));
            }
        }
        _ => {}
    }
    if context.may_hold(event, ActionKind::Destroy) {
        for dir in destroyed(event, context) {
            let label = Label {
                reason: format!("before `{}`", shortened(event.command_line().unwrap_or_default())),
                ..Label::default()
            };
            findings.push(match keep(&dir, &label) {
                Ok(id) => Finding::new(
                    "snapshot-taken",
                    Verdict::Notice,
                    format!("checkpoint {id} holds the files as they are before this command; `portcullis rollback --to {id}` brings them back"),
                ),
                Err(error) => failed(&error, "this command"),
            });
        }
    }
    Ok(findings)
}

fn failed(error: &anyhow::Error, before: &str) -> Finding {
    Finding::new(
        "snapshot-failed",
        Verdict::Notice,
        format!("no checkpoint could be taken before {before}: {error:#}"),
    )
    .way_out("`portcullis checkpoint create` tries again")
}

/// Takes a checkpoint; one that would be the same as the newest is that one, except of a phase.
fn take(dir: &Path, label: &Label, context: &Context) -> anyhow::Result<String> {
    // A policy that cannot be used has no say in what is kept.
    let policy = Policy::load(dir, context.env).unwrap_or_default().checkpoints;
    let same = if label.phase.is_some() { WhenSame::Make } else { WhenSame::Reuse };
    Ok(checkpoint::create(dir, &policy, label, same)?.id)
}

/// Run and phase of each packet in a prompt.
fn phases(prompt: &str) -> Vec<(String, String)> {
    // Also of a workflow script, whose prompts the client indents.
    handover::packets(prompt)
        .into_iter()
        .map(|packet| (packet.run, packet.phase))
        .filter(|(run, phase)| !run.is_empty() && !phase.is_empty())
        .collect()
}

/// Whether the packet, or the gates of its phase, keep the worker from being spawned: then the phase
/// does not begin yet.
fn refused(event: &Event, context: &Context) -> bool {
    [packet::CHECK, phase::CHECK].iter().any(|check| {
        (check.applies)(event)
            && (check.judge)(event, context)
                .map_or(true, |found| found.iter().any(|one| one.verdict == Verdict::Deny))
    })
}

/// Keeps the tree for each phase that is new in its run. A checkpoint of before, when there is one,
/// is what the phase began with.
fn begin(phases: &[(String, String)], before: Option<&str>, context: &Context) -> Option<Finding> {
    let work = || -> anyhow::Result<()> {
        let root = checkpoint::repository(&context.cwd)?.root;
        let known = store::list(&root)?;
        let before = before.and_then(|id| known.iter().find(|one| one.id == id));
        for (run, phase) in phases {
            let same = |one: &checkpoint::Checkpoint| {
                one.facts.run.as_deref() == Some(run) && one.facts.phase.as_deref() == Some(phase)
            };
            if known.iter().any(same) {
                continue;
            }
            let label = Label {
                run: Some(run.clone()),
                phase: Some(phase.clone()),
                reason: "a phase begins".to_owned(),
            };
            match before {
                Some(before) => checkpoint::name_again(&root, before, &label).map(drop)?,
                None => take(&root, &label, context).map(drop)?,
            }
        }
        Ok(())
    };
    work().err().map(|error| failed(&error, "this phase"))
}

/// Keeps the tree before the first tool call of an agent that a workflow script started. What it was
/// asked stands in its transcript only, which the client may write later than the call: then the
/// checkpoint gets its name at a later one.
fn follow(event: &Event, context: &Context) -> Option<Finding> {
    const DONE: &str = "done";
    let state = context.state()?;
    let (session, agent) =
        (event.payload.session_id.as_deref(), event.payload.agent_id.as_deref()?);
    let run = state::noted(state, session, WORKFLOW)?;
    let name = format!("checkpoint-{agent}");
    let before = state::noted(state, session, &name);
    if before.as_deref() == Some(DONE) || (before.is_none() && !event.is_pre_tool()) {
        return None;
    }
    let found = transcript::file(event)
        .and_then(|file| transcript::prompt(&file))
        .map(|prompt| phases(&prompt.text))
        .unwrap_or_default();
    let note = |text: &str| state::note(state, session, &name, text);
    let result = if !found.is_empty() {
        note(DONE).map_err(anyhow::Error::from).map(|()| begin(&found, before.as_deref(), context))
    } else if before.is_none() {
        let agent = event.agent_name().unwrap_or("an agent");
        let reason = format!("before the first call of {agent}");
        take(&context.cwd, &Label { run: Some(run), phase: None, reason }, context)
            .and_then(|id| Ok(note(&id)?))
            .map(|()| None)
    } else {
        return None;
    };
    result.unwrap_or_else(|error| Some(failed(&error, "this agent's work")))
}

/// The folders in which a command line takes away files or uncommitted work.
fn destroyed(event: &Event, context: &Context) -> Vec<PathBuf> {
    let (_, actions) = context.line(event);
    let mut found: Vec<PathBuf> = actions
        .iter()
        .filter(|action| action.kind == ActionKind::Destroy && destroy::is_of_files(action))
        .map(|action| match &action.dir {
            Some(dir) if dir.is_dir() => dir.clone(),
            _ => context.cwd.clone(),
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn shortened(line: &str) -> String {
    /// Characters of a command line that a reason holds.
    const LONGEST: usize = 80;
    // Redacted before it is cut: half a secret is not recognised any more.
    let line = crate::secrets::redact(line);
    let line = line.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// A repository whose index cannot be read, so that no checkpoint is possible: that must be said.
fn planted(dir: &Path) -> Value {
    let _ = std::fs::write(dir.join(".git/index"), "no index");
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-snapshot",
        "tool_input": {"command": "git reset --hard"},
    })
}
