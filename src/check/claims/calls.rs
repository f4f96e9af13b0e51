//! What an agent really called, from the journal and from its own transcript.
//!
//! The journal is written before the client goes on, but cuts long commands and may be set to keep less; the transcript has all of
//! them in full, but comes a little late. Together they are what was seen.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::hook::transcript;
use crate::journal;

/// Bytes of the journal that are read at most, from its end.
const CAP: u64 = 64 << 20;

/// Tools that write a file.
const WRITERS: &[&str] = &["Write", "Edit", "MultiEdit", "NotebookEdit"];

/// Tools that run a command.
const SHELLS: &[&str] = &["Bash", "PowerShell", "Monitor"];

/// Tools that only look.
const READERS: &[&str] = &[
    "Read",
    "Grep",
    "Glob",
    "LSP",
    "WebFetch",
    "WebSearch",
    "ToolSearch",
    "ListAgents",
    "Skill",
    "AskUserQuestion",
    "TodoWrite",
    "ReadNotifications",
    "StructuredOutput",
    "SendMessage",
    "ReportFindings",
];

/// One tool call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// The tool.
    pub(super) tool: String,
    /// The command, or the path of the file.
    pub(super) subject: String,
    /// Who made it; none for the session's own thread.
    agent: Option<String>,
    /// Milliseconds since the Unix epoch when it was let through, by the clock of file times; none when only the transcript has it.
    began: Option<u64>,
    /// When its result was seen.
    ended: Option<u64>,
    refused: bool,
    failed: bool,
}

impl Call {
    /// Whether it was let through.
    pub(super) fn ran(&self) -> bool {
        !self.refused
    }

    /// The file that it wrote, when it is a call that writes one and it did.
    pub(super) fn written(&self) -> Option<&str> {
        let wrote = WRITERS.contains(&self.tool.as_str()) && self.ran() && !self.failed;
        (wrote && !self.subject.is_empty()).then_some(self.subject.as_str())
    }

    /// The command that it ran.
    pub(super) fn command(&self) -> Option<&str> {
        (SHELLS.contains(&self.tool.as_str()) && self.ran()).then_some(self.subject.as_str())
    }

    /// Whether only a part of its command is known.
    pub(super) fn is_cut(&self) -> bool {
        self.subject.ends_with('…')
    }

    /// Whether it can have changed a file.
    pub(super) fn may_change(&self) -> bool {
        self.ran() && !READERS.contains(&self.tool.as_str())
    }

    /// Whether it is one that may have written files itself; a worker's dispatch is not.
    pub(super) fn is_deed(&self) -> bool {
        let tool = self.tool.as_str();
        self.ran()
            && (SHELLS.contains(&tool) || WRITERS.contains(&tool) || tool.starts_with("mcp__"))
    }

    /// Whether it ran at this moment, the time of a file in milliseconds since the Unix epoch.
    pub(super) fn covers(&self, ms: u64) -> bool {
        let Some(began) = self.began.filter(|_| self.ran()) else { return false };
        began <= ms && self.ended.is_none_or(|ended| ms <= ended)
    }
}

/// The calls since an agent began.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Its own.
    pub(super) own: Vec<Call>,
    /// Those of everybody else in the repository.
    pub(super) others: Vec<Call>,
    /// Whether what is not here was not called.
    pub(super) complete: bool,
}

/// A line of the journal, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    ts: u64,
    event: String,
    agent: Option<String>,
    tool: Option<String>,
    tool_use: Option<String>,
    subject: Option<String>,
    decision: Option<String>,
}

/// Reads the calls since byte `offset` of the journal in `state`.
pub(super) fn read(state: &Path, offset: u64, agent: &str, transcript: Option<PathBuf>) -> Calls {
    let mut calls = Calls::default();
    let mut known: HashMap<String, Call> = HashMap::new();
    let mut order = Vec::new();
    for line in lines(&journal::file(state), offset) {
        let own = line.agent.as_deref() == Some(agent);
        calls.complete |= own && line.event == "SubagentStart";
        let (Some(tool), Some(id)) = (line.tool, line.tool_use) else { continue };
        match line.event.as_str() {
            "PreToolUse" => {
                order.push(id.clone());
                let call = Call {
                    tool,
                    subject: line.subject.unwrap_or_default(),
                    agent: line.agent,
                    began: Some(line.ts),
                    ended: None,
                    refused: line.decision.as_deref() == Some("deny"),
                    failed: false,
                };
                known.insert(id, call);
            }
            "PostToolUse" | "PostToolUseFailure" => {
                if let Some(call) = known.get_mut(&id) {
                    call.ended = Some(line.ts);
                    call.failed = line.event == "PostToolUseFailure";
                }
            }
            _ => {}
        }
    }
    let seen = transcript.as_deref().map(transcript::calls);
    // The transcript alone can say that nothing was called, too.
    calls.complete |= seen.as_ref().is_some_and(|seen| !seen.is_empty());
    for call in seen.unwrap_or_default() {
        match known.get_mut(&call.tool_use) {
            Some(known) if call.subject.is_empty() => known.failed |= call.failed == Some(true),
            Some(known) => known.subject = call.subject,
            None => {
                order.push(call.tool_use.clone());
                let call = Call {
                    tool: call.tool,
                    subject: call.subject,
                    agent: Some(agent.to_owned()),
                    // Of a call that the journal does not have, an error may have been a refusal.
                    refused: call.failed == Some(true),
                    ..Call::default()
                };
                known.insert(order[order.len() - 1].clone(), call);
            }
        }
    }
    for call in order.iter().filter_map(|id| known.remove(id)) {
        match call.agent.as_deref() == Some(agent) {
            true => calls.own.push(call),
            false => calls.others.push(call),
        }
    }
    calls
}

fn lines(file: &Path, offset: u64) -> Vec<Line> {
    let read = || -> std::io::Result<Vec<Line>> {
        let mut file = File::open(file)?;
        let size = file.metadata()?.len();
        // A journal that is shorter than it was is read whole.
        let offset = if offset > size { 0 } else { offset.max(size.saturating_sub(CAP)) };
        file.seek(SeekFrom::Start(offset))?;
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        Ok(lines.filter_map(|line| serde_json::from_slice(&line).ok()).collect())
    };
    read().unwrap_or_default()
}
