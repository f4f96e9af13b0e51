//! Scanning what exists: files, trees, archives, what is staged, a range, a whole history.
//!
//! Workers read and judge, one a core; they send what they find to the thread that began the scan,
//! which alone applies waivers and the baseline and builds the report. A secret never leaves the
//! worker that saw it: what is sent on is a rule, a span and a keyed fingerprint.

mod archive;
pub mod baseline;
mod blobs;
mod changes;
mod encoding;
pub mod fingerprint;
mod history;
pub(crate) mod inline;
mod limits;
mod outcome;
mod segments;
mod tree;
pub(crate) mod waiver;
mod window;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::report::{Commit, Span};
use crate::secrets::{Rule, Tier};

pub use outcome::{INCOMPLETE, Judged, Terms, WAIVER, judge};

use fingerprint::Keyring;
use worker::Worker;

/// What is looked at.
#[derive(Debug, Clone)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// Files and folders.
    Paths(Vec<PathBuf>),
    /// What is staged, against `HEAD`.
    Staged,
    /// What the second commit holds and the first does not: `A..B`, or `A...B` from their merge base.
    Diff(String),
    /// Every blob of all refs, or of a range of commits.
    History(Option<String>),
}

/// How it is looked at.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder that paths are relative to and git runs in.
    pub dir: PathBuf,
    /// Files that ignore files name are looked at too.
    pub no_ignore: bool,
    /// Files whose name begins with a dot are looked at; `.git` never is.
    pub hidden: bool,
    /// Archives are opened.
    pub archives: bool,
    /// Matches that are no secret are reported with their reason.
    pub explain: bool,
    /// Workers.
    pub threads: usize,
    /// The index that a git hook was given (`GIT_INDEX_FILE`).
    pub index: Option<PathBuf>,
}

/// A match and where it stands.
#[derive(Debug, Clone)]
pub struct Find {
    /// The rule.
    pub rule: &'static Rule,
    /// Whether it is one of those that stop an agent.
    pub tier: Tier,
    /// Where it was found.
    pub origin: Origin,
    /// Where in there.
    pub span: Span,
    /// Keyed fingerprint of rule and secret.
    pub fingerprint: String,
    /// The decoders that lead to it, outermost first; absent when it stands there as it is.
    pub encoded: Option<String>,
    /// The engine's reason why it is no secret; only with [`Options::explain`].
    pub dropped: Option<&'static str>,
    /// The reason of the comment that allows it.
    pub allowed: Option<String>,
    /// It stood in the old version of the file too.
    pub known: bool,
}

/// Where a text comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// File, relative to [`Options::dir`] where it lies in there.
    pub path: String,
    /// Way inside of an archive.
    pub member: Option<String>,
    /// First commit that held it, and its place in the order of commits, oldest first.
    pub commit: Option<(u32, Arc<Commit>)>,
}

impl Origin {
    /// A file.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// A member of this archive.
    fn member(&self, name: &str) -> Self {
        let member = match &self.member {
            Some(outer) => format!("{outer}!{name}"),
            None => name.to_owned(),
        };
        Self { member: Some(member), ..self.clone() }
    }
}

/// What workers send.
#[derive(Debug)]
pub enum Event {
    /// A match.
    Find(Find),
    /// Something that could not be looked at: where, and why.
    Problem(Origin, String),
    /// A `portcullis:allow` comment that is of no use: where, and why.
    Comment(Origin, Span, String),
}

/// What was looked at so far; shown while the scan runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files, blobs or streams.
    pub files: AtomicU64,
    /// Bytes that were judged; of archives, what came out of them.
    pub bytes: AtomicU64,
    /// Of the files: those that are no text.
    pub binary: AtomicU64,
    /// Members of archives.
    pub members: AtomicU64,
    /// How many files there are, once that is known.
    pub total: AtomicU64,
}

impl Progress {
    fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    /// The value of a counter.
    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// What all workers share.
struct Shared<'s> {
    options: &'s Options,
    keys: &'s Keyring,
    progress: &'s Progress,
}

impl Shared<'_> {
    fn worker(&self, send: &Sender<Event>) -> Worker<'_> {
        Worker::new(self, send.clone())
    }
}

/// Runs a scan. `tick` is called about ten times a second while it runs.
///
/// # Errors
/// When the source itself cannot be used: no repository, an unknown commit. A file that cannot be
/// read is an event, and the scan goes on.
pub fn run(
    source: &Source,
    options: &Options,
    keys: &Keyring,
    progress: &Progress,
    tick: &mut dyn FnMut(&Progress),
) -> anyhow::Result<Vec<Event>> {
    let shared = Shared { options, keys, progress };
    let (send, receive) = channel();
    std::thread::scope(|scope| {
        let shared = &shared;
        let work = scope.spawn(move || match source {
            Source::Stdin => {
                let mut worker = shared.worker(&send);
                worker.file(&Origin::file("<stdin>"), &mut std::io::stdin().lock(), None);
                Ok(())
            }
            Source::Paths(paths) => {
                tree::scan(shared, paths, &send);
                Ok(())
            }
            Source::Staged => changes::staged(shared, &send),
            Source::Diff(range) => changes::diff(shared, range, &send),
            Source::History(range) => history::scan(shared, range.as_deref(), &send),
        });
        let events = collect(&receive, progress, tick);
        match work.join() {
            Ok(done) => done.map(|()| events),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn collect(
    receive: &Receiver<Event>,
    progress: &Progress,
    tick: &mut dyn FnMut(&Progress),
) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        match receive.recv_timeout(Duration::from_millis(100)) {
            Ok(event) => events.push(event),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return events,
        }
        tick(progress);
    }
}

/// The path as reports show it: relative to `dir` where it lies in there, with `/`.
fn shown(path: &Path, dir: &Path) -> String {
    let path = path.strip_prefix(dir).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}
