//! What a check may look at besides the event; each part is read on first use only.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::config::{Policy, PolicyError};
use crate::env::Env;
use crate::state;

use super::event::Event;

/// Lazy surroundings of one hook call.
#[derive(Debug)]
pub struct Context<'a> {
    /// The environment of the process.
    pub env: &'a Env,
    /// Where the session started: `CLAUDE_PROJECT_DIR`, else the event's folder.
    pub project: PathBuf,
    /// The folder the call happens in; in a worktree this differs from `project`.
    pub cwd: PathBuf,
    policy: OnceCell<Result<Policy, PolicyError>>,
    state: OnceCell<Option<PathBuf>>,
}

impl<'a> Context<'a> {
    /// The surroundings of `event`.
    pub fn new(event: &Event, env: &'a Env) -> Self {
        let cwd = event.cwd().unwrap_or_else(|| env.cwd.clone());
        let project = env.project_dir.clone().unwrap_or_else(|| cwd.clone());
        Self { env, project, cwd, policy: OnceCell::new(), state: OnceCell::new() }
    }

    /// The policy that holds for the session's project.
    ///
    /// # Errors
    /// When `portcullis.yaml` exists and cannot be used. A boundary refuses then; anything else
    /// goes on with the built-in policy.
    pub fn policy(&self) -> Result<&Policy, &PolicyError> {
        self.policy.get_or_init(|| Policy::load(&self.project)).as_ref()
    }

    /// The state folder of the session's project.
    pub fn state(&self) -> Option<&Path> {
        self.state.get_or_init(|| state::folder(&self.project, self.env)).as_deref()
    }
}
