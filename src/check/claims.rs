//! A worker's report is compared with the facts before anyone reads it.
//!
//! **What it does.** A report says which files changed, whether the tests pass, how the task ended and what shows it. The diff, the
//! receipts and the calls that were seen say whether that is so. When they disagree, the report goes back to the
//! worker with the facts, all of them at once. A workflow agent answers by the `StructuredOutput` tool, which is
//! refused; a plain subagent is stopped from stopping (`SubagentStop`). Each at most twice: then the report is passed on as
//! it is, the journal and the run's journal say `invalid`, and the user and the waiting orchestrator are told.
//!
//! **Rules.**
//!
//! - `claims-report`: a report that is not JSON of the schema (`portcullis schema report`), with each field that is wrong.
//! - `claims-review`: a review that is not JSON of its schema, approves beside a critical or major finding, or quotes what the file
//!   does not hold.
//! - `claims-tests`: `tests_passing: true` without a passing receipt for this tree.
//! - `claims-gate`: a gate is said to have passed and has not.
//! - `claims-files`: a file that is named and did not change, or changed by the worker's own call and is not named.
//! - `claims-idle`: the task is said to be done, and no tool was called that could have done it.
//! - `claims-scope`: what the worker changed is outside of its packet's write set.
//! - `claims-evidence`: a command that was not run, or a receipt that is not there or says something else.
//! - `claims-summary`: a summary that is empty or has over 1,500 characters.
//! - `claims-steps`: `needs_context` or `blocked` with nothing in `next_steps`.
//! - `claims-invalid`: a report that is still refused after two returns; told to the user and to the one who waits for it.
//!
//! **Way out.** Do what the text says, or report what is true: `tests_passing: false` and `failed` are always accepted.
//!
//! **Whose reports.** Those of the bundle's agents: `portcullis:NAME`, or NAME when the project's own
//! `.claude/agents/NAME.md` is the installed one. Of any other agent only claimed tests and a claimed gate are compared.
//!
//! **Limits.** Files, calls and evidence are compared for agents that were seen from their start. A file that somebody else
//! changed at the same time is neither a lie nor an omission. What a command left running in the background writes later is not
//! attributed to anybody. A lie about what the code does is the reviewer's business and the tests'.

mod calls;
mod evidence;
mod facts;
mod files;
mod idle;
mod paths;
mod record;
mod review;
mod scope;
mod steps;
mod summary;
mod tests;

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::bundle;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields;
use crate::run::message;
use crate::run::report::{Report, Review};
use crate::state;
use facts::Facts;

pub use summary::CAP as SUMMARY_CAP;

/// The check.
pub const CHECK: Check =
    Check { id: "claims", source: include_str!("claims.rs"), applies, judge, planted };

/// Agents of the bundle whose last word is a [`Review`]; all others hand back a [`Report`].
pub const REVIEWERS: &[&str] =
    &["accessibility-expert", "code-reviewer", "performance-analyzer", "security-auditor"];

/// The plugin's name, as it stands before the types of its agents.
const PREFIX: &str = "portcullis:";

/// Words that every agent of the bundle holds and hardly any other.
const MARK: &str = "portcullis-packet";

/// Times an agent is sent back before its report is passed on as it is.
pub const RETURNS: u32 = 2;

/// How the prompt begins by which the client tells of a background task that ended.
const NOTIFICATION: &str = "<task-notification>";

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::PreToolUse) => event.tool() == Some("StructuredOutput"),
        Some(Kind::PostToolUse) => matches!(event.tool(), Some("Agent" | "Workflow")),
        Some(Kind::UserPromptSubmit) => {
            event.payload.prompt.as_deref().is_some_and(|prompt| prompt.starts_with(NOTIFICATION))
        }
        Some(Kind::SubagentStart | Kind::SubagentStop) => true,
        _ => false,
    }
}

