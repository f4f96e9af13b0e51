//! The journal: one JSON object a line, one line a hook call, each line a leaf of a Merkle tree.
//!
//! Writing is hot and tiny ([`store`], [`merkle`]); reading ([`read`]), signing ([`checkpoint`]) and
//! proving ([`verify`]) are cold.

pub mod checkpoint;
pub mod gaps;
pub mod ids;
pub mod merkle;
pub mod read;
pub mod store;
pub mod verify;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Level;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Reply};
use crate::secrets;

/// Version of the line format. Fields are added, never re-used with another meaning.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "journal line")]
pub struct Entry<'a> {
    /// Version of the line format.
    pub v: u32,
    /// Milliseconds since the Unix epoch, when the call was answered.
    pub ts: u64,
    /// How loud the line is.
    pub level: Level,
    /// The client's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<&'a str>,
    /// The prompt that was being answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<&'a str>,
    /// The subagent, when the event fired inside one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<&'a str>,
    /// Its type as the client names it (`plugin:name` for a plugin's).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<&'a str>,
    /// The tool call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_use: Option<&'a str>,
    /// The event.
    pub event: &'a str,
    /// The tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<&'a str>,
    /// What the call was about: a path, the start of a command. Redacted; never a file's content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `pass`, `notice`, `context`, `ask` or `deny`.
    pub decision: &'a str,
    /// The rules that had something to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<&'a str>,
    /// Microseconds from the start of the process to the answer.
    pub dur_us: u64,
    /// W3C trace id, derived from the session (see [`ids`]).
    pub trace: String,
    /// W3C span id, derived from what the line is about.
    pub span: String,
    /// Span this one belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Internal errors while judging.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// What each check cost; written at level debug only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Timing>,
}

/// What one check cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Timing {
    /// The check's id.
    pub check: &'static str,
    /// Microseconds.
    pub us: u64,
}

impl<'a> Entry<'a> {
    /// The line for one judged event.
    pub fn new(
        event: &'a Event,
        reply: &Reply,
        findings: &'a [Finding],
        errors: Vec<String>,
        checks: Vec<Timing>,
        start: Instant,
    ) -> Self {
        let payload = &event.payload;
        let span = ids::Span::of(payload);
        let level = if !errors.is_empty() {
            Level::Error
        } else if reply
            .verdict
            .is_some_and(|verdict| verdict != crate::hook::reply::Verdict::Context)
        {
            Level::Warn
        } else {
            Level::Info
        };
        let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        rules.dedup();
        Self {
            v: VERSION,
            // What a call writes is told by the times of files, so its beginning is read off their clock.
            ts: if event.is_pre_tool() { file_clock_ms() } else { now_ms() },
            level,
            session: payload.session_id.as_deref(),
            prompt: payload.prompt_id.as_deref(),
            agent: payload.agent_id.as_deref(),
            agent_type: payload.agent_type.as_deref(),
            tool_use: payload.tool_use_id.as_deref(),
            event: event.name(),
            tool: event.tool(),
            subject: event.subject().map(|subject| secrets::redact(&subject).into_owned()),
            decision: reply.verdict.map_or("pass", |verdict| verdict.word()),
            rules,
            dur_us: micros(start),
            trace: span.trace,
            span: span.span,
            parent: span.parent,
            errors: errors.iter().map(|error| secrets::redact(error).into_owned()).collect(),
            checks,
        }
    }
}

/// The journal's file in a state folder.
pub fn file(state: &Path) -> PathBuf {
    state.join("journal").join("journal.jsonl")
}

/// Appends one line to the tree, and signs a checkpoint every [`checkpoint::EVERY`] lines.
///
/// # Errors
/// When the folder cannot be made or the line was not written whole.
pub fn append(state: &Path, entry: &Entry) -> std::io::Result<()> {
    let line = serde_json::to_vec(entry)?;
    let files = store::Files::of(state);
    let mark = store::append(&files, &line, own_line)?;
    if mark.is_some_and(|mark| mark.edge.size() % checkpoint::EVERY == 0) {
        checkpoint::make(state)?;
    }
    Ok(())
}

/// A line about the journal itself.
fn own_line(event: &str, subject: String) -> Vec<u8> {
    let span = ids::Span::of(&crate::hook::event::Payload::default());
    let entry = Entry {
        v: VERSION,
        ts: now_ms(),
        level: Level::Warn,
        session: None,
        prompt: None,
        agent: None,
        agent_type: None,
        tool_use: None,
        event,
        tool: None,
        subject: Some(subject),
        decision: "notice",
        rules: Vec::new(),
        dur_us: 0,
        trace: span.trace,
        span: span.span,
        parent: None,
        errors: Vec::new(),
        checks: Vec::new(),
    };
    // Only plain fields: serializing them cannot fail.
    serde_json::to_vec(&entry).unwrap_or_default()
}

/// Appends bytes in one write, making the folders on the way.
///
/// # Errors
/// As [`append`].
pub(crate) fn append_bytes(file: &Path, line: &[u8]) -> std::io::Result<()> {
    let open = || OpenOptions::new().append(true).create(true).open(file);
    let mut handle = match open() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(file.parent().unwrap_or(file))?;
            open()?
        }
        other => other?,
    };
    let written = handle.write(line)?;
    if written == line.len() {
        return Ok(());
    }
    Err(std::io::Error::new(
        std::io::ErrorKind::WriteZero,
        format!("{}: only {written} of {} bytes were written", file.display(), line.len()),
    ))
}

/// The level of that name, as `PORTCULLIS_LOG` and `--level` take it.
pub fn level_from_name(name: &str) -> Option<Level> {
    match name.to_ascii_lowercase().as_str() {
        "debug" => Some(Level::Debug),
        "info" => Some(Level::Info),
        "warn" => Some(Level::Warn),
        "error" => Some(Level::Error),
        _ => None,
    }
}

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since the Unix epoch by the clock that the kernel stamps files with. It lags behind
/// [`now_ms`] by up to a tick, so a file written from now on never bears an earlier time.
pub fn file_clock_ms() -> u64 {
    #[cfg(target_os = "linux")]
    if let Ok(time) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_REALTIME_COARSE) {
        let since = std::time::Duration::from(time);
        return u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    }
    now_ms()
}

/// Microseconds since `start`.
pub fn micros(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}
