//! A task is handed out once, within the run's budget, and never in a run that was stopped.
//!
//! **What it does.** Before a packet of a run goes to an agent, the run's journal is asked. The `Agent` tool is refused
//! before the spawn. An agent that a workflow script spawns is seen at its first tool call: its calls are refused then, but
//! for the `StructuredOutput` by which it hands back a report.
//!
//! **Rules.**
//!
//! - `dispatch-aborted`: a person stopped the run.
//! - `dispatch-accepted`: the report of this very packet was accepted, and what the packet names did not change since. The
//!   accepted report is in the refusal, so that it can be used.
//! - `dispatch-rounds`: the task had its repair rounds (`runs.rounds`, 3).
//! - `dispatch-breaker`: agents of this type died or handed back invalid reports `retry.breaker` times in a row.
//! - `dispatch-budget`: a limit of `runs` in the policy is used up, or the packet hands over more than a worker's context
//!   may hold. At `runs.warn` percent (80) the orchestrator is told, once a run.
//! - `dispatch-unknown`: the packet names a run that was not begun here, in a session that works on another; the model is told.
//! - `dispatch-projected`: what a workflow will cost by the runs before it; the model is told.
//!
//! **Way out.** `portcullis run status` says what is open. A person raises the limits of a run with `/approve budget`, lets
//! a broken agent type try once more with `/approve breaker`, or changes the policy. A repair goes out as phase `repair`.
//!
//! **Limits.** A packet without a run, in a session that works on none, is nobody's. An agent that calls no tool is not
//! seen before its report.

use std::path::Path;

use serde_json::{Value, json};

use super::{Check, claims};
use crate::config::Policy;
use crate::gate::approval;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::journal;
use crate::run::breaker::Position;
use crate::run::journal::{Kind, Line};
use crate::run::packet::{self, Packet};
use crate::run::state::{Standing, State, TaskStanding};
use crate::run::worker;
use crate::run::{self, budget, follow, handover, resume};
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "dispatch", source: include_str!("dispatch.rs"), applies, judge, planted };

/// What a person types to let a broken agent type try once more: `/approve breaker`.
pub const BREAKER: &str = "breaker";

fn applies(event: &Event) -> bool {
    event.is_pre_tool()
        && (event.payload.agent_id.is_some()
            || match event.tool() {
                Some("Agent") => event.input("prompt").is_some_and(|p| p.contains(packet::FENCE)),
                Some("Workflow") => true,
                _ => false,
            })
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let Some(state) = context.state() else { return Ok(Vec::new()) };
    let mut findings = Vec::new();
    if event.payload.agent_id.is_some() {
        findings.extend(first_call(event, state, context)?);
    }
    match event.tool() {
        Some("Agent") => {
            let agent = bare(event.input("subagent_type").unwrap_or_default());
            for packet in handover::packets(event.input("prompt").unwrap_or_default()) {
                findings.extend(handed_over(event, &packet, agent, state, context)?);
            }
        }
        Some("Workflow") => findings.extend(script(event, state, context)?),
        _ => {}
    }
    Ok(findings)
}

/// An agent's type without the plugin's prefix.
fn bare(agent: &str) -> &str {
    agent.rsplit(':').next().unwrap_or(agent)
}

/// A packet in an `Agent` call.
fn handed_over(
    event: &Event,
    packet: &Packet,
    agent: &str,
    state: &Path,
    context: &Context,
) -> anyhow::Result<Vec<Finding>> {
    let session = event.payload.session_id.as_deref();
    if !packet.run.is_empty() && !run::exists(state, &packet.run) {
        // Without a run of its own a session may name what it likes.
        return Ok(run::bound(state, session)
            .map(|own| {
                let text = format!(
                    "no run {:?} was begun here, so nothing of this task is recorded; this session works on {own}",
                    packet.run
                );
                Finding::new("dispatch-unknown", Verdict::Context, text)
            })
            .into_iter()
            .collect());
    }
    let Some(id) = Some(packet.run.clone())
        .filter(|run| !run.is_empty())
        .or_else(|| run::bound(state, session))
    else {
        return Ok(Vec::new());
    };
    follow::take_up(state, event, &id)?;
    let run = run::load(state, &id)?;
    if packet.run.is_empty() && !run.standing.is_open() {
        // The session goes on after its run; what it does now belongs to none.
        return Ok(Vec::new());
    }
    let (refusal, warnings) = weigh(event, packet, agent, &run, state, context)?;
    let mut findings: Vec<Finding> = refusal.into_iter().collect();
    findings.extend(warnings);
    Ok(findings)
}

