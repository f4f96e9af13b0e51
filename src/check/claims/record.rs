//! What became of a report: a line in the run's journal, and a word to whoever waits for it when it is invalid.

use serde_json::{Value, json};

use super::facts::Facts;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::journal;
use crate::run;
use crate::run::workers;
use crate::secrets;
use crate::state;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Passed on, nothing is held against it.
    Accepted,
    /// Sent back with what is wrong.
    Returned,
    /// Passed on although it is wrong, because it was sent back often enough.
    Invalid,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "report_accepted",
            Self::Returned => "report_returned",
            Self::Invalid => "report_invalid",
        }
    }
}

const UNTOLD: &str = "untold-reports";

/// Writes what became of a report.
///
/// # Errors
/// When the run's journal cannot be written.
pub(super) fn outcome(
    outcome: Outcome,
    report: Option<&Value>,
    findings: &[Finding],
    facts: &Facts,
    event: &Event,
) -> anyhow::Result<()> {
    let Some(state) = facts.context().state() else { return Ok(()) };
    let session = event.payload.session_id.as_deref();
    let packet = facts.packet();
    if outcome == Outcome::Invalid {
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        let name = event.payload.agent_type.as_deref().unwrap_or("an agent");
        let task = packet.map(|packet| format!(" on {:?}", packet.task)).unwrap_or_default();
        let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        let line = format!(
            "the report of {name}{task} is invalid ({}): {}\n",
            rules.join(", "),
            said.join("; ")
        );
        let before = state::noted(state, session, UNTOLD).unwrap_or_default();
        state::note(state, session, UNTOLD, &format!("{before}{line}"))?;
    }
    let Some(packet) = packet.filter(|packet| !packet.run.is_empty()) else { return Ok(()) };
    let file = run::folder(state, &packet.run).join("journal.jsonl");
    // A run that this repository does not know gets no folder by a packet that names it.
    if !file.exists() {
        return Ok(());
    }
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    let field = |name: &str| report.and_then(|report| report.get(name)).cloned();
    let summary = field("summary").and_then(|text| text.as_str().map(str::to_owned));
    let line = json!({
        "v": run::VERSION,
        "ts": journal::now_ms(),
        "kind": outcome.word(),
        "run": packet.run,
        "phase": packet.phase,
        "task": packet.task,
        "agent": facts.agent(),
        "agent_type": event.payload.agent_type,
        "session": session,
        "status": field("status").or_else(|| field("verdict")),
        "rules": rules,
        "summary": summary.map(|text| secrets::redact(&text).chars().take(300).collect::<String>()),
    });
    Ok(journal::append_bytes(&file, format!("{line}\n").as_bytes())?)
}

/// Takes an agent whose report was passed on out of those at work.
pub(super) fn done(facts: &Facts, event: &Event) {
    let (Some(state), Some(agent)) = (facts.context().state(), event.payload.agent_id.as_deref())
    else {
        return;
    };
    if let Some(packet) = facts.packet().filter(|packet| !packet.write_set.is_empty()) {
        let folder = workers::folder(state, &packet.run, event.payload.session_id.as_deref());
        workers::leave(&folder, None, Some(agent));
    }
}

/// What the one who waits for reports is to be told, once.
pub(super) fn untold(event: &Event, context: &Context) -> Option<Finding> {
    let (state, session) = (context.state()?, event.payload.session_id.as_deref());
    let text = state::noted(state, session, UNTOLD).filter(|text| !text.is_empty())?;
    // Told twice is better than never.
    let _ = state::note(state, session, UNTOLD, "");
    let message = format!(
        "Portcullis: {}Do not rely on what it says; look at the files and run the gates, or dispatch the task again.",
        text.replace('\n', ". ")
    );
    Some(Finding::new("claims-invalid", Verdict::Context, message))
}
