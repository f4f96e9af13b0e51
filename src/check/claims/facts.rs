//! What is known of an agent's work, each part looked up when a claim first needs it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::Value;

use super::calls::{self, Call, Calls};
use crate::check::packet::taken;
use crate::gate::tree::{self, Snapshot};
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::transcript;
use crate::journal;
use crate::run;
use crate::run::packet::{Packet, is_tree_id};
use crate::run::report::Report;
use crate::run::worker;
use crate::state::{self, Repository};

/// The facts about one agent.
pub(super) struct Facts<'a> {
    event: &'a Event,
    context: &'a Context<'a>,
    start: Option<Start>,
    repository: OnceCell<Option<Repository>>,
    calls: OnceCell<Calls>,
    packet: OnceCell<Option<Packet>>,
    change: OnceCell<Option<Change>>,
}

/// How things stood when the agent began.
struct Start {
    ms: u64,
    /// Bytes that the journal had.
    offset: u64,
    /// The tree of the commit that was checked out.
    head: String,
}

/// What differs from where the work began.
pub(super) struct Change {
    /// Paths that differ from the base of the work: the packet's tree, else the run's, else the commit at the start.
    pub(super) since_base: BTreeSet<String>,
    /// Paths that differ from any tree that the agent can have in mind as the beginning.
    pub(super) since_any: BTreeSet<String>,
}

fn note(agent: &str) -> String {
    format!("agent-{agent}")
}

/// Notes how things stand when an agent begins. One that goes on after its report began earlier.
pub(super) fn begin(event: &Event, context: &Context) -> anyhow::Result<()> {
    let (Some(agent), Some(state)) = (event.payload.agent_id.as_deref(), context.state()) else {
        return Ok(());
    };
    let session = event.payload.session_id.as_deref();
    if state::noted(state, session, &note(agent)).is_some() {
        return Ok(());
    }
    let offset = std::fs::metadata(journal::file(state)).map_or(0, |file| file.len());
    let head = Repository::discover(&context.cwd).and_then(|repository| {
        let root = &repository.root;
        let head = git::text(root, ["rev-parse", "--verify", "--quiet", "HEAD^{tree}"]);
        // On an unborn branch everything is new.
        head.or_else(|_| git::text(root, ["hash-object", "-t", "tree", "/dev/null"])).ok()
    });
    let text = format!("{} {offset} {}", journal::file_clock_ms(), head.unwrap_or_default());
    Ok(state::note(state, session, &note(agent), &text)?)
}

impl<'a> Facts<'a> {
    pub(super) fn new(event: &'a Event, context: &'a Context<'a>) -> Self {
        let session = event.payload.session_id.as_deref();
        let start = event.payload.agent_id.as_deref().and_then(|agent| {
            let text = state::noted(context.state()?, session, &note(agent))?;
            let mut parts = text.split(' ');
            Some(Start {
                ms: parts.next()?.parse().ok()?,
                offset: parts.next()?.parse().ok()?,
                head: parts.next().unwrap_or_default().to_owned(),
            })
        });
        Self {
            event,
            context,
            start,
            repository: OnceCell::new(),
            calls: OnceCell::new(),
            packet: OnceCell::new(),
            change: OnceCell::new(),
        }
    }

    /// Whether the agent was seen from its beginning. What it did before is not known otherwise, so nothing is held against it.
    pub(super) fn is_watched(&self) -> bool {
        self.start.is_some()
    }

    /// Whether the task was done already and this is the report that was accepted for it.
    pub(super) fn repeats(&self, report: &Report) -> bool {
        worker::repeats(self.event, self.context, report)
    }

