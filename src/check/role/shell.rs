//! The working tree around a shell call of an agent that may not change it.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::Value;

use super::may;
use crate::checkpoint::{self, Label, WhenSame, rollback};
use crate::gate::tree::{self, Snapshot};
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::journal;
use crate::state::{self, Repository};

/// Bytes at the end of the journal in which calls of other agents are looked for.
const TAIL: u64 = 512 * 1024;

/// Tools that change files.
const CHANGERS: &[&str] =
    &["Bash", "PowerShell", "Monitor", "Write", "Edit", "MultiEdit", "NotebookEdit"];

fn name(event: &Event) -> String {
    format!("shell-{}", event.payload.tool_use_id.as_deref().unwrap_or("none"))
}

/// The ref that keeps the tree before the call.
fn reference(event: &Event) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let id = event.payload.tool_use_id.as_deref().unwrap_or("none");
    format!("refs/portcullis/roles/{}", id.chars().map(plain).take(100).collect::<String>())
}

/// Keeps the tree before the call.
pub(super) fn before(event: &Event, context: &Context) -> anyhow::Result<()> {
    let (Some(repository), Some(state)) = (Repository::discover(&context.cwd), context.state())
    else {
        return Ok(());
    };
    let snapshot = Snapshot::take(&repository.root)?;
    snapshot.keep(&reference(event))?;
    // What the call may not change is taken back from a checkpoint: byte for byte, and the index.
    let policy = context.policy().map_or_else(|_| Default::default(), |policy| policy.checkpoints);
    let agent = event.agent_name().unwrap_or("an agent");
    let label = Label { reason: format!("before a shell call of {agent}"), ..Label::default() };
    let kept = checkpoint::create(&repository.root, &policy, &label, WhenSame::Reuse)?;
    let text = format!("{} {} {}", snapshot.tree, journal::now_ms(), kept.id);
    Ok(state::note(state, event.payload.session_id.as_deref(), &name(event), &text)?)
}

/// Compares the tree after the call, and takes back what the role may not change.
pub(super) fn after(
    event: &Event,
    agent: &str,
    paths: &[String],
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let (Some(repository), Some(state)) = (Repository::discover(&context.cwd), context.state())
    else {
        return Ok(None);
    };
    let session = event.payload.session_id.as_deref();
    let Some(noted) = state::noted(state, session, &name(event)) else { return Ok(None) };
    let mut noted = noted.split(' ');
    let (Some(tree), Some(since), Some(kept)) = (noted.next(), noted.next(), noted.next()) else {
        return Ok(None);
    };
    let now = Snapshot::take(&repository.root)?;
    let mut changed = Vec::new();
    for path in tree::changed_since(tree, &now)? {
        if !may(&repository.root, paths, &path)? {
            changed.push(path);
        }
    }
    let mut said = None;
    if !changed.is_empty() {
        let alone = !others_worked(state, event, since.parse().unwrap_or_default());
        let policy =
            context.policy().map_or_else(|_| Default::default(), |policy| policy.checkpoints);
        let how = match alone {
            true => match rollback::files(&repository.root, &policy, kept, &changed) {
                Ok(()) => "the files are as they were before the call".to_owned(),
                Err(error) => format!(
                    "they could not be taken back: {error:#}; `portcullis rollback --to {kept}` does it"
                ),
            },
            false => "another agent worked at the same time, so nothing was taken back".to_owned(),
        };
        let shown: Vec<&str> = changed.iter().take(5).map(String::as_str).collect();
        let more = match changed.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        said = Some(
            Finding::new(
                "role-changed",
                Verdict::Deny,
                format!(
                    "this call of {agent} changed {}{more}, which its role may not; {how}",
                    shown.join(", ")
                ),
            )
            .way_out("look without writing; say in the report what should change"),
        );
    }
    // The tree before is of no use any more.
    let _ = git::text(&repository.root, ["update-ref", "-d", &reference(event)]);
    Ok(said)
}

/// Whether a call of somebody else that can change files was made since, or was open then.
fn others_worked(state: &Path, event: &Event, since: u64) -> bool {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(journal::file(state))?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(text)
    };
    let Ok(text) = read() else { return true };
    let own = event.payload.agent_id.as_deref();
    let mut open: Vec<String> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(line) = serde_json::from_slice::<Value>(line) else { continue };
        let changes = line["tool"].as_str().is_some_and(|tool| CHANGERS.contains(&tool));
        if !changes || line["agent"].as_str() == own {
            continue;
        }
        let id = line["tool_use"].as_str().unwrap_or_default().to_owned();
        match line["event"].as_str() {
            Some("PreToolUse") if line["decision"] != "deny" => {
                if line["ts"].as_u64().is_some_and(|ts| ts >= since) {
                    return true;
                }
                open.push(id);
            }
            Some("PostToolUse" | "PostToolUseFailure") => {
                if line["ts"].as_u64().is_some_and(|ts| ts >= since) {
                    return true;
                }
                open.retain(|other| *other != id);
            }
            _ => {}
        }
    }
    // A call that was never answered (a session that ended) is not open for ever.
    open.iter().any(|id| !id.is_empty() && same_session_open(&text, id, event))
}

/// Whether an unanswered call belongs to this session.
fn same_session_open(text: &[u8], id: &str, event: &Event) -> bool {
    let session = event.payload.session_id.as_deref();
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .any(|line| line["tool_use"].as_str() == Some(id) && line["session"].as_str() == session)
}