/// An agent's own tool call: the first one shows its packet.
fn first_call(event: &Event, state: &Path, context: &Context) -> anyhow::Result<Option<Finding>> {
    let session = event.payload.session_id.as_deref();
    let Some(id) = run::bound(state, session) else { return Ok(None) };
    let agent_id = event.payload.agent_id.as_deref().unwrap_or_default();
    let refused = |(rule, text): (String, String)| {
        // Its report is how it ends; that call is judged by `claims` alone.
        (event.tool() != Some("StructuredOutput")).then(|| Finding::new(rule, Verdict::Deny, text))
    };
    if let Some(worker) = worker::known(state, session, agent_id) {
        return Ok(worker.refused.and_then(refused));
    }
    let Some(mut worker) = worker::read(event, context) else { return Ok(None) };
    let agent = event.agent_name().unwrap_or_default();
    let mut run = run::load(state, &id)?;
    if !run.standing.is_open() && run.standing != Standing::Aborted {
        return Ok(None);
    }
    let digest = worker.packet.as_ref().map(|packet| handover::digest(packet, agent));
    if let (true, Some(digest)) = (worker.scripted, &digest)
        && follow::bury(state, event, &run, Some(digest))?
    {
        run = run::load(state, &id)?;
    }
    if let (true, Some(packet)) = (worker.scripted, worker.packet.as_ref()) {
        let (refusal, _) = weigh(event, packet, agent, &run, state, context)?;
        follow::dispatched(state, event, &run, packet, agent, refusal.as_ref())?;
        if let Some(finding) = refusal {
            let done = run.tasks.iter().find(|task| Some(&task.digest) == digest.as_ref());
            if let (Some(task), "dispatch-accepted") = (done, finding.rule.as_str()) {
                worker.accepted = Some(worker::Accepted {
                    status: task.status.clone().unwrap_or_default(),
                    files: task.files.clone(),
                });
            }
            let text = format!("{}\nWay out: {}", finding.message, finding.way_out);
            worker.refused = Some((finding.rule, text));
        }
    }
    worker::keep(state, session, agent_id, &worker)?;
    follow::began(state, event, &run, &worker)?;
    Ok(worker.refused.and_then(refused))
}

/// Whether a packet may be handed to an agent, and what the orchestrator should know.
fn weigh(
    event: &Event,
    packet: &Packet,
    agent: &str,
    run: &State,
    state: &Path,
    context: &Context,
) -> anyhow::Result<(Option<Finding>, Vec<Finding>)> {
    let refuse = |rule: &str, message: String, way_out: String| {
        Ok((Some(Finding::new(rule, Verdict::Deny, message).way_out(way_out)), Vec::new()))
    };
    if run.standing == Standing::Aborted {
        let why = run.summary.as_deref().unwrap_or("no reason was given");
        return refuse(
            "dispatch-aborted",
            format!("run {} was stopped for good: {why}", run.run),
            "hand out nothing more for it; the user begins another run with the command".to_owned(),
        );
    }
    let root = Repository::discover(&context.cwd)
        .map_or_else(|| context.project.clone(), |repository| repository.root);
    let digest = handover::digest(packet, agent);
    let done = run.tasks.iter().find(|task| {
        task.digest == digest && task.standing == TaskStanding::Done && task.phase != "repair"
    });
    if let Some(done) = done {
        let own: Vec<&str> =
            run.tasks.iter().flat_map(|task| &task.files).map(String::as_str).collect();
        let then = done.marks.as_deref().unwrap_or("{}");
        if handover::changed(then, packet, &own, &root)?.is_none() {
            return refuse(
                "dispatch-accepted",
                format!(
                    "the report of this task was accepted in this run, and nothing that it is about changed since: {}",
                    resume::accepted(done)
                ),
                "use that report; what has to change goes out as a packet of the phase `repair` with the findings in `requirements`".to_owned(),
            );
        }
    }
    let policy = Policy::load(&context.project, context.env)?;
    let most = policy.runs.rounds;
    let novel = !run.tasks.iter().any(|task| task.digest == digest);
    if packet.phase == "repair" && novel && run.rounds(&packet.task) >= most {
        return refuse(
            "dispatch-rounds",
            format!("the task {} had its {most} repair rounds in this run", packet.task),
            "hand back `needs_context` with what is still red; a person decides how it goes on"
                .to_owned(),
        );
    }
    if let Some(breaker) = run.breakers.get(agent) {
        let by = approval::all(state)?
            .into_iter()
            .filter(|(_, given)| given.what == BREAKER && run.sessions.contains(&given.session))
            .map(|(_, given)| given.at_ms)
            .max();
        if let Position::Open(seconds) = breaker.position(&policy.retry, journal::now_ms(), by) {
            return refuse(
                "dispatch-breaker",
                format!(
                    "{agent} failed {} times in a row in this run, the last time: {}",
                    breaker.failures, breaker.reason
                ),
                format!(
                    "give the task to another agent, wait {seconds} seconds, or let the user type `/approve {BREAKER}`"
                ),
            );
        }
    }
    within_budget(event, packet, agent, run, state, &policy, &root)
}