/// Whether the bundle has an agent of this name.
fn in_bundle(name: &str) -> bool {
    bundle::FILES.iter().any(|file| {
        let stem = file.path.strip_prefix("agents/").and_then(|rest| rest.strip_suffix(".md"));
        stem == Some(name)
    })
}

/// The name of the bundle's agent that the event is about. `debugger` and the like are names that users and other
/// plugins give too: a bare one is ours only when the project's definition is.
fn ours<'a>(event: &'a Event, context: &Context) -> Option<&'a str> {
    let given = event.payload.agent_type.as_deref()?;
    let name = given.strip_prefix(PREFIX).unwrap_or(given);
    if !in_bundle(name) {
        return None;
    }
    let installed = || {
        let file = context.project.join(".claude/agents").join(format!("{name}.md"));
        std::fs::read_to_string(file).is_ok_and(|text| text.contains(MARK))
    };
    (name != given || installed()).then_some(name)
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    match event.kind {
        Some(Kind::SubagentStart) => {
            if ours(event, context).is_some() {
                facts::begin(event, context)?;
            }
            Ok(Vec::new())
        }
        Some(Kind::PostToolUse | Kind::UserPromptSubmit) => Ok(record::untold(event, context)),
        Some(Kind::SubagentStop) => stopped(event, context),
        _ => structured(event, context),
    }
}

/// An agent hands back an object by the `StructuredOutput` tool.
fn structured(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let facts = Facts::new(event, context);
    let value = &event.payload.tool_input;
    let findings = judge_object(ours(event, context), value, &facts)?;
    let findings = answered(findings, &facts, event)?;
    let goes_on = findings.iter().any(|finding| finding.verdict == Verdict::Deny);
    if let (false, Some(state)) = (goes_on, context.state()) {
        // The agent stops next; its report was judged here, its last text is no report.
        let session = event.payload.session_id.as_deref();
        state::first_time(state, session, &format!("reported-{}", facts.agent()));
    }
    Ok(findings)
}

/// A plain subagent wants to stop; its last message is its report.
fn stopped(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let facts = Facts::new(event, context);
    let findings = last_message(event, context, &facts)?;
    if findings.iter().all(|finding| finding.verdict != Verdict::Deny) {
        record::done(&facts, event);
    }
    Ok(findings)
}

fn last_message(event: &Event, context: &Context, facts: &Facts) -> anyhow::Result<Vec<Finding>> {
    let (Some(name), Some(state)) = (ours(event, context), context.state()) else {
        return Ok(Vec::new());
    };
    let session = event.payload.session_id.as_deref();
    if state::seen(state, session, &format!("reported-{}", facts.agent())) {
        return Ok(Vec::new());
    }
    let text = event.payload.last_assistant_message.as_deref().unwrap_or_default();
    let findings = match message::object(text) {
        Ok(value) => judge_object(Some(name), &value, facts)?,
        Err(problem) => {
            let (rule, schema) = match REVIEWERS.contains(&name) {
                true => ("claims-review", "review"),
                false => ("claims-report", "report"),
            };
            let finding = Finding::new(rule, Verdict::Deny, format!("the last message {problem}"))
                .way_out(format!(
                    "answer with the {schema} object only (see `portcullis schema {schema}`)"
                ));
            vec![finding]
        }
    };
    answered(findings, facts, event)
}

/// Counts the returns of a report. What is wrong for the third time is passed on as invalid.
fn answered(
    mut findings: Vec<Finding>,
    facts: &Facts,
    event: &Event,
) -> anyhow::Result<Vec<Finding>> {
    let (Some(state), session) = (facts.context().state(), event.payload.session_id.as_deref())
    else {
        return Ok(findings);
    };
    let counter = format!("returns-{}", facts.agent());
    let returned: u32 = state::noted(state, session, &counter)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    let is_invalid = !findings.is_empty() && returned >= RETURNS;
    // What was passed on once does not count against the next report of the same agent.
    let count = if findings.is_empty() || is_invalid { 0 } else { returned + 1 };
    if count != returned {
        state::note(state, session, &counter, &count.to_string())?;
    }
    if is_invalid {
        record::invalid(&findings, facts, event)?;
        let name = event.agent_name().unwrap_or("the agent");
        for finding in &mut findings {
            finding.verdict = Verdict::Notice;
            finding.way_out = String::new();
        }
        findings.insert(
            0,
            Finding::new(
                "claims-invalid",
                Verdict::Notice,
                format!("{name} was sent back {RETURNS} times and its report is still refused; do not rely on this report"),
            ),
        );
    }
    Ok(findings)
}

