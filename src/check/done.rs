//! A session or a worker that changed files does not say "done" before the gates that the policy names.
//!
//! **What it does.** When the policy names gates under `boundaries.done`, the tree is noted when a prompt comes in. When
//! the agent wants to stop and the tree is another one, those gates must have passed on it. Otherwise the agent is sent
//! back with the facts, at most twice for one prompt; after that it may stop, and the user is told which gate is open.
//! `boundaries.worker` asks the same of each subagent: the tree is noted when it starts, and its end, or the report of a
//! workflow's agent that says `completed`, waits for the gates, at most twice for one agent.
//!
//! **Rules.** `done-open`: sent back, or told to the user.
//!
//! **Way out.** Run the gate that is named. A worker that reports another status than `completed` is let go. Without
//! `boundaries.done` and `boundaries.worker`, which is the built-in policy, nothing is asked.
//!
//! **Limits.** The client itself ends a session after several refusals in a row, and a person can always interrupt. What
//! another worker changed at the same time counts as this one's; agents whose role writes nothing are not asked.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::gate::{self, Standing};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::state::{self, Repository};

/// The check.
pub const CHECK: Check =
    Check { id: "done", source: include_str!("done.rs"), applies, judge, planted };

/// Times the agent is sent back for one prompt, or a worker in its life.
const RETURNS: u32 = 2;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::UserPromptSubmit | Kind::Stop | Kind::SubagentStart | Kind::SubagentStop) => {
            true
        }
        Some(Kind::PreToolUse) => is_report(event),
        _ => false,
    }
}

/// The answer of a workflow's agent: the client does not let its end be refused.
fn is_report(event: &Event) -> bool {
    event.tool() == Some("StructuredOutput") && event.payload.agent_id.is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let worker = event.payload.agent_id.as_deref();
    let boundary = if worker.is_some() { "worker" } else { "done" };
    // The session's policy says cheaply that nothing is asked, which is the usual case.
    if context.policy().is_ok_and(|policy| policy.needs(boundary).is_empty()) {
        return Ok(Vec::new());
    }
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(Vec::new()) };
    let Some(state) = context.state() else { return Ok(Vec::new()) };
    if worker.is_some() && is_free(event, context) {
        return Ok(Vec::new());
    }
    let policy = Policy::load(&repository.root, context.env)?;
    let session = event.payload.session_id.as_deref();
    let tree = gate::working_tree(&repository.root)?;
    let begin = match worker {
        Some(id) => format!("worker-begin-{id}"),
        None => "done-begin".to_owned(),
    };
    if matches!(event.kind, Some(Kind::UserPromptSubmit | Kind::SubagentStart)) {
        // What an earlier prompt of this session left undone stays undone.
        if state::noted(state, session, &begin).is_none() {
            state::note(state, session, &begin, &tree)?;
        }
        return Ok(Vec::new());
    }
    if state::noted(state, session, &begin).is_some_and(|begin| begin == tree) {
        return Ok(Vec::new());
    }
    for gate in policy.needs(boundary) {
        let said = match gate::standing(gate, &tree, &policy, &repository.root, context.env) {
            Ok(Standing::Passed(_)) => continue,
            Ok(standing) => standing.sentence(gate, &tree),
            Err(error) => format!("{error:#}"),
        };
        let bound = worker.or(event.payload.prompt_id.as_deref()).unwrap_or("none");
        let sent_back = (1..=RETURNS)
            .any(|n| state::first_time(state, session, &format!("{boundary}-{n}-{bound}")));
        let finding = match sent_back {
            true => Finding::new("done-open", Verdict::Deny, format!("this is not done: {said}"))
                .way_out(format!("run `{}`, or say that it is not done and why", gate::next(gate))),
            false => Finding::new(
                "done-open",
                Verdict::Notice,
                format!("the agent stops, and this is not done: {said}"),
            ),
        };
        return Ok(vec![finding]);
    }
    // A tree that passed is the new beginning.
    state::note(state, session, &begin, &tree)?;
    Ok(Vec::new())
}

/// Whether a worker is not asked: its role writes nothing, or it does not say that it is done.
fn is_free(event: &Event, context: &Context) -> bool {
    let writes_nothing = event
        .agent_name()
        .and_then(|agent| super::role::allowed(agent, context))
        .is_some_and(|paths| paths.is_empty());
    let text = event.payload.last_assistant_message.as_deref().unwrap_or_default();
    let report = match is_report(event) {
        true => event.payload.tool_input.clone(),
        false => serde_json::from_str(super::claims::unfenced(text)).unwrap_or_default(),
    };
    let status = report.get("status").and_then(Value::as_str);
    writes_nothing || status.is_some_and(|status| status != "completed")
}

/// A policy that asks for the test gate, and a file that nobody tested.
fn planted(dir: &Path) -> Value {
    let policy = "gates: {test: {command: [sh, -c, 'exit 1']}}\nboundaries: {done: [test]}\n";
    let _ = std::fs::write(dir.join(crate::config::FILE), policy);
    json!({
        "hook_event_name": "Stop",
        "session_id": format!("portcullis-planted-{}", std::process::id()),
        "cwd": dir,
        "prompt_id": "planted",
        "last_assistant_message": "All done.",
    })
}