    pub(super) fn context(&self) -> &Context<'a> {
        self.context
    }

    pub(super) fn agent(&self) -> &str {
        self.event.payload.agent_id.as_deref().unwrap_or("main")
    }

    /// The working tree that the agent stands in.
    pub(super) fn root(&self) -> Option<&Path> {
        let found = self.repository.get_or_init(|| tree::repository(&self.context.cwd).ok());
        found.as_ref().map(|repository| repository.root.as_path())
    }

    /// The packet that it was given.
    pub(super) fn packet(&self) -> Option<&Packet> {
        let read = || taken::of(self.event, self.context).and_then(|taken| taken.packet);
        self.packet.get_or_init(read).as_ref()
    }

    /// The calls since it began.
    pub(super) fn calls(&self) -> &Calls {
        self.calls.get_or_init(|| match (&self.start, self.context.state()) {
            (Some(start), Some(state)) => {
                calls::read(state, start.offset, self.agent(), transcript::file(self.event))
            }
            _ => Calls::default(),
        })
    }

    /// What differs; `None` when that cannot be said.
    pub(super) fn change(&self) -> Option<&Change> {
        self.change.get_or_init(|| self.changed()).as_ref()
    }

    fn changed(&self) -> Option<Change> {
        let now = Snapshot::take(self.root()?).ok()?;
        let mut changes = self
            .bases()
            .into_iter()
            // A tree that is gone from the repository says nothing.
            .filter_map(|base| tree::changed_since(&base, &now).ok())
            .map(BTreeSet::from_iter);
        let since_base = changes.next()?;
        let since_any = changes.fold(since_base.clone(), |mut all: BTreeSet<String>, more| {
            all.extend(more);
            all
        });
        Some(Change { since_base, since_any })
    }

    /// When a file (relative to the root) was last written, in milliseconds since the Unix epoch.
    pub(super) fn written_ms(&self, path: &str) -> Option<u64> {
        let file = std::fs::symlink_metadata(self.root()?.join(path)).ok()?;
        let since = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok()
    }

    /// Whether a file was written since the agent began, by whomever.
    pub(super) fn is_fresh(&self, path: &str) -> bool {
        let Some(start) = &self.start else { return false };
        self.written_ms(path).is_some_and(|ms| ms >= start.ms)
    }

    /// The files that its file tools wrote, relative to the root; those outside of the project are left out.
    pub(super) fn own_writes(&self) -> BTreeSet<String> {
        self.relative(self.calls().own.iter().filter_map(Call::written))
    }

    /// Whether its file tools wrote this path, also one outside of the project.
    pub(super) fn has_written(&self, entry: &str) -> bool {
        let real = |file: &str| self.context.cwd.join(file.trim()).canonicalize().ok();
        let Some(wanted) = real(entry) else { return false };
        self.calls()
            .own
            .iter()
            .filter_map(Call::written)
            .any(|file| real(file).as_ref() == Some(&wanted))
    }

    /// As [`Facts::own_writes`], of everybody else.
    pub(super) fn others_writes(&self) -> BTreeSet<String> {
        self.relative(self.calls().others.iter().filter_map(Call::written))
    }

    fn relative<'b>(&self, files: impl Iterator<Item = &'b str>) -> BTreeSet<String> {
        let Some(root) = self.root() else { return BTreeSet::new() };
        let cwd = &self.context.cwd;
        files.filter_map(|file| crate::check::role::inside(root, &cwd.join(file))).collect()
    }

    /// Paths that changed since the base and that surely are this agent's doing, each with how that is known.
    pub(super) fn attributed(&self) -> Vec<(String, String)> {
        let Some(change) = self.change() else { return Vec::new() };
        let (own, others) = (self.own_writes(), self.others_writes());
        let calls = self.calls();
        change
            .since_base
            .iter()
            .filter_map(|path| {
                if own.contains(path) {
                    return Some((path.clone(), "a file tool of yours wrote it".to_owned()));
                }
                if others.contains(path) {
                    return None;
                }
                let call = match self.written_ms(path) {
                    Some(ms)
                        if calls.others.iter().any(|call| call.is_deed() && call.covers(ms)) =>
                    {
                        None
                    }
                    Some(ms) => {
                        calls.own.iter().find(|call| call.command().is_some() && call.covers(ms))
                    }
                    None => self.remover(path),
                }?;
                let line: String = call.subject.chars().take(60).collect();
                Some((path.clone(), format!("it changed while `{line}` ran")))
            })
            .collect()
    }

    /// Whether a file was written at this moment by somebody else, and not by this agent too.
    pub(super) fn is_others(&self, path: &str, ms: u64) -> bool {
        let calls = self.calls();
        let theirs = self.others_writes().contains(path)
            || calls.others.iter().any(|call| call.is_deed() && call.covers(ms));
        let own = calls.own.iter().any(|call| call.is_deed() && call.covers(ms));
        theirs && (!own || !self.own_writes().contains(path))
    }

    /// The trees that the agent can have in mind as the beginning.
    pub(super) fn bases(&self) -> Vec<String> {
        let packet = self.packet();
        let given = packet.map(|packet| packet.base_tree.clone());
        let of_run = packet.and_then(|packet| run_base(self.context.state()?, &packet.run));
        let mut bases: Vec<String> =
            [given, of_run].into_iter().flatten().filter(|base| is_tree_id(base)).collect();
        // Work that was there before the run is nobody's; without a run, the commit is what there is.
        if bases.is_empty() {
            bases.extend(self.start.as_ref().map(|start| start.head.clone()));
        }
        bases.dedup();
        bases
    }

    /// The command of this agent alone that names a file which is gone, and removes files.
    fn remover(&self, path: &str) -> Option<&Call> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let removes = |call: &&Call| {
            call.command().is_some_and(|line| {
                let words: Vec<&str> = line.split(|c: char| " \t\n;&|'\"".contains(c)).collect();
                let verb = words.iter().any(|word| matches!(*word, "rm" | "unlink" | "del"));
                verb && words.iter().any(|word| word.rsplit('/').next() == Some(name))
            })
        };
        match self.calls().others.iter().find(removes) {
            Some(_) => None,
            None => self.calls().own.iter().find(removes),
        }
    }
}

/// The tree that a run began on.
fn run_base(state: &Path, id: &str) -> Option<String> {
    if id.is_empty() {
        return None;
    }
    let file: PathBuf = run::folder(state, id).join("journal.jsonl");
    let text = std::fs::read_to_string(file).ok()?;
    let line: Value = serde_json::from_str(text.lines().next()?).ok()?;
    line["base_tree"].as_str().map(str::to_owned)
}
