//! A worker's report is compared with the facts before anyone reads it.
//!
//! **What it does.** A report says `tests_passing: true`; the receipts say whether this binary ran
//! the tests on exactly the tree as it is now. When they disagree, the report goes back to the
//! worker with the facts. A workflow agent answers by the `StructuredOutput` tool, which is
//! refused; a plain subagent is stopped from stopping (`SubagentStop`), at most twice, then its
//! report is passed on, the user is told and the journal keeps it.
//!
//! **Rules.** `claims-tests`: `tests_passing: true` without a passing receipt for this tree.
//! `claims-gate`: a gate is said to have passed and has not. `claims-report`: a report that is not
//! JSON of the schema (`portcullis schema report`). `claims-review`: a review that is not JSON of
//! its schema, or approves beside a critical or major finding.
//!
//! **Way out.** Run `portcullis gate run test` after the last edit, or report what is true:
//! `tests_passing: false` is always accepted.
//!
//! **Whose reports.** Those of the bundle's agents: `portcullis:NAME`, or NAME when the project's own
//! `.claude/agents/NAME.md` is the installed one. Of any other agent only a claimed gate is compared.
//!
//! **Limits.** In this version `files_changed` and `status` are not compared with the diff.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::bundle;
use crate::config::Policy;
use crate::gate::{self, Standing};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::run::report::{Report, Review, ReviewVerdict, Severity};
use crate::state;

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

/// Times a plain subagent is sent back before its report is passed on as it is.
const RETURNS: u32 = 2;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::PreToolUse) => event.tool() == Some("StructuredOutput"),
        Some(Kind::SubagentStop) => event.agent_name().is_some_and(in_bundle),
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
    let ours = ours(event, context);
    let name = ours.unwrap_or_default();
    let agent = event.payload.agent_id.as_deref().unwrap_or("main");
    let session = event.payload.session_id.as_deref();
    if event.is_pre_tool() {
        let finding = judge_object(ours, &event.payload.tool_input, context)?;
        if let (None, Some(state)) = (&finding, context.state()) {
            // The agent stops next; its report was judged here, its last text is no report.
            state::first_time(state, session, &format!("reported-{agent}"));
        }
        return Ok(finding.into_iter().collect());
    }
    if ours.is_none() {
        return Ok(Vec::new());
    }
    let Some(state) = context.state() else { return Ok(Vec::new()) };
    if state::seen(state, session, &format!("reported-{agent}")) {
        return Ok(Vec::new());
    }
    let text = event.payload.last_assistant_message.as_deref().unwrap_or_default();
    let finding = match serde_json::from_str::<Value>(unfenced(text)) {
        Ok(value) if value.is_object() => judge_object(ours, &value, context)?,
        _ => {
            let (rule, schema) = if REVIEWERS.contains(&name) {
                ("claims-review", "review")
            } else {
                ("claims-report", "report")
            };
            Some(
                Finding::new(rule, Verdict::Deny, "the last message is not one JSON object")
                    .way_out(format!(
                        "answer with the {schema} object only (see `portcullis schema {schema}`)"
                    )),
            )
        }
    };
    let Some(mut finding) = finding else { return Ok(Vec::new()) };
    let sent_back =
        (1..=RETURNS).any(|n| state::first_time(state, session, &format!("return-{n}-{agent}")));
    if !sent_back {
        finding.verdict = Verdict::Notice;
        finding.message = format!(
            "{name} was sent back {RETURNS} times and its report is still refused: {}",
            finding.message
        );
        finding.way_out = "do not rely on this report".to_owned();
    }
    Ok(vec![finding])
}

/// Judges one object that an agent hands back; `ours` is its name when it is one of the bundle.
fn judge_object(
    ours: Option<&str>,
    value: &Value,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    if ours.is_some_and(|name| REVIEWERS.contains(&name)) {
        return Ok(judge_review(value));
    }
    if ours.is_some()
        && let Err(error) = serde_json::from_value::<Report>(value.clone())
    {
        return Ok(Some(
            Finding::new(
                "claims-report",
                Verdict::Deny,
                format!("the report does not fit its schema: {error}"),
            )
            .way_out("correct that field; `portcullis schema report` prints the schema"),
        ));
    }
    if value.get("tests_passing") == Some(&Value::Bool(true)) {
        return judge_gate("claims-tests", "tests_passing is true", "test", context);
    }
    let gate = value.get("gate").and_then(Value::as_str);
    if let (Some(gate), Some("passed")) = (gate, value.get("status").and_then(Value::as_str)) {
        let claim = format!("the {gate} gate is said to have passed");
        return judge_gate("claims-gate", &claim, gate, context);
    }
    Ok(None)
}

fn judge_gate(
    rule: &str,
    claim: &str,
    gate: &str,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let policy = Policy::load(&context.cwd, context.env)?;
    let standing = gate::working_tree(&context.cwd).and_then(|tree| {
        let standing = gate::standing(gate, &tree, &policy, &context.cwd, context.env)?;
        Ok((tree, standing))
    });
    let facts = match standing {
        Ok((_, Standing::Passed(_))) => return Ok(None),
        Ok((tree, standing)) => standing.sentence(gate, &tree),
        // No repository, or no command to run: then nothing can have passed.
        Err(error) => format!("{error:#}"),
    };
    Ok(Some(Finding::new(rule, Verdict::Deny, format!("{claim}, but {facts}")).way_out(format!(
        "run `{}` after the last edit, or report that it does not pass",
        gate::next(gate)
    ))))
}

fn judge_review(value: &Value) -> Option<Finding> {
    let review: Review = match serde_json::from_value(value.clone()) {
        Ok(review) => review,
        Err(error) => {
            return Some(
                Finding::new(
                    "claims-review",
                    Verdict::Deny,
                    format!("the review does not fit its schema: {error}"),
                )
                .way_out("correct that field; `portcullis schema review` prints the schema"),
            );
        }
    };
    let worst = review.findings.iter().find(|f| f.severity != Severity::Minor);
    match (review.verdict, worst) {
        (ReviewVerdict::Approve, Some(finding)) => Some(
            Finding::new(
                "claims-review",
                Verdict::Deny,
                format!(
                    "the review approves and lists a {:?} finding in {}:{}",
                    finding.severity, finding.file, finding.line
                )
                .to_lowercase(),
            )
            .way_out("answer request_changes, or lower the severity with a reason"),
        ),
        _ => None,
    }
}

/// The text inside one Markdown code fence, when that is all there is.
pub(crate) fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
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
