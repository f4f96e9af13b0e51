//! Keeps what a judging agent answered, with the tree it began on and the tree it ended on.

use serde_json::Value;

use crate::check::claims::unfenced;
use crate::gate::tree::Snapshot;
use crate::gate::verdict::{self, Verdict};
use crate::gate::{self};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::journal;
use crate::run::report::{Report, Review, ReviewVerdict, Severity, Status};
use crate::secrets;
use crate::state::{self, Repository};

/// Agents whose answer a gate asks for.
const JUDGES: &[&str] = &["architect", "code-reviewer", "security-auditor", "system-architect"];

/// Marker of an agent that wrote a file.
pub(super) fn author(agent: &str) -> String {
    format!("author-{agent}")
}

/// Looks at the begin and the answer of a judging agent.
pub(super) fn watch(event: &Event, agent: &str, context: &Context) -> anyhow::Result<()> {
    // A verdict is what the client says that an agent answered.
    if !JUDGES.contains(&agent) || context.env.called_by_script() {
        return Ok(());
    }
    // The main thread of a session that runs as this agent has no id; its verdict is nobody's.
    let (Some(id), Some(state)) = (&event.payload.agent_id, context.state()) else { return Ok(()) };
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(()) };
    let session = event.payload.session_id.as_deref();
    let began = format!("began-{id}");
    let answer = match event.kind {
        Some(Kind::SubagentStart) => {
            let tree = Snapshot::take(&repository.root)?.tree;
            return Ok(state::note(state, session, &began, &tree)?);
        }
        Some(Kind::PreToolUse) if event.tool() == Some("StructuredOutput") => {
            judged(&event.payload.tool_input)
        }
        Some(Kind::SubagentStop) => {
            let text = event.payload.last_assistant_message.as_deref().unwrap_or_default();
            serde_json::from_str(unfenced(text)).ok().and_then(|value: Value| judged(&value))
        }
        _ => return Ok(()),
    };
    let Some((approve, summary)) = answer else { return Ok(()) };
    let policy = crate::config::Policy::load(&repository.root, context.env)?;
    let kept = Verdict {
        role: agent.to_owned(),
        agent: id.clone(),
        session: session.map(str::to_owned),
        before: state::noted(state, session, &began),
        after: gate::working_tree(&repository.root)?,
        approve,
        author: state::seen(state, session, &author(id)),
        summary: secrets::redact(&summary).chars().take(300).collect(),
        records: gate::records(&repository.root, &policy)?,
        at_ms: journal::now_ms(),
    };
    verdict::keep(state, &kept).map(drop)
}

/// Whether the answer approves, and its words; `None` when it is no answer.
fn judged(value: &Value) -> Option<(bool, String)> {
    if value.get("verdict").is_some() {
        let review: Review = serde_json::from_value(value.clone()).ok()?;
        // A contradiction is refused by `claims`; here it approves nothing.
        let grave = review.findings.iter().any(|finding| finding.severity != Severity::Minor);
        let approve = review.verdict == ReviewVerdict::Approve && !grave;
        return Some((approve, review.summary));
    }
    let report: Report = serde_json::from_value(value.clone()).ok()?;
    let approve = matches!(report.status, Status::Completed | Status::CompletedWithConcerns);
    Some((approve, report.summary))
}
