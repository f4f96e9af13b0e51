//! The server of the policy (`web.serve`), for as long as a run's checks look at its pages.

use std::ffi::OsString;
use std::path::Path;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use super::installed::first_folders;
use super::runner::{self, End, Job, Stop, Why};

/// Characters of its output that are shown when it did not stay.
const SHOWN: usize = 500;

/// A server that runs beside the checks.
pub(super) struct Server<'scope> {
    stop: Stop,
    handle: ScopedJoinHandle<'scope, Option<String>>,
}

impl<'scope> Server<'scope> {
    /// Starts it. Whether it answers is not asked here: a check whose page is not reached is run
    /// again.
    pub(super) fn start(
        scope: &'scope Scope<'scope, '_>,
        argv: &'scope [String],
        root: &'scope Path,
        env: &'scope [(OsString, OsString)],
    ) -> Self {
        let stop = Stop::default();
        let stopped = stop.clone();
        let handle = scope.spawn(move || {
            let first = first_folders(root, root);
            let job = Job { argv, dir: root, limit: Duration::MAX, env, first: &first };
            let command = argv.join(" ");
            match runner::run(&job, &stopped, &mut std::io::sink()) {
                Ok(outcome) if outcome.end == End::Stopped => None,
                Ok(outcome) => {
                    let text = outcome.output.text();
                    let start =
                        text.char_indices().rev().nth(SHOWN).map_or(0, |(position, _)| position);
                    Some(format!(
                        "web.serve: `{command}` did not stay ({:?}): {}",
                        outcome.end,
                        text[start..].trim()
                    ))
                }
                Err(error) => Some(format!("web.serve: `{command}`: {error:#}")),
            }
        });
        Self { stop, handle }
    }

    /// Kills it with all that it started. Why its pages say nothing, when it had ended before:
    /// somebody else's server may have answered.
    pub(super) fn end(self) -> Option<String> {
        self.stop.stop(Why::Failed);
        self.handle.join().unwrap_or_else(|_| Some("web.serve: its thread died".to_owned()))
    }
}
