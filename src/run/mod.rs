//! A workflow run: its folder in the state, and the messages that orchestrators and workers exchange.

pub mod fields;
pub mod message;
pub mod packet;
pub mod report;
pub mod workers;

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::journal;

/// Version of the lines of a run's own journal.
pub const VERSION: u32 = 1;

/// The folder of a run.
pub fn folder(state: &Path, id: &str) -> PathBuf {
    state.join("runs").join(id)
}

/// Records that a run started, as the first line of `runs/<id>/journal.jsonl`.
///
/// # Errors
/// When the line cannot be written.
pub fn start(
    state: &Path,
    id: &str,
    command: &str,
    session: Option<&str>,
    base_tree: &str,
    now_ms: u64,
) -> std::io::Result<()> {
    let line = json!({
        "v": VERSION,
        "ts": now_ms,
        "kind": "started",
        "run": id,
        "command": command,
        "session": session,
        "base_tree": base_tree,
        "portcullis": env!("CARGO_PKG_VERSION"),
    });
    journal::append_bytes(&folder(state, id).join("journal.jsonl"), format!("{line}\n").as_bytes())
}
