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
use crate::hook::reply::{Finding, Verdict};
use crate::run::packet::Packet;
use crate::shell::ActionKind;
use crate::state;

/// The check.
pub const CHECK: Check =
    Check { id: "snapshot", source: include_str!("snapshot.rs"), applies, judge, planted };

/// The note that a workflow of a run was started in a session; its text is the run.
const WORKFLOW: &str = "workflow-run";

/// Bytes at the beginning of an agent's transcript in which its task stands.
const HEAD: u64 = 256 * 1024;

fn applies(event: &Event) -> bool {
    event.is_pre_tool()
        && (matches!(event.tool(), Some("Agent" | "Workflow"))
            || event.command_line().is_some()
            || event.payload.agent_id.is_some())
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let keep = |dir: &Path, label: &Label| take(dir, label, context);
    match event.tool() {
        Some("Agent") => {
            let prompt = event.input("prompt").unwrap_or_default();
            let phases = if prompt.contains(FENCE) { phases(prompt) } else { Vec::new() };
            if !phases.is_empty() && !refused(event, context) {
                findings.extend(begin(&phases, context));
            }
        }
        Some("Workflow") => {
            // The client hands `args` on as they were given: an object, or its text.
            let args = &event.payload.tool_input["args"];
            let text = args.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            let run = text.as_ref().unwrap_or(args)["run"].as_str();
            if let (Some(run), Some(state)) = (run, context.state()) {
                state::note(state, event.payload.session_id.as_deref(), WORKFLOW, run)?;
                findings.extend(begin(&[(run.to_owned(), "start".to_owned())], context));
            }
        }
        _ => {}
    }
    if event.payload.agent_id.is_some() {
        findings.extend(first_call(event, context));
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
    prompt
        .split(FENCE)
        .skip(1)
        .filter_map(|block| {
            let (body, _) = block.split_once("\n```")?;
            let packet = serde_json::from_str::<Packet>(body).ok()?;
            Some((packet.run, packet.phase))
        })
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

/// Keeps the tree for each phase that is new in its run.
fn begin(phases: &[(String, String)], context: &Context) -> Option<Finding> {
    let work = || -> anyhow::Result<()> {
        let root = checkpoint::repository(&context.cwd)?.root;
        let known = store::list(&root)?;
        for (run, phase) in phases {
            let same = |one: &&checkpoint::Checkpoint| {
                one.facts.run.as_deref() == Some(run) && one.facts.phase.as_deref() == Some(phase)
            };
            if known.iter().any(|one| same(&one)) {
                continue;
            }
            let label = Label {
                run: Some(run.clone()),
                phase: Some(phase.clone()),
                reason: "a phase begins".to_owned(),
            };
            take(&root, &label, context)?;
        }
        Ok(())
    };
    work().err().map(|error| failed(&error, "this phase"))
}

/// Keeps the tree before the first tool call of an agent that a workflow script started: the client
/// shows its task nowhere before.
fn first_call(event: &Event, context: &Context) -> Option<Finding> {
    let state = context.state()?;
    let (session, agent) =
        (event.payload.session_id.as_deref(), event.payload.agent_id.as_deref()?);
    let run = state::noted(state, session, WORKFLOW)?;
    let seen = format!("checkpoint-{agent}");
    if state::seen(state, session, &seen) || !state::first_time(state, session, &seen) {
        return None;
    }
    let found = task(event, agent).map(|text| phases(&text)).unwrap_or_default();
    if !found.is_empty() {
        return begin(&found, context);
    }
    let name = event.agent_name().unwrap_or("an agent");
    let label =
        Label { run: Some(run), phase: None, reason: format!("before the first call of {name}") };
    take(&context.cwd, &label, context).err().map(|error| failed(&error, "this agent's work"))
}

/// The task of an agent, from the beginning of its transcript: a line for each message, with the
/// prompt as the first one of the user.
fn task(event: &Event, agent: &str) -> Option<String> {
    let main = PathBuf::from(event.payload.transcript_path.as_deref()?);
    let folder = main.with_extension("").join("subagents");
    let name = format!("agent-{agent}.jsonl");
    let mut file = [folder.join(&name)].into_iter().find(|file| file.exists());
    if file.is_none() {
        // Agents of one workflow share a folder of their own.
        let groups = std::fs::read_dir(&folder).ok()?.flatten();
        let below = groups.flat_map(|group| {
            let deeper = std::fs::read_dir(group.path()).into_iter().flatten().flatten();
            std::iter::once(group.path()).chain(deeper.map(|one| one.path())).collect::<Vec<_>>()
        });
        file = below.map(|group| group.join(&name)).find(|file| file.exists());
    }
    let mut text = Vec::new();
    std::io::Read::read_to_end(
        &mut std::io::Read::take(std::fs::File::open(file?).ok()?, HEAD),
        &mut text,
    )
    .ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let content = &line["message"]["content"];
        let blocks = content.as_array().into_iter().flatten().map(|block| &block["text"]);
        let mut texts = std::iter::once(content).chain(blocks).filter_map(Value::as_str);
        // The client indents each line of a text that a workflow script computed (seen with 2.1.330).
        texts.find(|text| text.contains(FENCE)).map(|text| text.replace("\n  ", "\n"))
    })
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
