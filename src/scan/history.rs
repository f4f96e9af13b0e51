//! A whole history: every blob once, in the order in which the packs hold them.
//!
//! First `git log` tells which commit brought which blob first; then workers, each with a git of its
//! own, read the blobs. Held in memory: under 80 bytes a blob, a commit that brought something, and
//! each path once.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use anyhow::{Context, bail};

use super::blobs::{Blobs, Oid, command};
use super::worker::Worker;
use super::{Event, Origin, Shared};
use crate::git;
use crate::report::Commit;

/// Where a blob appeared first.
#[derive(Debug)]
struct First {
    /// Index into the commits, oldest first.
    commit: u32,
    path: Arc<str>,
}

#[derive(Debug, Default)]
struct Appearances {
    commits: Vec<Arc<Commit>>,
    blobs: HashMap<Oid, First>,
}

/// Scans every blob that all refs, or a range of commits, ever held.
pub(super) fn scan(
    shared: &Shared,
    range: Option<&str>,
    send: &Sender<Event>,
) -> anyhow::Result<()> {
    let dir = &shared.options.dir;
    git::text(dir, ["rev-parse", "--git-dir"])
        .with_context(|| format!("{} lies in no repository of git", dir.display()))?;
    let appearances = appearances(dir, range)?;
    if git::text(dir, ["rev-parse", "--is-shallow-repository"])? == "true" {
        let origin = Origin::file(".git/shallow");
        let text = "this clone is shallow: older commits are not here; run `git fetch --unshallow`";
        let _ = send.send(Event::Problem(origin, text.to_owned()));
    }
    let order = in_pack_order(dir, &appearances)?;
    shared.progress.total.store(order.len() as u64, Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let threads = shared.options.threads.min(order.len().div_ceil(Blobs::MOST)).max(1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut reader = Reader {
                    worker: shared.worker(send),
                    blobs: Blobs::new(dir),
                    appearances: &appearances,
                };
                reader.worker.tell_comments = false;
                reader.run(|| {
                    let at = next.fetch_add(Blobs::MOST, Ordering::Relaxed);
                    order.get(at..order.len().min(at + Blobs::MOST)).filter(|some| !some.is_empty())
                });
            });
        }
    });
    Ok(())
}

struct Reader<'s> {
    worker: Worker<'s>,
    blobs: Blobs,
    appearances: &'s Appearances,
}

impl Reader<'_> {
    /// Reads portion after portion; the next one is asked for before this one is read, so that git
    /// does not wait for us.
    fn run<'o>(&mut self, mut next: impl FnMut() -> Option<&'o [Oid]>) {
        let mut asked = next();
        if let Some(portion) = asked {
            self.ask(portion);
        }
        while let Some(portion) = asked {
            asked = next();
            if let Some(following) = asked {
                self.ask(following);
            }
            for (at, oid) in portion.iter().enumerate() {
                if let Err(error) = self.one(oid) {
                    // Git ended and took the questions with it: they are asked again.
                    self.problem(oid, &error.to_string());
                    self.ask(&portion[at + 1..]);
                    if let Some(following) = asked {
                        self.ask(following);
                    }
                }
            }
        }
    }

    fn ask(&mut self, portion: &[Oid]) {
        // A question that git did not get fails again as an answer that does not come.
        let _ = self.blobs.ask(portion);
    }

    fn one(&mut self, oid: &Oid) -> std::io::Result<()> {
        let origin = self.origin(oid);
        let worker = &mut self.worker;
        let answer = self.blobs.answer(|content| worker.file(&origin, content, None))?;
        if answer.is_none() {
            self.problem(oid, "git does not have its content");
        }
        Ok(())
    }

    fn problem(&self, oid: &Oid, reason: &str) {
        self.worker.problem(&self.origin(oid), &format!("{reason} ({oid})"));
    }

    fn origin(&self, oid: &Oid) -> Origin {
        let Some(first) = self.appearances.blobs.get(oid) else { return Origin::default() };
        let commit = self.appearances.commits.get(first.commit as usize);
        let commit = commit.map(|commit| (first.commit, Arc::clone(commit)));
        Origin { path: first.path.to_string(), member: None, commit }
    }
}

