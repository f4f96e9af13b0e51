//! What a change adds: the index against `HEAD`, or one commit against another.
//!
//! The new version of each changed file is judged whole, so that a match has its surroundings. What
//! the old version held too was not added: it is told as a warning.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use anyhow::{Context, bail};

use super::blobs::{Blobs, Oid, command};
use super::worker::Worker;
use super::{Event, Find, Origin, Progress, Shared};
use crate::git;

/// A changed file.
#[derive(Debug)]
struct Change {
    path: String,
    /// Versions that were there before; several in a merge.
    old: Vec<Oid>,
    new: Oid,
}

/// Scans what is staged.
pub(super) fn staged(shared: &Shared, send: &Sender<Event>) -> anyhow::Result<()> {
    let top = top(&shared.options.dir)?;
    let head = match git::text(&top, ["rev-parse", "-q", "--verify", "HEAD^{commit}"]) {
        Ok(head) => head,
        // Before the first commit everything is added.
        Err(_) => empty_tree(&top)?,
    };
    let mut diff = command(&top);
    if let Some(index) = &shared.options.index {
        diff.env("GIT_INDEX_FILE", shared.options.dir.join(index));
    }
    diff.args(["diff-index", "--cached", "--raw", "-z", "--no-abbrev", "-M"]);
    diff.args([head.as_str(), "--"]);
    let mut changes = changed(diff)?;
    for parent in merging(&top) {
        for change in &mut changes {
            // What another parent of the merge brings was committed before.
            let name = format!("{parent}:{}", change.path);
            if let Ok(oid) = git::text(&top, ["rev-parse", "-q", "--verify", &name]) {
                change.old.extend(Oid::parse(oid.as_bytes()));
            }
        }
    }
    judge(shared, &top, changes, send);
    Ok(())
}

/// Scans what the second commit of a range adds to the first.
pub(super) fn diff(shared: &Shared, range: &str, send: &Sender<Event>) -> anyhow::Result<()> {
    let top = top(&shared.options.dir)?;
    let (from, to, base) = match (range.split_once("..."), range.split_once("..")) {
        (Some((from, to)), _) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        _ => bail!("--diff {range:?}: two commits are needed, as A..B or A...B"),
    };
    let commit = |name: &str| {
        let name = if name.is_empty() { "HEAD" } else { name };
        let wanted = format!("{name}^{{commit}}");
        git::text(&top, ["rev-parse", "-q", "--verify", "--end-of-options", &wanted])
            .with_context(|| format!("--diff {range:?}: {name:?} is no commit here"))
    };
    let (mut from, to) = (commit(from)?, commit(to)?);
    if base {
        from = git::text(&top, ["merge-base", &from, &to])
            .with_context(|| format!("--diff {range:?}: the two have no commit in common"))?;
    }
    let mut diff = command(&top);
    diff.args(["diff-tree", "-r", "--raw", "-z", "--no-abbrev", "-M", &from, &to]);
    judge(shared, &top, changed(diff)?, send);
    Ok(())
}

fn top(dir: &Path) -> anyhow::Result<PathBuf> {
    let top = git::text(dir, ["rev-parse", "--show-toplevel"])
        .with_context(|| format!("{} lies in no working tree of git", dir.display()))?;
    Ok(PathBuf::from(top))
}

/// The id of the tree without files, in the hash that this repository uses.
fn empty_tree(top: &Path) -> anyhow::Result<String> {
    git::text(top, ["hash-object", "-t", "tree", "--stdin"])
}

/// The commits that are being merged into `HEAD`.
fn merging(top: &Path) -> Vec<String> {
    let file = git::text(top, ["rev-parse", "--git-path", "MERGE_HEAD"]);
    let text = file.ok().and_then(|file| std::fs::read_to_string(top.join(file)).ok());
    text.unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Runs a diff and reads its raw form: `:MODE MODE OID OID STATUS NUL PATH NUL`, with a second path
/// for renames and copies.
fn changed(mut diff: Command) -> anyhow::Result<Vec<Change>> {
    let output = diff.output().context("cannot start git; is it installed and on PATH?")?;
    if !output.status.success() {
        bail!("git cannot compare: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut fields = output.stdout.split(|byte| *byte == 0);
    let mut changes = Vec::new();
    while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
        let parts: Vec<&[u8]> = head.split(|byte| *byte == b' ').collect();
        let [_, mode, old, new, status] = parts.as_slice() else { continue };
        let path = match status.first() {
            Some(b'R' | b'C') => fields.next().unwrap_or(path),
            _ => path,
        };
        // A deletion has no new version, and a submodule is another repository.
        let (Some(new), false) = (Oid::parse(new), *mode == b"160000") else { continue };
        let path = String::from_utf8_lossy(path).into_owned();
        changes.push(Change { path, old: Oid::parse(old).into_iter().collect(), new });
    }
    Ok(changes)
}

/// Changes for which another worker, with a git of its own, is worth its start.
const SHARE: usize = 64;

fn judge(shared: &Shared, top: &Path, mut changes: Vec<Change>, send: &Sender<Event>) {
    // A file that was only renamed, or comes whole from the other side of a merge, adds nothing.
    changes.retain(|change| !change.old.contains(&change.new));
    shared.progress.total.store(changes.len() as u64, Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let threads = shared.options.threads.min(changes.len().div_ceil(SHARE));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = shared.worker(send);
                worker.tell_comments = false;
                let mut blobs = Blobs::new(top);
                while let Some(change) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&mut worker, &mut blobs, change);
                }
            });
        }
    });
}

fn one(worker: &mut Worker, blobs: &mut Blobs, change: &Change) {
    let origin = Origin::file(&change.path);
    let Some(finds) = version(worker, blobs, &origin, &change.new) else { return };
    let mut known = HashSet::new();
    if !finds.is_empty() {
        for old in &change.old {
            // Read again for its matches alone: it is no further file.
            let before = version(worker, blobs, &origin, old).unwrap_or_default();
            known.extend(before.into_iter().filter(|find| find.dropped.is_none()).map(mark));
            worker.shared.progress.files.fetch_sub(1, Ordering::Relaxed);
        }
    }
    for mut find in finds {
        find.known = known.contains(&mark(find.clone()));
        worker.tell(Event::Find(find));
    }
}

fn mark(find: Find) -> String {
    find.fingerprint
}

fn version(
    worker: &mut Worker,
    blobs: &mut Blobs,
    origin: &Origin,
    oid: &Oid,
) -> Option<Vec<Find>> {
    match blobs.one(oid, |content| worker.finds(origin, content)) {
        Ok(Some(finds)) => Some(finds),
        Ok(None) => {
            Progress::add(&worker.shared.progress.files, 1);
            worker.problem(origin, &format!("git does not have its content ({oid})"));
            None
        }
        Err(error) => {
            Progress::add(&worker.shared.progress.files, 1);
            worker.problem(origin, &format!("{error} ({oid})"));
            None
        }
    }
}
