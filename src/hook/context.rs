//! What a check may look at besides the event; each part is read on first use only.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::config::{Policy, PolicyError};
use crate::env::Env;
use crate::shell::{self, Action, ActionKind, Dialect, Reading, Rows};
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
    rows: OnceCell<Rows>,
    boundary: OnceCell<bool>,
    line: OnceCell<(Reading, Vec<Action>)>,
}

impl<'a> Context<'a> {
    /// The surroundings of `event`.
    pub fn new(event: &Event, env: &'a Env) -> Self {
        let cwd = event.cwd().unwrap_or_else(|| env.cwd.clone());
        let project = env.project_dir.clone().unwrap_or_else(|| cwd.clone());
        Self {
            env,
            project,
            cwd,
            policy: OnceCell::new(),
            state: OnceCell::new(),
            rows: OnceCell::new(),
            boundary: OnceCell::new(),
            line: OnceCell::new(),
        }
    }

    /// The policy that holds for the session's project.
    ///
    /// # Errors
    /// When `portcullis.yaml` exists and cannot be used. A boundary refuses then; anything else
    /// goes on with the built-in policy.
    pub fn policy(&self) -> Result<&Policy, &PolicyError> {
        self.policy.get_or_init(|| Policy::load(&self.project, self.env)).as_ref()
    }

    /// The state folder of the session's project.
    pub fn state(&self) -> Option<&Path> {
        self.state.get_or_init(|| state::folder(&self.project, self.env)).as_deref()
    }

    /// The rows of the policy that the event's command line or tool may concern.
    pub fn rows(&self, event: &Event) -> &Rows {
        self.rows.get_or_init(|| {
            let Some(text) = event.command_line().or_else(|| event.tool()) else {
                return Rows::default();
            };
            // A policy that cannot be used has no rows; a boundary refuses because of it anyway.
            self.policy().map_or_else(|_| Rows::default(), |p| Rows::of(&p.actions, text))
        })
    }

    /// Whether the event's command line may hold an action of this kind, judged from words alone:
    /// the table's and those of the policy's rows.
    pub fn may_hold(&self, event: &Event, kind: ActionKind) -> bool {
        let same = |other: ActionKind| other == kind || other.is_boundary() && kind.is_boundary();
        event.command_line().is_some_and(|line| {
            let hinted = match kind.is_boundary() {
                // Asked by several checks, and the largest group of words.
                true => *self.boundary.get_or_init(|| shell::hints_boundary(line.as_bytes())),
                false => shell::hints(kind, line.as_bytes()),
            };
            hinted || self.rows(event).any(same)
        })
    }

    /// What the event's command line does; read once for all checks.
    pub fn line(&self, event: &Event) -> &(Reading, Vec<Action>) {
        self.line.get_or_init(|| {
            let line = event.command_line().unwrap_or_default();
            let dialect = match event.tool() {
                Some("PowerShell") => Dialect::PowerShell,
                _ => Dialect::Bash,
            };
            let reading = shell::read_in(line, &self.cwd, dialect, &shell::Disk);
            let actions = shell::actions_with(&reading, self.rows(event));
            (reading, actions)
        })
    }
}