fn within_budget(
    event: &Event,
    packet: &Packet,
    agent: &str,
    run: &State,
    state: &Path,
    policy: &Policy,
    root: &Path,
) -> anyhow::Result<(Option<Finding>, Vec<Finding>)> {
    let session = event.payload.session_id.as_deref();
    let transcript = event.payload.transcript_path.as_deref();
    let spent = budget::measure(state, session, transcript, run, journal::now_ms())?;
    let raises = budget::raises(state, run);
    let parts = budget::parts(&policy.runs, raises, &spent, Some(agent));
    let user = format!(
        "tell the user: `/approve {}` adds every limit once more for this run, and `runs` in {} changes them for good",
        budget::APPROVAL,
        crate::config::FILE
    );
    if let Some(part) = parts.iter().find(|part| part.is_spent()) {
        let way_out = match part.limit.as_str() {
            "orchestrator.context" => format!("let the user type `/compact`, or {user}"),
            _ => user,
        };
        let message = format!("this run has used up its budget: {}", part.words());
        return Ok((
            Some(Finding::new("dispatch-budget", Verdict::Deny, message).way_out(way_out)),
            Vec::new(),
        ));
    }
    let handed = budget::handed(packet, root);
    let own = policy.runs.of_agent(agent).context.map(|most| most.saturating_mul(raises + 1));
    // The packet's own bound is the orchestrator's: it can only be lower.
    let own = own.into_iter().chain(packet.budget.tokens).min();
    if let Some(most) = own.filter(|most| handed > *most) {
        let message = format!(
            "the packet and its context_files hold about {handed} tokens, and {agent} may be handed {most}"
        );
        let way_out = format!("name fewer or smaller files, or split the task; otherwise {user}");
        return Ok((
            Some(Finding::new("dispatch-budget", Verdict::Deny, message).way_out(way_out)),
            Vec::new(),
        ));
    }
    let mut warnings = Vec::new();
    for part in parts.iter().filter(|part| part.is_near(policy.runs.warn)) {
        if budget::warn(state, session, run, part)? {
            let text = format!(
                "Budget of run {}: {}. Results are summarised, details stay in files.",
                run.run,
                part.words()
            );
            warnings.push(Finding::new("dispatch-budget", Verdict::Context, text));
        }
    }
    Ok((None, warnings))
}

/// A workflow script that is about to start for a run.
fn script(event: &Event, state: &Path, context: &Context) -> anyhow::Result<Option<Finding>> {
    let args = &event.payload.tool_input["args"];
    let parsed: Value;
    let args = match args.as_str() {
        // The client takes JSON text, too.
        Some(text) => {
            parsed = serde_json::from_str(text).unwrap_or_default();
            &parsed
        }
        None => args,
    };
    let Some(id) = args["run"].as_str().filter(|id| run::exists(state, id)) else {
        return Ok(None);
    };
    follow::take_up(state, event, id)?;
    let run = run::load(state, id)?;
    if run.standing == Standing::Aborted {
        let message = format!("run {id} was stopped for good");
        let way_out = "the user begins another run with the command";
        return Ok(Some(Finding::new("dispatch-aborted", Verdict::Deny, message).way_out(way_out)));
    }
    let _ = context;
    Ok(resume::projected(state, &run)?
        .map(|text| Finding::new("dispatch-projected", Verdict::Context, text)))
}

/// A run that was stopped, and one more task for it.
fn planted(dir: &Path) -> Value {
    let run = "r-planted";
    if let Some(repository) = Repository::discover(dir) {
        let state = repository.common_dir.join("portcullis");
        for kind in [Kind::Started, Kind::Aborted] {
            let _ = run::journal::append(&state, &Line::new(run, kind));
        }
    }
    let packet = json!({"task": "planted", "requirements": "r", "run": run, "phase": "implement"});
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Agent",
        "tool_use_id": "planted-dispatch",
        "tool_input": {
            "description": "planted",
            "subagent_type": "backend-developer",
            "prompt": format!("{}\n{packet}\n```\n", packet::FENCE),
        },
    })
}

/// Whether an agent judges and writes nothing, so that its task is about the whole tree.
pub(crate) fn judges(agent: &str) -> bool {
    claims::REVIEWERS.contains(&agent)
}
