//! The journal of one run, `runs/<id>/journal.jsonl`: what happened, one line each, never rewritten.
//!
//! The hook writes it, with one append a line. Nothing is kept of what can be computed: how the run
//! stands follows from these lines, the receipts and git ([`super::state`]).

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::journal::append_bytes;

/// Version of the line format. Fields are added, never re-used with another meaning.
pub const VERSION: u32 = 1;

/// What a line says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A command began the run: `command`, `workflow`, `base_tree`.
    Started,
    /// The versions of `binary`, `bundle` and `client`; written when one of them changed.
    Versions,
    /// The size of the change was graded: `route`, `by` (`measured`, `model`, `user`), `reasons`.
    Route,
    /// The client started the workflow script: `script`, `workflow_run`.
    Script,
    /// The first packet of a phase came: `phase`.
    Phase,
    /// A packet was handed to an agent: `task`, `phase`, `digest`, `agent`.
    Dispatched,
    /// A packet was not handed over: the same, with `rules` and `reason`.
    Refused,
    /// An agent made its first call: `agent`, `agent_id`, and what it works on.
    Began,
    /// A report was accepted: `status`, `summary`, `files`, `tests_passing`, `marks`.
    Accepted,
    /// A report was sent back: `rules`, `reason`.
    Returned,
    /// A report was still wrong after its returns and was passed on: `rules`, `reason`.
    Invalid,
    /// An agent came to its end: `tokens`, `context`, `turns`, `ms`.
    Ended,
    /// An agent came to its end without a report: `reason`.
    Died,
    /// A gate's result was handed over and agrees with the receipts: `gate`, `status`, `receipt`.
    Gate,
    /// An agent type's breaker opened: `agent`, `reason`.
    Breaker,
    /// Something was done worse than planned, and the run went on: `reason`.
    Degraded,
    /// A limit came near: `limit`, `used`, `most`.
    Warned,
    /// The client went away with work open: `open`.
    Interrupted,
    /// A session took the run up: `reason`.
    Resumed,
    /// A person stopped the run for good: `reason`.
    Aborted,
    /// The workflow came to its end: `status`, `summary`.
    Finished,
    /// Something that a later version wrote.
    #[default]
    #[serde(other)]
    Unknown,
}

/// One line. What a kind does not need is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(title = "line of a run's journal")]
pub struct Line {
    /// Version of the format; 1.
    pub v: u32,
    /// Milliseconds since the Unix epoch.
    pub ts: u64,
    /// What the line says.
    pub kind: Kind,
    /// The run.
    pub run: String,
    /// The client's session that it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The slash command that began the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What was typed after the command; redacted, at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The workflow script's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Git tree id that the run began on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_tree: Option<String>,
    /// Version of this binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary: Option<String>,
    /// Version of the bundle: the plugin's or that installed in the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// Version of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// `short`, `standard` or `full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<super::route::Route>,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The file of the running script, as the client keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The client's id of the running script, for its own resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_run: Option<String>,
    /// The client's id of the background task that the script runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// The phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What the packet asks, as a digest (see [`super::handover`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The agent's bare type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The client's id of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The tool call that spawned the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_use: Option<String>,
    /// Whether the agent is one that hands out tasks itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub orchestrates: bool,
    /// How the report says it ended, a review's verdict, or a gate's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The report's summary; redacted, at most 300 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Files that the report names, at most 40.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What the report says of the tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests_passing: Option<bool>,
    /// Marks of what the task was about when its report was accepted (see [`super::handover`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<String>,
    /// Rules that refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Why, in words; redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Tokens read for the first time, written to the cache or answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Most tokens in the context, without what was there at the first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Answers of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// Milliseconds from the first to the last row of the agent's transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Its receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// The limit: `total.agents`, `orchestrator.context`, `backend-developer.tokens` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What was used of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// The limit's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
    /// What was open: `task (agent)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
}

impl Line {
    /// A line of `run`, now.
    pub fn new(run: &str, kind: Kind) -> Self {
        Self {
            v: VERSION,
            ts: crate::journal::now_ms(),
            kind,
            run: run.to_owned(),
            ..Self::default()
        }
    }
}

/// The file.
pub fn file(state: &Path, run: &str) -> PathBuf {
    super::folder(state, run).join("journal.jsonl")
}

/// Appends a line in one write. A torn line before it (its writer was killed) is closed first.
///
/// # Errors
/// When the file cannot be written.
pub fn append(state: &Path, line: &Line) -> std::io::Result<()> {
    let file = file(state, &line.run);
    let mut bytes = if is_torn(&file) { b"\n".to_vec() } else { Vec::new() };
    serde_json::to_writer(&mut bytes, line)?;
    bytes.push(b'\n');
    append_bytes(&file, &bytes)
}

fn is_torn(file: &Path) -> bool {
    let last = || {
        let mut file = std::fs::File::open(file)?;
        file.seek(SeekFrom::End(-1))?;
        let mut byte = [0];
        file.read_exact(&mut byte).map(|()| byte[0])
    };
    last().is_ok_and(|byte: u8| byte != b'\n')
}

/// The lines of a run, oldest first, and how many could not be read (torn by a kill, or altered).
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read(state: &Path, run: &str) -> std::io::Result<(Vec<Line>, usize)> {
    let bytes = match std::fs::read(file(state, run)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error),
    };
    let mut bad = 0;
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .filter_map(|line| match serde_json::from_slice::<Line>(line) {
            Ok(line) => Some(line),
            Err(_) => {
                bad += 1;
                None
            }
        })
        .collect();
    Ok((lines, bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_costs_itself_only_and_unknown_kinds_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        append(state, &Line::new("r-1", Kind::Started)).unwrap();
        append_bytes(&file(state, "r-1"), br#"{"v":1,"kind":"phase","pha"#).unwrap();
        append(state, &Line { phase: Some("x".into()), ..Line::new("r-1", Kind::Phase) }).unwrap();
        append_bytes(&file(state, "r-1"), b"{\"v\":2,\"kind\":\"novel\",\"other\":[1]}\n").unwrap();
        let (lines, bad) = read(state, "r-1").unwrap();
        let kinds: Vec<Kind> = lines.iter().map(|line| line.kind).collect();
        assert_eq!((kinds, bad), (vec![Kind::Started, Kind::Phase, Kind::Unknown], 1));
    }
}
