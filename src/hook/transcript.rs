//! An agent's own transcript: the prompt it was given and the calls it made.
//!
//! The client writes it a little behind the events (seen with 2.1.330), so what is not in it need not have been left out, and at
//! `SubagentStart` it is not there yet. Its form is the client's own affair: what is not understood is passed over.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::event::Event;

/// Most bytes of a transcript that are read.
const CAP: u64 = 64 << 20;

/// Milliseconds that a last message is waited for, and between two looks.
const LATE: u64 = 500;
const PAUSE: u64 = 10;

/// Bytes of a row beside its message, at most.
const TAIL: u64 = 16 << 10;

/// What precedes the prompt of an agent that a workflow script started; the prompt follows indented.
const HARNESS: &str = "[Workflow harness";

/// One call that an agent made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Joins it with the hook's events.
    pub tool_use: String,
    /// The tool.
    pub tool: String,
    /// The command of a shell, else the path of a file.
    pub subject: String,
    /// Whether its result came back as an error; none when no result was seen.
    pub failed: Option<bool>,
}

/// The prompt of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its text.
    pub text: String,
    /// The `Agent` call that it came with.
    pub tool_use: Option<String>,
    /// Whether a workflow script started the agent.
    pub by_workflow: bool,
}

/// The transcript of the agent that an event is about, if it is there.
pub fn file(event: &Event) -> Option<PathBuf> {
    let payload = &event.payload;
    if let Some(path) = payload.agent_transcript_path.as_ref().filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path)).filter(|path| path.is_file());
    }
    of_agent(Path::new(payload.transcript_path.as_deref()?), payload.agent_id.as_deref()?)
}

/// The transcript of the agent that an event ended, as soon as it holds the agent's last message; the client writes it
/// beside the event. After half a second it is taken as it is.
pub fn complete(event: &Event) -> Option<PathBuf> {
    let payload = &event.payload;
    let session = payload.transcript_path.as_deref().is_some_and(|path| Path::new(path).is_file());
    let said = payload.last_assistant_message.as_deref().unwrap_or_default();
    // As it stands in JSON, without the quotes around it.
    let wanted = serde_json::to_string(said).unwrap_or_default();
    let wanted = wanted.trim_matches('"').as_bytes();
    let holds = || file(event).is_some_and(|file| ends_with_message(&file, wanted));
    if session && !wanted.is_empty() {
        for _ in 0..LATE / PAUSE {
            if holds() {
                break;
            }
            std::thread::sleep(Duration::from_millis(PAUSE));
        }
    }
    file(event)
}

/// Whether the last rows of a transcript hold a text.
fn ends_with_message(file: &Path, wanted: &[u8]) -> bool {
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(file)?;
        let room = TAIL + u64::try_from(wanted.len()).unwrap_or_default();
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(room)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    tail().is_ok_and(|bytes| memchr::memmem::find(&bytes, wanted).is_some())
}

/// The transcript of an agent of the session that has this transcript, if it is there.
pub fn of_agent(session: &Path, id: &str) -> Option<PathBuf> {
    // The id comes from a payload: nothing in it may leave the folder.
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    let folder = session.with_extension("").join("subagents");
    let name = format!("agent-{id}.jsonl");
    let own = folder.join(&name);
    if own.is_file() {
        return Some(own);
    }
    // A workflow's agents: `workflows/RUN/`.
    let runs = std::fs::read_dir(folder.join("workflows")).ok()?;
    runs.flatten().map(|run| run.path().join(&name)).find(|file| file.is_file())
}

/// The prompt that opens a transcript.
pub fn prompt(file: &Path) -> Option<Prompt> {
    let reader = BufReader::new(File::open(file).ok()?.take(CAP));
    for line in reader.lines() {
        let line = line.ok()?;
        let Ok(row) = serde_json::from_str::<Value>(&line) else { continue };
        if row["type"] != "user" {
            continue;
        }
        let text = text(&row["message"]["content"]);
        let meta = std::fs::read(file.with_extension("meta.json")).unwrap_or_default();
        let meta: Value = serde_json::from_slice(&meta).unwrap_or_default();
        return Some(Prompt {
            by_workflow: text.starts_with(HARNESS) || meta["inWorkflowRun"] == true,
            tool_use: meta["toolUseId"].as_str().map(str::to_owned),
            text,
        });
    }
    None
}

/// The calls in a transcript, in their order; none when it cannot be read.
pub fn calls(file: &Path) -> Vec<Call> {
    let Ok(file) = File::open(file) else { return Vec::new() };
    let mut calls: Vec<Call> = Vec::new();
    for line in BufReader::new(file.take(CAP)).lines().map_while(Result::ok) {
        if !line.contains("\"tool_") {
            continue;
        }
        let Ok(row) = serde_json::from_str::<Value>(&line) else { continue };
        for block in row["message"]["content"].as_array().into_iter().flatten() {
            let id = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
            match block["type"].as_str() {
                Some("tool_use") => {
                    let input = &block["input"];
                    let fields = ["command", "file_path", "notebook_path"];
                    let subject = fields.iter().find_map(|field| input[field].as_str());
                    calls.push(Call {
                        tool_use: id("id"),
                        tool: id("name"),
                        subject: subject.unwrap_or_default().to_owned(),
                        failed: None,
                    });
                }
                Some("tool_result") => {
                    let failed = block["is_error"] == true;
                    let of = id("tool_use_id");
                    let call = calls.iter_mut().find(|call| call.tool_use == of);
                    if let Some(call) = call {
                        call.failed = Some(failed);
                    }
                }
                _ => {}
            }
        }
    }
    calls
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::of_agent;

    #[test]
    fn an_agents_transcript_is_found_in_both_places_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let session = folder.path().join("s.jsonl");
        let agents = folder.path().join("s/subagents");
        std::fs::create_dir_all(agents.join("workflows/wf_1")).unwrap();
        std::fs::write(agents.join("agent-a1.jsonl"), "").unwrap();
        std::fs::write(agents.join("workflows/wf_1/agent-b2.jsonl"), "").unwrap();
        let found = |id: &str| of_agent(&session, id).map(|file| file.display().to_string());
        assert!(found("a1").is_some_and(|file| file.ends_with("agent-a1.jsonl")));
        assert!(found("b2").is_some_and(|file| file.contains("wf_1")));
        assert_eq!(found("c3"), None);
        assert_eq!(found("../agent-a1"), None);
    }
}
