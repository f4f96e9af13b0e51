//! What follows from a report that is passed on: its worker is not at work any more, and whoever waits for it is told when it is
//! invalid.

use super::facts::Facts;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::run::overlap;
use crate::state;

/// What the waiting orchestrator is still to be told.
const UNTOLD: &str = "untold-reports";

/// Keeps what is to be said of an invalid report to the one who waits for it.
///
/// # Errors
/// When the state folder cannot be written.
pub(super) fn invalid(findings: &[Finding], facts: &Facts, event: &Event) -> anyhow::Result<()> {
    let Some(state) = facts.context().state() else { return Ok(()) };
    let session = event.payload.session_id.as_deref();
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    let name = event.payload.agent_type.as_deref().unwrap_or("an agent");
    let task = facts.packet().map(|packet| format!(" on {:?}", packet.task)).unwrap_or_default();
    let line = format!(
        "the report of {name}{task} is invalid ({}): {}\n",
        rules.join(", "),
        said.join("; ")
    );
    let before = state::noted(state, session, UNTOLD).unwrap_or_default();
    Ok(state::note(state, session, UNTOLD, &format!("{before}{line}"))?)
}

/// Takes an agent whose report was passed on out of those at work.
pub(super) fn done(facts: &Facts, event: &Event) {
    let (Some(state), Some(agent)) = (facts.context().state(), event.payload.agent_id.as_deref())
    else {
        return;
    };
    if let Some(packet) = facts.packet().filter(|packet| !packet.write_set.is_empty()) {
        let folder = overlap::folder(state, &packet.run, event.payload.session_id.as_deref());
        overlap::leave(&folder, None, Some(agent));
    }
}

/// What the one who waits for reports is to be told, once.
pub(super) fn untold(event: &Event, context: &Context) -> Vec<Finding> {
    let Some(state) = context.state() else { return Vec::new() };
    let session = event.payload.session_id.as_deref();
    let Some(text) = state::noted(state, session, UNTOLD).filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    // Told twice is better than never.
    let _ = state::note(state, session, UNTOLD, "");
    let text = text.trim_end().replace('\n', ". ");
    let message = format!(
        "Portcullis: {text}. Do not rely on what it says; look at the files and run the gates, or dispatch the task again."
    );
    vec![
        Finding::new("claims-invalid", Verdict::Context, message),
        // The client does not show the user what a hook says inside of a subagent (seen with 2.1.330).
        Finding::new("claims-invalid", Verdict::Notice, text),
    ]
}
