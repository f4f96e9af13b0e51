//! Writes a run's journal from what the hook sees, after the hook has answered: what was refused is
//! recorded as refused, whoever refused it.

use std::path::Path;

use serde_json::Value;

use super::journal::{self, Kind, Line};
use super::packet::{self, Packet};
use super::report::{Report, Review, ReviewVerdict};
use super::state::State;
use super::transcript::Usage;
use super::worker::{self, Worker};
use super::{bind, bound, budget, exists, handover, load, message, versions};
use crate::check::dispatch::judges;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind as On;
use crate::hook::reply::{Finding, Reply, Verdict};
use crate::hook::transcript;
use crate::secrets;
use crate::state::Repository;

/// Characters of a text that a line keeps.
const TEXT: usize = 300;

/// Files of a report that a line keeps.
const FILES: usize = 40;

/// Agents that hand out tasks themselves: the report of the one that the session started ends the run.
const ORCHESTRATORS: &[&str] =
    &["feature-orchestrator", "project-orchestrator", "workflow-coordinator"];

/// How the client begins the prompt by which it says that a background task ended.
const NOTIFIED: &str = "<task-notification>";

/// Records what an answered event means for the run that its session works on.
///
/// # Errors
/// When the journal of the run cannot be read or written.
pub fn after(
    event: &Event,
    context: &Context,
    findings: &[Finding],
    reply: &Reply,
) -> anyhow::Result<()> {
    let concerns = match event.kind {
        Some(On::PreToolUse) => {
            event.tool() == Some("StructuredOutput")
                || event.tool() == Some("Agent")
                    && event.input("prompt").is_some_and(|p| p.contains(packet::FENCE))
        }
        Some(On::PostToolUse) => event.tool() == Some("Workflow"),
        Some(On::PostToolUseFailure) => event.tool() == Some("Agent"),
        Some(On::SubagentStop | On::SessionEnd) => true,
        Some(On::UserPromptSubmit) => {
            event.payload.prompt.as_deref().is_some_and(|prompt| prompt.starts_with(NOTIFIED))
        }
        _ => false,
    };
    if !concerns {
        return Ok(());
    }
    let Some(state) = context.state() else { return Ok(()) };
    let session = event.payload.session_id.as_deref();
    // A packet names its run; the check has bound the session to it by now.
    let Some(id) = bound(state, session) else { return Ok(()) };
    if !exists(state, &id) {
        return Ok(());
    }
    let run = load(state, &id)?;
    let denied = reply.verdict == Some(Verdict::Deny);
    match event.kind {
        Some(On::PreToolUse) if event.tool() == Some("Agent") => {
            let agent = event.input("subagent_type").unwrap_or_default();
            let agent = agent.rsplit(':').next().unwrap_or(agent);
            let refusal = denied.then(|| findings.iter().find(|f| f.verdict == Verdict::Deny));
            for packet in handover::packets(event.input("prompt").unwrap_or_default()) {
                let ours = packet.run == id || packet.run.is_empty() && run.standing.is_open();
                if ours {
                    dispatched(state, event, &run, &packet, agent, refusal.flatten())?;
                }
            }
            Ok(())
        }
        Some(On::PreToolUse) => {
            let value = event.payload.tool_input.clone();
            reported(state, event, &run, &value, findings, denied, context)
        }
        Some(On::SubagentStop) => stopped(state, event, &run, findings, denied, context),
        Some(On::PostToolUse) => script(state, event, &run),
        Some(On::PostToolUseFailure) => {
            let Some(packet) = handover::packets(event.input("prompt").unwrap_or_default()).pop()
            else {
                return Ok(());
            };
            let agent = event.input("subagent_type").unwrap_or_default();
            let agent = agent.rsplit(':').next().unwrap_or(agent);
            let reason = event.payload.error.as_deref().map(short);
            let task = of_task(event, &run, Kind::Died, &packet, agent);
            // The event's own id is the caller's.
            let known = run.tasks.iter().find(|known| Some(&known.digest) == task.digest.as_ref());
            let agent_id = known.and_then(|known| known.agent_id.clone());
            let line = Line { reason, agent_id, ..task };
            Ok(journal::append(state, &line)?)
        }
        Some(On::UserPromptSubmit) => notified(state, event, &run),
        _ => session_ended(state, event, &run),
    }
}

/// The session works on this run from now on.
///
/// # Errors
/// When the state folder cannot be written.
pub fn take_up(state: &Path, event: &Event, run: &str) -> anyhow::Result<()> {
    let session = event.payload.session_id.as_deref();
    if bound(state, session).as_deref() == Some(run) {
        return Ok(());
    }
    bind(state, session, run)?;
    budget::begin(state, session, run, event.payload.transcript_path.as_deref());
    if !load(state, run)?.sessions.iter().any(|known| Some(known.as_str()) == session) {
        let reason = Some("another session took it up".to_owned());
        journal::append(state, &Line { reason, ..line(event, run, Kind::Resumed) })?;
    }
    Ok(())
}

