//! Reads standard input up to a cap, and says what little can be said of input that is no payload.

use std::io::Read;

use memchr::memmem;

use super::kind::{EVENTS, Kind};
use crate::shell;

/// Most bytes of a payload that are read: 16 MiB.
pub const CAP: usize = 16 << 20;

/// What came in.
#[derive(Debug)]
pub enum Input {
    /// All of it.
    Whole(Vec<u8>),
    /// More than the cap. The rest was read and dropped, so that the client's write does not fail.
    Oversized {
        /// The first [`CAP`] bytes.
        head: Vec<u8>,
        /// Whether it looks like a call that pushes, publishes or deploys.
        boundary: bool,
    },
    /// Reading failed.
    Unreadable(std::io::Error),
}

/// Reads all of `stream`, keeping at most `cap` bytes.
pub fn read(mut stream: impl Read, cap: usize) -> Input {
    let mut head = Vec::new();
    if let Err(error) = stream.by_ref().take(cap as u64 + 1).read_to_end(&mut head) {
        return Input::Unreadable(error);
    }
    if head.len() <= cap {
        return Input::Whole(head);
    }
    let mut boundary = hints_boundary(&head);
    let runs_commands = may_run_commands(&head);
    // Windows overlap by more than the longest word looked for, so that none is cut in two.
    const OVERLAP: usize = 64;
    let mut window = head[head.len().saturating_sub(OVERLAP)..].to_vec();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                window.extend_from_slice(&chunk[..count]);
                boundary |= runs_commands && shell::names_guarded(&window);
                window.drain(..window.len().saturating_sub(OVERLAP));
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    head.truncate(cap);
    Input::Oversized { head, boundary }
}

/// Whether unparsed bytes look like a call that pushes, publishes or deploys.
pub fn hints_boundary(bytes: &[u8]) -> bool {
    may_run_commands(bytes) && shell::names_guarded(bytes)
}

/// Whether unparsed bytes may be a PreToolUse of a tool that runs commands. The client sends the
/// tool's name before its input, so the first `"tool_name"` is the payload's own.
fn may_run_commands(bytes: &[u8]) -> bool {
    if !matches!(hinted_kind(bytes), Some(Kind::PreToolUse)) {
        return false;
    }
    match after_key(bytes, b"\"tool_name\"") {
        Some(rest) => ["\"Bash\"", "\"PowerShell\"", "\"Monitor\"", "\"mcp__"]
            .iter()
            .any(|name| rest.starts_with(name.as_bytes())),
        None => true,
    }
}

/// The event that unparsed bytes name, if they name one.
pub fn hinted_kind(bytes: &[u8]) -> Option<Kind> {
    let rest = after_key(bytes, b"\"hook_event_name\"")?.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    EVENTS.iter().find(|event| event.name.as_bytes() == &rest[..end]).map(|event| event.kind)
}

fn after_key<'b>(bytes: &'b [u8], key: &[u8]) -> Option<&'b [u8]> {
    let at = memmem::find(bytes, key)? + key.len();
    Some(bytes[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start())
}