/// Judges one object that an agent hands back; `ours` is its name when it is one of the bundle.
fn judge_object(ours: Option<&str>, value: &Value, facts: &Facts) -> anyhow::Result<Vec<Finding>> {
    match ours {
        Some(name) if REVIEWERS.contains(&name) => {
            return Ok(match typed::<Review>(value, "claims-review", "review") {
                Ok(review) => {
                    let mut findings = review::judge(&review, facts);
                    findings.extend(summary::judge(&review.summary));
                    findings
                }
                Err(finding) => vec![*finding],
            });
        }
        Some(_) => {
            return match typed::<Report>(value, "claims-report", "report") {
                Ok(report) => judge_report(&report, facts),
                Err(finding) => Ok(vec![*finding]),
            };
        }
        None => {}
    }
    if value.get("tests_passing") == Some(&Value::Bool(true)) {
        let found = tests::judge("claims-tests", "tests_passing is true", "test", facts)?;
        return Ok(found.into_iter().collect());
    }
    let gate = value.get("gate").and_then(Value::as_str);
    if let (Some(gate), Some("passed")) = (gate, value.get("status").and_then(Value::as_str)) {
        let claim = format!("the {gate} gate is said to have passed");
        return Ok(tests::judge("claims-gate", &claim, gate, facts)?.into_iter().collect());
    }
    Ok(Vec::new())
}

/// Judges the report of an agent of the bundle: every claim, so that one return can mend them all.
fn judge_report(report: &Report, facts: &Facts) -> anyhow::Result<Vec<Finding>> {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(summary::judge(&report.summary));
    findings.extend(steps::judge(report));
    if report.tests_passing {
        findings.extend(tests::judge("claims-tests", "tests_passing is true", "test", facts)?);
    }
    if facts.is_watched() && !facts.repeats(report) {
        findings.extend(idle::judge(report, facts));
        findings.extend(files::judge(report, facts));
        findings.extend(scope::judge(report, facts));
        findings.extend(evidence::judge(report, facts));
    }
    Ok(findings)
}

/// A value as the message it is to be, or what is to be said of each field that is wrong.
fn typed<T: serde::de::DeserializeOwned + schemars::JsonSchema>(
    value: &Value,
    rule: &str,
    schema: &str,
) -> Result<T, Box<Finding>> {
    let wrong = |text: String| {
        let message = format!("the {schema} does not fit its schema: {text}");
        Box::new(
            Finding::new(rule, Verdict::Deny, message)
                .way_out(format!("correct that; `portcullis schema {schema}` prints the schema")),
        )
    };
    let problems = fields::problems(&schemars::schema_for!(T).to_value(), value);
    if !problems.is_empty() {
        return Err(wrong(fields::listed(&problems)));
    }
    serde_json::from_value(value.clone()).map_err(|error| wrong(error.to_string()))
}

/// The text of the object in a message, or the message where there is none that can be told.
pub(crate) fn unfenced(text: &str) -> &str {
    message::found(text).unwrap_or(text)
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-doctor",
        "cwd": dir,
        "agent_id": "planted",
        "agent_type": "backend-developer",
        "tool_name": "StructuredOutput",
        "tool_use_id": "planted-claims",
        "tool_input": {
            "status": "completed",
            "summary": "a claim without a receipt",
            "files_changed": [],
            "tests_passing": true,
            "next_steps": [],
        },
    })
}