/// A packet was handed to an agent, or refused.
///
/// # Errors
/// When the journal cannot be written.
pub fn dispatched(
    state: &Path,
    event: &Event,
    run: &State,
    packet: &Packet,
    agent: &str,
    refusal: Option<&Finding>,
) -> anyhow::Result<()> {
    if let Some(refusal) = refusal {
        let line = Line {
            rules: vec![refusal.rule.clone()],
            reason: Some(short(&refusal.message)),
            ..of_task(event, run, Kind::Refused, packet, agent)
        };
        if refusal.rule == "dispatch-breaker"
            && run.breakers.get(agent).is_some_and(|breaker| !breaker.opened)
        {
            let opened = Line {
                agent: Some(agent.to_owned()),
                reason: Some(short(&refusal.message)),
                ..self::line(event, &run.run, Kind::Breaker)
            };
            journal::append(state, &opened)?;
        }
        return Ok(journal::append(state, &line)?);
    }
    if !packet.phase.is_empty() && run.phase() != Some(packet.phase.as_str()) {
        let phase = Some(packet.phase.clone());
        journal::append(state, &Line { phase, ..line(event, &run.run, Kind::Phase) })?;
    }
    let top = event.payload.agent_id.is_none();
    let handed_out = Line {
        tool_use: event.payload.tool_use_id.clone(),
        orchestrates: top && ORCHESTRATORS.contains(&agent),
        ..of_task(event, run, Kind::Dispatched, packet, agent)
    };
    Ok(journal::append(state, &handed_out)?)
}

/// An agent made its first call.
///
/// # Errors
/// When the journal cannot be written.
pub fn began(state: &Path, event: &Event, run: &State, worker: &Worker) -> anyhow::Result<()> {
    let agent = event.agent_name().unwrap_or_default();
    let line = match &worker.packet {
        Some(packet) => of_task(event, run, Kind::Began, packet, agent),
        None => Line { agent: Some(agent.to_owned()), ..line(event, &run.run, Kind::Began) },
    };
    let line = Line { agent_id: event.payload.agent_id.clone(), ..line };
    Ok(journal::append(state, &line)?)
}

/// Says of agents of a workflow script that they are dead. The client tells nobody when one of them comes to grief (seen with
/// 2.1.330): it is known when its task is handed out again (`digest`), or when the script ends. True when there was one.
///
/// # Errors
/// When the journal cannot be written.
pub fn bury(
    state: &Path,
    event: &Event,
    run: &State,
    digest: Option<&str>,
) -> anyhow::Result<bool> {
    let session = event.payload.session_id.as_deref();
    let mut found = false;
    for (id, agent) in &run.live {
        let Some(worker) = worker::known(state, session, id) else { continue };
        let own = worker.packet.as_ref().map(|packet| handover::digest(packet, agent));
        let meant = digest.is_none_or(|digest| own.as_deref() == Some(digest));
        if !worker.scripted || !meant || event.payload.agent_id.as_deref() == Some(id) {
            continue;
        }
        let line = match (&worker.packet, worker.reported) {
            // It handed its report back; only its end was not seen.
            (_, true) => line(event, &run.run, Kind::Ended),
            (Some(packet), _) => of_task(event, run, Kind::Died, packet, agent),
            (None, _) => line(event, &run.run, Kind::Died),
        };
        let reason = "it came to its end without a report, and the client did not say why";
        let line = Line {
            agent: Some(agent.clone()),
            agent_id: Some(id.clone()),
            reason: Some(reason.to_owned()).filter(|_| line.kind == Kind::Died),
            ..line
        };
        journal::append(state, &line)?;
        found = true;
    }
    Ok(found)
}

fn line(event: &Event, run: &str, kind: Kind) -> Line {
    Line { session: event.payload.session_id.clone(), ..Line::new(run, kind) }
}

fn of_task(event: &Event, run: &State, kind: Kind, packet: &Packet, agent: &str) -> Line {
    Line {
        task: Some(packet.task.clone()),
        phase: Some(packet.phase.clone()).filter(|phase| !phase.is_empty()),
        digest: Some(handover::digest(packet, agent)),
        agent: Some(agent.to_owned()),
        agent_id: event.payload.agent_id.clone().filter(|_| kind != Kind::Dispatched),
        ..line(event, &run.run, kind)
    }
}

