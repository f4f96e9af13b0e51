//! What the hook knows of an agent that works for a run, kept in the session's folder.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::packet::Packet;
use super::report::Report;
use crate::check::packet::taken;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::state as place;

/// One agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Worker {
    /// Whether a workflow script spawned it; then nobody saw its packet before it began.
    pub scripted: bool,
    /// Why it must not work, when it was refused: rule and text.
    pub refused: Option<(String, String)>,
    /// The accepted report of its task, when it was refused for that: it may hand that back.
    pub accepted: Option<Accepted>,
    /// Whether a report of it was accepted.
    pub reported: bool,
    /// The packet, when it has one.
    pub packet: Option<Packet>,
}

/// What an accepted report claims.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accepted {
    /// How the task ended.
    pub status: String,
    /// Files that it names.
    pub files: Vec<String>,
}

fn name(agent_id: &str) -> String {
    format!("worker-{agent_id}")
}

/// What was kept of an agent.
pub fn known(state: &Path, session: Option<&str>, agent_id: &str) -> Option<Worker> {
    serde_json::from_str(&place::noted(state, session, &name(agent_id))?).ok()
}

/// Keeps it.
///
/// # Errors
/// When the state folder cannot be written.
pub fn keep(
    state: &Path,
    session: Option<&str>,
    agent_id: &str,
    worker: &Worker,
) -> std::io::Result<()> {
    place::note(state, session, &name(agent_id), &serde_json::to_string(worker)?)
}

/// What the agent of an event was given; `None` while the client has not written its transcript.
pub fn read(event: &Event, context: &Context) -> Option<Worker> {
    let taken = taken::of(event, context)?;
    Some(Worker { scripted: taken.by_workflow, packet: taken.packet, ..Worker::default() })
}

/// Whether an agent whose task was done already hands back the report that was accepted for it. What
/// that claims was compared when it was accepted; the agent itself did nothing.
pub fn repeats(event: &Event, context: &Context, report: &Report) -> bool {
    let known = || {
        let session = event.payload.session_id.as_deref();
        known(context.state()?, session, event.payload.agent_id.as_deref()?)?.accepted
    };
    known().is_some_and(|accepted| {
        let status = serde_json::to_value(report.status).unwrap_or_default();
        status == accepted.status.as_str() && report.files_changed == accepted.files
    })
}
