//! The packet that an agent was given, read from its own transcript at its first tool call and kept.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{enter, read};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::hook::transcript::{self, Prompt};
use crate::run::fields;
use crate::run::overlap;
use crate::run::packet::{self, Packet};
use crate::state::{self, Repository};

/// Milliseconds that a transcript is waited for.
const LATE: u64 = 2_000;

/// Milliseconds between two looks at it.
const PAUSE: u64 = 10;

/// Tools that write a file.
const WRITERS: &[&str] = &["Write", "Edit", "MultiEdit", "NotebookEdit"];

/// What an agent was given.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// The first packet in its prompt.
    pub(crate) packet: Option<Packet>,
    /// What is wrong with its packet; nobody could say so before it started.
    #[serde(default)]
    malformed: Option<String>,
    /// Whether a workflow script started it.
    #[serde(default)]
    pub(crate) by_workflow: bool,
}

/// What the agent of this event was given; `None` when its transcript is not there (yet).
pub(crate) fn of(event: &Event, context: &Context) -> Option<Taken> {
    let agent = event.payload.agent_id.as_deref()?;
    let session = event.payload.session_id.as_deref();
    let (state, name) = (context.state()?, format!("packet-{agent}"));
    let kept = state::noted(state, session, &name);
    if let Some(taken) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        return Some(taken);
    }
    let prompt = prompt(event, state)?;
    let mut taken = Taken { by_workflow: prompt.by_workflow, ..Taken::default() };
    if let Some(block) = packet::blocks(&prompt.text).next() {
        match block.map_err(|problem| vec![problem]).and_then(|body| read(body, context)) {
            Ok(packet) => taken.packet = Some(packet),
            Err(problems) => taken.malformed = Some(fields::listed(&problems)),
        }
    }
    if let (Some(packet), Some(tool_use)) = (&taken.packet, &prompt.tool_use) {
        overlap::link(&overlap::folder(state, &packet.run, session), tool_use, agent);
    }
    // Kept for speed only; without it the transcript is read once more.
    let text = serde_json::to_string(&taken).unwrap_or_default();
    let _ = state::note(state, session, &name, &text);
    Some(taken)
}

/// The prompt in the agent's transcript. The client writes it beside the agent's first call and sometimes a moment after it, so
/// it is waited for, once.
fn prompt(event: &Event, state: &Path) -> Option<Prompt> {
    let read = || transcript::prompt(&transcript::file(event)?);
    let payload = &event.payload;
    let wait = || {
        // Where the session has no transcript, its agents have none.
        let session = payload.transcript_path.as_deref().is_some_and(|p| Path::new(p).is_file());
        let agent = payload.agent_id.as_deref().unwrap_or_default();
        session && state::first_time(state, payload.session_id.as_deref(), &format!("late-{agent}"))
    };
    let found = read();
    if found.is_some() || !wait() {
        return found;
    }
    (0..LATE / PAUSE).find_map(|_| {
        std::thread::sleep(Duration::from_millis(PAUSE));
        read()
    })
}

/// Judges a tool call of an agent.
pub(super) fn judge(event: &Event, context: &Context) -> anyhow::Result<Option<Finding>> {
    let Some(taken) = of(event, context) else { return Ok(None) };
    // The way to hand back stays open.
    if event.tool() == Some("StructuredOutput") {
        return Ok(None);
    }
    if let Some(problems) = &taken.malformed {
        let finding = Finding::new(
            "packet-malformed",
            Verdict::Deny,
            format!("the packet of this task cannot be carried out: {problems}"),
        );
        return Ok(Some(finding.way_out(
            "change nothing; hand back a report with the status needs_context and this text in next_steps",
        )));
    }
    let Some(packet) = &taken.packet else { return Ok(None) };
    if packet.write_set.is_empty() {
        return Ok(None);
    }
    if taken.by_workflow
        && let Some(met) = enter_once(packet, event, context)?
    {
        return Ok(Some(met.way_out(
            "wait for nothing and change nothing; hand back a report with the status blocked and this text in next_steps",
        )));
    }
    outside(packet, event, context)
}

/// Enters an agent that a workflow script started, at its first call.
fn enter_once(
    packet: &Packet,
    event: &Event,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let (session, agent) =
        (event.payload.session_id.as_deref(), event.payload.agent_id.as_deref().unwrap_or("none"));
    let marker = format!("entered-{agent}");
    let Some(state) = context.state().filter(|state| !state::seen(state, session, &marker)) else {
        return Ok(None);
    };
    let name = event.agent_name().unwrap_or_default();
    let met = enter(packet, None, Some(agent), name, event, context)?;
    if met.is_none() {
        state::first_time(state, session, &marker);
    }
    Ok(met)
}

/// Refuses a file tool outside of the write set.
fn outside(packet: &Packet, event: &Event, context: &Context) -> anyhow::Result<Option<Finding>> {
    if !event.tool().is_some_and(|tool| WRITERS.contains(&tool)) {
        return Ok(None);
    }
    let file = event.input("file_path").or_else(|| event.input("notebook_path"));
    let (Some(file), Some(repository)) = (file, Repository::discover(&context.cwd)) else {
        return Ok(None);
    };
    // What lies outside of the project is a scratch file; other checks look at it.
    let Some(path) = crate::check::role::inside(&repository.root, &context.cwd.join(file)) else {
        return Ok(None);
    };
    if overlap::holds(&overlap::matcher(&packet.write_set)?, &path) {
        return Ok(None);
    }
    Ok(Some(
        Finding::new(
            "packet-write-set",
            Verdict::Deny,
            format!("{path} is outside of this task's write set: {}", packet.write_set.join(", ")),
        )
        .way_out(
            "leave it as it is; when the task cannot be done without it, hand back needs_context and name it in next_steps",
        ),
    ))
}
