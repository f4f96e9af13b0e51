//! A task packet is checked before the worker does anything with it.
//!
//! **What it does.** An orchestrator hands work over as JSON in a fenced block with the info string
//! `portcullis-packet`. Before the `Agent` tool spawns the worker, the block is read: it must be
//! one JSON object of the schema (`portcullis schema packet`) whose values can be meant: a task and requirements, a base tree that the
//! repository has, a write set inside the project, a budget above nothing. An agent that a workflow script starts is seen
//! at its first tool call; its packet is read from its transcript then, and that call and all others are refused but the
//! one that hands back its report.
//!
//! What a packet's `write_set` does not hold, the worker's file tools may not write. Two workers of a run that are at
//! work at the same time may not have write sets that meet: the second is refused.
//!
//! **Rules.**
//!
//! - `packet-malformed`: refused, with each field that is wrong.
//! - `packet-overlap`: a worker at work may write what this one may; refused, with both tasks and the patterns that meet.
//! - `packet-write-set`: a file tool would write outside of the worker's write set; refused.
//!
//! **Way out.** Correct the field and spawn again; dispatch the second worker when the first has handed back its report. A prompt
//! without such a block is not judged.
//!
//! **Limits.** A write set is compared as patterns, without looking at the files. What a shell command writes is compared when the
//! worker reports (`claims`). A worker without a write set is not compared with others.

mod spawn;
pub(crate) mod taken;

use std::path::Path;

use serde_json::{Value, json};

use super::{Check, role};
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields::Problem;
use crate::run::overlap::{self, Worker};
use crate::run::packet::{self, Packet};
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "packet", source: include_str!("packet.rs"), applies, judge, planted };

pub(super) const FENCE: &str = packet::FENCE;

fn applies(event: &Event) -> bool {
    let agent = event.tool() == Some("Agent");
    match event.kind {
        Some(Kind::PreToolUse) => event.payload.agent_id.is_some() || agent && has_packet(event),
        Some(Kind::PostToolUse | Kind::PostToolUseFailure) => agent && has_packet(event),
        _ => false,
    }
}

fn has_packet(event: &Event) -> bool {
    event.input("prompt").is_some_and(|prompt| prompt.contains(FENCE))
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if !event.is_pre_tool() {
        spawn::ended(event, context);
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    if event.payload.agent_id.is_some() {
        findings.extend(taken::judge(event, context)?);
    }
    if event.tool() == Some("Agent") && has_packet(event) {
        findings.extend(spawn::judge(event, context)?);
    }
    Ok(findings)
}

/// Reads a packet and looks its base tree up.
fn read(body: &str, context: &Context) -> Result<Packet, Vec<Problem>> {
    let packet = Packet::read(body)?;
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(packet) };
    let object = format!("{}^{{tree}}", packet.base_tree);
    if !packet.base_tree.is_empty()
        && git::text(&repository.root, ["cat-file", "-e", &object]).is_err()
    {
        let text =
            format!("this repository has no tree {}; copy it from the run facts", packet.base_tree);
        return Err(vec![Problem::new("base_tree", text)]);
    }
    Ok(packet)
}

/// Enters a worker among those at work; what is to be said when another one is in its way.
fn enter(
    packet: &Packet,
    tool_use: Option<&str>,
    agent: Option<&str>,
    agent_name: &str,
    event: &Event,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    // A role that writes nothing is in nobody's way.
    let reads = role::allowed(agent_name, context).is_some_and(|paths| paths.is_empty());
    let Some(state) = context.state().filter(|_| !packet.write_set.is_empty() && !reads) else {
        return Ok(None);
    };
    let folder = overlap::folder(state, &packet.run, event.payload.session_id.as_deref());
    let now = crate::journal::now_ms();
    let worker = Worker {
        task: packet.task.clone(),
        write_set: packet.write_set.clone(),
        tool_use: tool_use.map(str::to_owned),
        agent: agent.map(str::to_owned),
        client: context.env.client_pid,
        at_ms: now,
    };
    let Some((other, mine, its)) = overlap::enter(&folder, &worker, now)? else { return Ok(None) };
    Ok(Some(Finding::new(
        "packet-overlap",
        Verdict::Deny,
        format!(
            "the worker on {:?} is at work and may write {its}, which meets {mine} in the write set of {:?}",
            other.task, packet.task
        ),
    )))
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-doctor",
        "cwd": dir,
        "tool_name": "Agent",
        "tool_use_id": "planted-packet",
        "tool_input": {
            "description": "planted",
            "subagent_type": "backend-developer",
            "prompt": format!("{FENCE}\n{{\"task\": \"no-requirements\"}}\n```\n"),
        },
    })
}
