//! A workflow run: its folder in the state, its journal and what follows from it, and the messages
//! that orchestrators and workers exchange.

pub mod breaker;
pub mod budget;
pub mod closing;
pub mod fields;
pub mod follow;
pub mod handover;
pub mod journal;
pub mod message;
pub mod overlap;
pub mod packet;
pub mod report;
pub mod resume;
pub mod route;
pub mod state;
pub mod transcript;
pub mod versions;
pub mod worker;
pub mod workflows;

use std::path::{Path, PathBuf};

use crate::state as place;
use state::State;

/// Version of the lines of a run's own journal.
pub const VERSION: u32 = journal::VERSION;

/// Under which name a session's folder keeps the run that it works on.
const BOUND: &str = "run";

/// The folder of a run.
pub fn folder(state: &Path, id: &str) -> PathBuf {
    state.join("runs").join(id)
}

/// Whether a text has the form of a run's id. What has another form names no folder.
pub fn is_id(text: &str) -> bool {
    text.strip_prefix("r-").is_some_and(|rest| {
        (4..=40).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whether a run of this id was begun here.
pub fn exists(state: &Path, id: &str) -> bool {
    is_id(id) && journal::file(state, id).exists()
}

/// Says that a session works on a run.
///
/// # Errors
/// When the state folder cannot be written.
pub fn bind(state: &Path, session: Option<&str>, id: &str) -> std::io::Result<()> {
    if session.is_none() || bound(state, session).is_some_and(|known| known == id) {
        return Ok(());
    }
    place::note(state, session, BOUND, id)
}

/// The run that a session works on, whether it is open or not. One small file is looked at.
pub fn bound(state: &Path, session: Option<&str>) -> Option<String> {
    session?;
    place::noted(state, session, BOUND).filter(|id| is_id(id))
}

/// How a run stands.
///
/// # Errors
/// When there is no such run, or its journal cannot be read.
pub fn load(state: &Path, id: &str) -> anyhow::Result<State> {
    anyhow::ensure!(
        exists(state, id),
        "no run {id:?} was begun here; `portcullis run list` shows them"
    );
    let (lines, bad) = journal::read(state, id)?;
    Ok(State::of(id, &lines, bad))
}

/// All runs, the newest first.
///
/// # Errors
/// When the folder of the runs cannot be read.
pub fn all(state: &Path) -> anyhow::Result<Vec<State>> {
    let folder = match std::fs::read_dir(state.join("runs")) {
        Ok(folder) => folder,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut runs = Vec::new();
    for entry in folder.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if exists(state, &name) {
            runs.push(load(state, &name)?);
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse((run.started_ms, run.run.clone())));
    Ok(runs)
}