/// A short text without secrets.
pub(crate) fn short(text: &str) -> String {
    let text = secrets::redact(text);
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// What the agent of an event works on.
fn worker_of(state: &Path, event: &Event, context: &Context) -> Option<Worker> {
    let session = event.payload.session_id.as_deref();
    let known = worker::known(state, session, event.payload.agent_id.as_deref()?);
    known.or_else(|| worker::read(event, context))
}

/// Rules that judge a report.
fn of_report(finding: &&Finding) -> bool {
    finding.rule.starts_with("claims-") || finding.rule.starts_with("role-")
}

/// An object was handed back by `StructuredOutput`.
fn reported(
    state: &Path,
    event: &Event,
    run: &State,
    value: &Value,
    findings: &[Finding],
    denied: bool,
    context: &Context,
) -> anyhow::Result<()> {
    let (Some(agent_id), agent) = (&event.payload.agent_id, event.agent_name().unwrap_or_default())
    else {
        return Ok(());
    };
    let Some(mut worker) = worker_of(state, event, context) else { return Ok(()) };
    if denied {
        return returned(state, event, run, &worker, agent, findings, Kind::Returned);
    }
    let session = event.payload.session_id.as_deref();
    worker.reported = true;
    worker::keep(state, session, agent_id, &worker)?;
    if findings.iter().any(|finding| of_report(&finding)) {
        return returned(state, event, run, &worker, agent, findings, Kind::Invalid);
    }
    if let (Some(gate), Some(status)) = (text(value, "gate"), text(value, "status")) {
        let line = Line {
            gate: Some(short(&gate)),
            status: Some(short(&status)),
            receipt: text(value, "receipt").map(|receipt| short(&receipt)),
            ..line(event, &run.run, Kind::Gate)
        };
        return Ok(journal::append(state, &line)?);
    }
    accepted(state, event, run, &worker, agent, value, context)
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn returned(
    state: &Path,
    event: &Event,
    run: &State,
    worker: &Worker,
    agent: &str,
    findings: &[Finding],
    kind: Kind,
) -> anyhow::Result<()> {
    let found: Vec<&Finding> = findings.iter().filter(of_report).collect();
    let task = match &worker.packet {
        Some(packet) => of_task(event, run, kind, packet, agent),
        None => Line { agent: Some(agent.to_owned()), ..line(event, &run.run, kind) },
    };
    let mut rules: Vec<String> = found.iter().map(|finding| finding.rule.clone()).collect();
    rules.dedup();
    let reason = found.first().map(|finding| short(&finding.message));
    let agent_id = event.payload.agent_id.clone();
    Ok(journal::append(state, &Line { rules, reason, agent_id, ..task })?)
}

fn accepted(
    state: &Path,
    event: &Event,
    run: &State,
    worker: &Worker,
    agent: &str,
    value: &Value,
    context: &Context,
) -> anyhow::Result<()> {
    let Some(packet) = &worker.packet else { return Ok(()) };
    let root = Repository::discover(&context.cwd)
        .map_or_else(|| context.project.clone(), |repository| repository.root);
    let mut line = Line {
        agent_id: event.payload.agent_id.clone(),
        ..of_task(event, run, Kind::Accepted, packet, agent)
    };
    if let Ok(review) = serde_json::from_value::<Review>(value.clone()) {
        let word = match review.verdict {
            ReviewVerdict::Approve => "approve",
            ReviewVerdict::RequestChanges => "request_changes",
        };
        line.status = Some(word.to_owned());
        line.summary = Some(short(&review.summary));
        line.reasons = review
            .findings
            .iter()
            .take(FILES)
            .map(|f| short(&format!("{}:{} {}", f.file, f.line, f.problem)))
            .collect();
    } else if let Ok(report) = serde_json::from_value::<Report>(value.clone()) {
        line.status = text(value, "status");
        line.summary = Some(short(&report.summary));
        line.files = report.files_changed.iter().take(FILES).map(|file| short(file)).collect();
        line.tests_passing = Some(report.tests_passing);
    } else {
        // An object of the script's own: what it says is between the script and its agent.
        return Ok(());
    }
    // Who changed nothing looked at the project as it was.
    let looked = judges(agent) || line.files.is_empty();
    line.marks = Some(handover::marks(packet, looked, &root)?);
    journal::append(state, &line)?;
    let orchestrates = run
        .tasks
        .iter()
        .any(|task| Some(&task.digest) == line.digest.as_ref() && task.orchestrates);
    if orchestrates {
        let end = Line {
            status: line.status,
            summary: line.summary,
            ..self::line(event, &run.run, Kind::Finished)
        };
        journal::append(state, &end)?;
    }
    Ok(())
}

/// A subagent stops, or is sent back.
fn stopped(
    state: &Path,
    event: &Event,
    run: &State,
    findings: &[Finding],
    denied: bool,
    context: &Context,
) -> anyhow::Result<()> {
    let (Some(agent_id), Some(agent)) = (&event.payload.agent_id, event.agent_name()) else {
        return Ok(());
    };
    if agent.is_empty() || !run.standing.is_open() {
        // The client's own helpers (a summary, a title) have no type.
        return Ok(());
    }
    let Some(worker) = worker_of(state, event, context) else { return Ok(()) };
    if denied {
        return returned(state, event, run, &worker, agent, findings, Kind::Returned);
    }
    if !worker.reported {
        let said = event.payload.last_assistant_message.as_deref().unwrap_or_default();
        if findings.iter().any(|finding| of_report(&finding)) {
            returned(state, event, run, &worker, agent, findings, Kind::Invalid)?;
        } else if let Ok(value) = message::object(said) {
            accepted(state, event, run, &worker, agent, &value, context)?;
        } else if let (Some(packet), true) = (&worker.packet, said.trim().is_empty()) {
            let reason = Some("it came to its end without a report".to_owned());
            let line = Line { reason, ..of_task(event, run, Kind::Died, packet, agent) };
            journal::append(state, &line)?;
        }
    }
    let mut usage = Usage::default();
    if let Some(file) = transcript::complete(event) {
        usage.read(&file)?;
    }
    let line = Line {
        agent: Some(agent.to_owned()),
        agent_id: Some(agent_id.clone()),
        tokens: Some(usage.tokens()),
        context: Some(usage.peak()),
        turns: Some(usage.turns),
        ms: Some(usage.ms()),
        ..line(event, &run.run, Kind::Ended)
    };
    journal::append(state, &line)?;
    let client = usage.client.as_deref();
    Ok(versions::record(state, &run.run, &context.project, client, context.env)?)
}

/// The client started a workflow script.
fn script(state: &Path, event: &Event, run: &State) -> anyhow::Result<()> {
    let answer = &event.payload.tool_response;
    let line = Line {
        script: text(answer, "scriptPath"),
        workflow_run: text(answer, "runId"),
        task_id: text(answer, "taskId"),
        workflow: text(answer, "workflowName"),
        ..line(event, &run.run, Kind::Script)
    };
    Ok(journal::append(state, &line)?)
}

/// The client says that a background task ended; when it is the run's script, the run did.
fn notified(state: &Path, event: &Event, run: &State) -> anyhow::Result<()> {
    let prompt = event.payload.prompt.as_deref().unwrap_or_default();
    let Some(task) = between(prompt, "<task-id>", "</task-id>") else { return Ok(()) };
    if run.background.as_deref() != Some(task) {
        return Ok(());
    }
    bury(state, event, run, None)?;
    let result = between(prompt, "<result>", "</result>").unwrap_or_default();
    let result: Value = serde_json::from_str(result).unwrap_or_default();
    let status = text(&result, "status").or_else(|| {
        // The script itself came to grief, or hands back something else than a status.
        let client = between(prompt, "<status>", "</status>")?;
        Some(if client == "completed" { "completed" } else { "failed" }.to_owned())
    });
    let summary = text(&result, "summary")
        .or_else(|| between(prompt, "<summary>", "</summary>").map(str::to_owned));
    let line = Line {
        status,
        summary: summary.map(|text| short(&text)),
        ..line(event, &run.run, Kind::Finished)
    };
    Ok(journal::append(state, &line)?)
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

/// The session ends; with work under way the run is interrupted.
fn session_ended(state: &Path, event: &Event, run: &State) -> anyhow::Result<()> {
    if run.standing != super::state::Standing::Running {
        return Ok(());
    }
    interrupted(state, event, run)
}

/// Says that the client went away with work under way, when it did.
///
/// # Errors
/// When the journal cannot be written.
pub fn interrupted(state: &Path, event: &Event, run: &State) -> anyhow::Result<()> {
    let open: Vec<String> = run.open().map(super::state::Task::name).take(FILES).collect();
    if open.is_empty() && run.live.is_empty() && run.background.is_none() {
        return Ok(());
    }
    Ok(journal::append(state, &Line { open, ..line(event, &run.run, Kind::Interrupted) })?)
}

/// A session that works on an open run was started again.
///
/// # Errors
/// When the journal cannot be written.
pub fn resumed(state: &Path, event: &Event, run: &State, context: &Context) -> anyhow::Result<()> {
    if run.standing == super::state::Standing::Running {
        // Killed: no end of the session was seen.
        interrupted(state, event, run)?;
    }
    let reason = event.payload.source.clone();
    journal::append(state, &Line { reason, ..line(event, &run.run, Kind::Resumed) })?;
    Ok(versions::record(state, &run.run, &context.project, None, context.env)?)
}
