//! Where Portcullis keeps what it knows: `<git common dir>/portcullis`, else the XDG state folder.
//!
//! Shared by the worktrees of a repository, never committed, and it survives `git clean`.
//! Found by walking up for `.git` by hand: on the hook path, starting git costs more than the rest.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::digest;
use crate::env::Env;

/// A working tree as found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The folder that holds `.git`.
    pub root: PathBuf,
    /// The git folder of this worktree.
    pub git_dir: PathBuf,
    /// The git folder that all worktrees share.
    pub common_dir: PathBuf,
}

impl Repository {
    /// Walks up from `start` to the first folder with a usable `.git`.
    pub fn discover(start: &Path) -> Option<Self> {
        start.ancestors().find_map(|root| {
            let dot_git = root.join(".git");
            let meta = std::fs::metadata(&dot_git).ok()?;
            let git_dir = if meta.is_dir() {
                dot_git.join("HEAD").exists().then_some(dot_git)?
            } else {
                // A worktree or submodule: the file holds `gitdir: PATH`.
                let text = std::fs::read_to_string(&dot_git).ok()?;
                root.join(text.strip_prefix("gitdir:")?.trim())
            };
            let common_dir = match std::fs::read_to_string(git_dir.join("commondir")) {
                Ok(text) => git_dir.join(text.trim()),
                Err(_) => git_dir.clone(),
            };
            // `.git/worktrees/x/../..` reads badly in messages and defeats prefix comparison.
            let common_dir = common_dir.canonicalize().unwrap_or(common_dir);
            Some(Self { root: root.to_path_buf(), git_dir, common_dir })
        })
    }
}

/// The state folder that belongs to `dir`.
///
/// Outside of git it is named by a hash of the path, under `$XDG_STATE_HOME/portcullis`.
/// `None` when there is neither a repository nor a home to keep it in.
pub fn folder(dir: &Path, env: &Env) -> Option<PathBuf> {
    if let Some(repository) = Repository::discover(dir) {
        return Some(repository.common_dir.join("portcullis"));
    }
    let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    let name = digest::hex(&digest[..8]);
    Some(env.state_home.as_ref()?.join("portcullis").join(name))
}

/// True the first time it is asked about `what` in a session, for notices that are said once.
///
/// Where the marker cannot be written it stays true: said twice is better than never.
pub fn first_time(state: &Path, session: Option<&str>, what: &str) -> bool {
    let marker = marker(state, session, what);
    if let Some(folder) = marker.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(marker);
    !made.is_err_and(|error| error.kind() == std::io::ErrorKind::AlreadyExists)
}

/// Whether [`first_time`] was asked about `what` before.
pub fn seen(state: &Path, session: Option<&str>, what: &str) -> bool {
    marker(state, session, what).exists()
}

/// Keeps a short text of a session, in place of the one kept under that name before.
///
/// # Errors
/// When the state folder cannot be written.
pub fn note(state: &Path, session: Option<&str>, what: &str, text: &str) -> std::io::Result<()> {
    let file = marker(state, session, what);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// What [`note`] kept.
pub fn noted(state: &Path, session: Option<&str>, what: &str) -> Option<String> {
    std::fs::read_to_string(marker(state, session, what)).ok()
}

fn marker(state: &Path, session: Option<&str>, what: &str) -> PathBuf {
    // Ids come from the client's payload: nothing in them may leave the folder.
    let plain = |text: &str| -> String {
        let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        text.chars().map(keep).take(128).collect()
    };
    state.join("sessions").join(plain(session.unwrap_or("none"))).join(plain(what))
}
