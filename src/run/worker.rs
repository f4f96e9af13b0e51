//! What an agent of a session works on, found out once and kept in the session's folder.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::handover;
use super::packet::Packet;
use super::transcript;
use crate::hook::event::Event;
use crate::state as place;

/// One agent and its task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Worker {
    /// The run.
    pub run: String,
    /// Whether a workflow script spawned it; then nobody saw its packet before it began.
    pub scripted: bool,
    /// Why it must not work, when it was refused.
    pub refused: Option<String>,
    /// Whether a report of it was accepted.
    pub reported: bool,
    /// The packet, when it has one.
    pub packet: Option<Packet>,
    /// The client that wrote its transcript.
    pub client: Option<String>,
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

/// Times that an agent's first call waits for its transcript, which the client writes beside the call.
const TRIES: u32 = 150;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// As [`read`], at an agent's first call: waits until the client has written what the agent was asked.
/// Where it writes no transcripts, only the first call waits.
pub fn first_read(state: &Path, event: &Event, run: &str) -> Option<Worker> {
    if let Some(worker) = read(event, run) {
        return Some(worker);
    }
    let payload = &event.payload;
    let waited = format!("waited-{}", payload.agent_id.as_deref()?);
    let is_told = payload.transcript_path.as_deref().is_some_and(|path| !path.is_empty());
    if !is_told || !place::first_time(state, payload.session_id.as_deref(), &waited) {
        return None;
    }
    (0..TRIES).find_map(|_| {
        std::thread::sleep(PAUSE);
        read(event, run)
    })
}

/// Reads what an agent was asked from its transcript; `None` while the client has not written it.
pub fn read(event: &Event, run: &str) -> Option<Worker> {
    let payload = &event.payload;
    let session = Path::new(payload.transcript_path.as_deref()?);
    let file = match payload.agent_transcript_path.as_deref() {
        Some(file) => Path::new(file).to_path_buf(),
        None => transcript::of_agent(session, payload.agent_id.as_deref()?)?,
    };
    let (prompt, client) = transcript::asked(&file)?;
    let packet = handover::packets(&prompt).into_iter().next();
    Some(Worker {
        run: run.to_owned(),
        scripted: handover::is_computed(&prompt),
        packet,
        client,
        ..Worker::default()
    })
}