/// Asks `git log` for the commit and path in which each blob appears first.
fn appearances(dir: &Path, range: Option<&str>) -> anyhow::Result<Appearances> {
    let mut log = command(dir);
    // Parents before children. `-c` shows, of a merge, what no parent holds; without renames
    // there is one path for each change.
    log.args(["log", "--topo-order", "--reverse", "--raw", "-z", "-c", "--root", "--no-renames"]);
    log.args(["--no-abbrev", "--no-mailmap", "--format=%x01%H%x00%an <%ae>%x00%aI"]);
    match range {
        Some(range) => log.args(["--end-of-options", range]),
        None => log.arg("--all"),
    };
    log.arg("--");
    let (mut child, stdout) = start(log)?;
    let mut fields = Fields { stdout, field: Vec::new() };
    let mut found = Appearances::default();
    let mut paths: HashSet<Arc<str>> = HashSet::new();
    let mut current: Option<Commit> = None;
    let mut kept = false;
    while let Some(field) = fields.next()? {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if let Some(id) = field.strip_prefix(b"\x01") {
            let id = String::from_utf8_lossy(id).into_owned();
            let mut text = || -> anyhow::Result<String> {
                let field = fields.next()?.unwrap_or_default();
                Ok(String::from_utf8_lossy(field).into_owned())
            };
            let (author, date) = (text()?, text()?);
            current = Some(Commit { id, author, date });
            kept = false;
        } else if field.starts_with(b":") {
            let blob = new_blob(field);
            let Some(path) = fields.next()? else { break };
            let (Some(oid), Some(commit)) = (blob, &current) else { continue };
            if found.blobs.contains_key(&oid) {
                continue;
            }
            if !kept {
                found.commits.push(Arc::new(commit.clone()));
                kept = true;
            }
            let path = String::from_utf8_lossy(path);
            let path = match paths.get(path.as_ref()) {
                Some(known) => Arc::clone(known),
                None => {
                    let path: Arc<str> = path.into();
                    paths.insert(Arc::clone(&path));
                    path
                }
            };
            let commit = u32::try_from(found.commits.len() - 1).context("too many commits")?;
            found.blobs.insert(oid, First { commit, path });
        }
    }
    ended(&mut child, range)?;
    Ok(found)
}

/// The new blob of a raw line: `:MODES OIDS STATUS`, with as many modes and ids as versions.
fn new_blob(line: &[u8]) -> Option<Oid> {
    let parents = line.iter().take_while(|byte| **byte == b':').count();
    let parts: Vec<&[u8]> = line[parents..].split(|byte| *byte == b' ').collect();
    let submodule = *parts.get(parents)? == b"160000";
    if submodule { None } else { Oid::parse(parts.get(2 * parents + 1)?) }
}

/// The blobs in the order in which git finds them cheapest.
fn in_pack_order(dir: &Path, appearances: &Appearances) -> anyhow::Result<Vec<Oid>> {
    let mut list = command(dir);
    list.args(["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"]);
    let (mut child, mut stdout) = start(list)?;
    let mut order = Vec::with_capacity(appearances.blobs.len());
    let mut seen = HashSet::with_capacity(appearances.blobs.len());
    let mut line = Vec::new();
    while stdout.read_until(b'\n', &mut line)? > 0 {
        let oid = Oid::parse(line.trim_ascii());
        order.extend(oid.filter(|oid| appearances.blobs.contains_key(oid) && seen.insert(*oid)));
        line.clear();
    }
    ended(&mut child, None)?;
    // What is not here is asked for all the same: then its absence is told.
    order.extend(appearances.blobs.keys().filter(|oid| !seen.contains(*oid)));
    Ok(order)
}

fn start(mut command: std::process::Command) -> anyhow::Result<(Child, BufReader<ChildStdout>)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start git; is it installed and on PATH?")?;
    let stdout = child.stdout.take().context("git has no output")?;
    Ok((child, BufReader::with_capacity(256 << 10, stdout)))
}

fn ended(child: &mut Child, range: Option<&str>) -> anyhow::Result<()> {
    if child.wait()?.success() {
        return Ok(());
    }
    match range {
        Some(range) => bail!("--history={range}: git knows no such range of commits"),
        None => bail!("git cannot list the history; run `git fsck`"),
    }
}

/// Fields that end with a zero byte; empty ones are passed over.
struct Fields {
    stdout: BufReader<ChildStdout>,
    field: Vec<u8>,
}

impl Fields {
    fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
        loop {
            self.field.clear();
            if self.stdout.read_until(0, &mut self.field)? == 0 {
                return Ok(None);
            }
            if self.field.last() == Some(&0) {
                self.field.pop();
            }
            if !self.field.is_empty() {
                return Ok(Some(&self.field));
            }
        }
    }
}
