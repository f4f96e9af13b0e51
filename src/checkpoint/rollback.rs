//! Brings files, index and, when asked, HEAD back to a checkpoint; the present is kept first.
//!
//! The order: a checkpoint of the present, a mark that says what is under way, the files one by one,
//! the index by one rename, HEAD, the mark away. A process that is killed in between leaves the mark:
//! `checkpoint list` tells, and another rollback, on or back, finishes it.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::capture;
use super::plan::{self, Plan, Side};
use super::restore::{self, Observer};
use super::shadow::{self, Shadow, command, line};
use super::{Checkpoint, InProgress, Label, index, keep, repository, short, store};
use crate::config::Checkpoints;
use crate::git;
use crate::state::Repository;

/// Version of the mark and of what `--json` prints.
pub const VERSION: u32 = 1;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Id, beginning of an id, or phase.
    pub to: &'a str,
    /// Only checkpoints of this run.
    pub run: Option<&'a str>,
    /// HEAD and its branch go back too.
    pub head: bool,
    /// Nothing is changed.
    pub dry_run: bool,
    /// Also while a merge or the like is under way.
    pub force: bool,
}

/// What was done, or would be.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// [`VERSION`].
    pub v: u32,
    /// Where it goes.
    pub to: Checkpoint,
    /// The checkpoint of the present, which takes the rollback back; none of a dry run.
    pub undo: Option<String>,
    /// The files.
    pub files: Plan,
    /// Whether the index changes.
    pub index: bool,
    /// HEAD.
    pub head: Head,
    /// A rollback that was interrupted before this one.
    pub interrupted: Option<Pending>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

/// What happens to HEAD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// It is where it was.
    Same,
    /// It is somewhere else and stays there, because nobody asked for it.
    #[expect(missing_docs, reason = "commits or branches, for reading")]
    Stays { at: String, was: String },
    /// It goes back.
    #[expect(missing_docs, reason = "commits or branches, for reading")]
    Moves { from: String, to: String },
}

/// A rollback that has begun and has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// [`VERSION`].
    pub v: u32,
    /// The checkpoint of the state before it.
    pub from: String,
    /// Where it was going.
    pub to: String,
    /// Whether HEAD goes too.
    pub head: bool,
}

/// Why nothing was done, in words for the person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// The rollback of this working tree that has not ended, if there is one.
///
/// # Errors
/// When its mark cannot be read.
pub fn pending(repository: &Repository) -> anyhow::Result<Option<Pending>> {
    let file = mark(&shadow::folder(repository));
    match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .with_context(|| format!("{} cannot be understood", file.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn mark(folder: &Path) -> PathBuf {
    folder.join("rollback.json")
}

/// Brings the working tree that `dir` lies in back to a checkpoint.
///
/// # Errors
/// [`Refused`] when something is in the way; else when git or the disk fails.
pub fn rollback(
    dir: &Path,
    policy: &Checkpoints,
    request: &Request,
    step: Observer<'_>,
) -> anyhow::Result<Outcome> {
    let repository = repository(dir)?;
    let shadow = Shadow::open(&repository)?;
    let known = store::list(&repository.root)?;
    let to = store::find(&known, request.to, request.run)
        .map_err(|error| Refused(format!("{error:#}")))?
        .clone();
    let interrupted = pending(&repository)?;
    ready(&shadow, &to, request)?;

    let taken = capture::take(&shadow, policy.max_bytes())?;
    let root = &repository.root;
    let now_state = index::read_state(root, taken.state.as_deref())?;
    let to_state = index::read_state(root, to.facts.state.as_deref())?;
    let files = plan::plan(
        &shadow,
        &Side { tree: &taken.tree, state: &now_state, skipped: &taken.skipped },
        &Side { tree: &to.tree, state: &to_state, skipped: &to.facts.skipped },
    )?;
    let index = taken.index != to.facts.index
        || now_state.entries != to_state.entries
        || now_state.intent != to_state.intent;
    let at = (taken.head.clone(), taken.branch.clone());
    let was = (to.facts.head.clone(), to.facts.branch.clone());
    let head = match (at == was, request.head) {
        (true, _) => Head::Same,
        (false, true) => Head::Moves { from: named(&at), to: named(&was) },
        (false, false) => Head::Stays { at: named(&at), was: named(&was) },
    };
    if matches!(head, Head::Moves { .. }) {
        free(root, was.1.as_deref())?;
    }
    let notes = notes(&to, &interrupted);
    let undo = None;
    let mut outcome = Outcome { v: VERSION, to, undo, files, index, head, interrupted, notes };
    if request.dry_run {
        return Ok(outcome);
    }
    if !outcome.files.blocked.is_empty() {
        let shown: Vec<_> = outcome
            .files
            .blocked
            .iter()
            .take(10)
            .map(|path| String::from_utf8_lossy(path))
            .collect();
        return Err(Refused(format!(
            "{} ignored or large file(s) would be overwritten, and no checkpoint holds them: {}; move them away, then try again",
            outcome.files.blocked.len(),
            shown.join(", ")
        ))
        .into());
    }

    let reason = match &outcome.interrupted {
        Some(pending) => format!(
            "before the rollback to {}; the one from {} to {} was interrupted",
            outcome.to.id, pending.from, pending.to
        ),
        None => format!("before the rollback to {}", outcome.to.id),
    };
    let undo = keep(&shadow, taken, &Label { reason, ..Label::default() })?;
    step("checkpoint")?;
    let pending = Pending {
        v: VERSION,
        from: undo.id.clone(),
        to: outcome.to.id.clone(),
        head: request.head,
    };
    restore::write_whole(&mark(&shadow.path), &serde_json::to_string(&pending)?)?;
    step("mark")?;
    restore::apply(root, &outcome.files, &shadow.path, step)?;
    let new = index::build(&shadow, &outcome.to.facts.index, &to_state)?;
    step("index-built")?;
    swap_index(&repository, &new, step)?;
    if let Head::Moves { .. } = outcome.head {
        move_head(root, &at, &was, &outcome.to.id, step)?;
    }
    shadow::remove(&mark(&shadow.path))?;
    step("done")?;
    outcome.undo = Some(undo.id);
    Ok(outcome)
}

/// Brings some files back, and the index, without a checkpoint of the present: for what an agent
/// changed that it may not change.
///
/// # Errors
/// When something is in the way, or git or the disk fails.
pub fn files(dir: &Path, policy: &Checkpoints, to: &str, paths: &[String]) -> anyhow::Result<()> {
    let repository = repository(dir)?;
    let shadow = Shadow::open(&repository)?;
    let known = store::list(&repository.root)?;
    let to = store::find(&known, to, None)?;
    let request = Request { to: &to.id, run: None, head: false, dry_run: false, force: true };
    ready(&shadow, to, &request)?;
    let taken = capture::take(&shadow, policy.max_bytes())?;
    let root = &repository.root;
    let now_state = index::read_state(root, taken.state.as_deref())?;
    let to_state = index::read_state(root, to.facts.state.as_deref())?;
    let mut files = plan::plan(
        &shadow,
        &Side { tree: &taken.tree, state: &now_state, skipped: &taken.skipped },
        &Side { tree: &to.tree, state: &to_state, skipped: &to.facts.skipped },
    )?;
    files.only(paths);
    if let Some(path) = files.blocked.first() {
        bail!("{} is in the way and in no checkpoint", String::from_utf8_lossy(path));
    }
    if let Some(path) = paths.iter().find(|path| !files.concerns(path)) {
        bail!("{path} is in a repository of its own, or in no checkpoint");
    }
    restore::apply(root, &files, &shadow.path, &mut |_| Ok(()))?;
    if taken.index != to.facts.index {
        let new = index::build(&shadow, &to.facts.index, &to_state)?;
        swap_index(&repository, &new, &mut |_| Ok(()))?;
    }
    Ok(())
}

/// Refuses where a rollback would make things worse.
fn ready(shadow: &Shadow, to: &Checkpoint, request: &Request) -> anyhow::Result<()> {
    let repository = shadow.repository;
    let own = shadow::worktree(repository);
    if to.facts.worktree != own {
        return Err(Refused(format!(
            "the checkpoint {} is of the working tree {:?}, and this is {own:?}; run it there",
            to.id, to.facts.worktree
        ))
        .into());
    }
    if let Some(doing) = InProgress::of(repository).filter(|_| !request.force) {
        let word = doing.word();
        return Err(Refused(format!(
            "a {word} is under way: finish it, or end it with `git {word} --abort`; with --force files and index go back and the {word} stays under way"
        ))
        .into());
    }
    if request.dry_run {
        return Ok(());
    }
    let lock = repository.git_dir.join("index.lock");
    let (Ok(held), staged) = (lock.symlink_metadata(), staged(repository)) else { return Ok(()) };
    let ours = staged.symlink_metadata();
    if ours.is_ok_and(|ours| (ours.dev(), ours.ino()) == (held.dev(), held.ino())) {
        // An interrupted rollback made it.
        shadow::remove(&lock)?;
        return Ok(());
    }
    Err(Refused(format!(
        "{} is there, so another git command is at work; wait for it, or remove the file when there is none",
        lock.display()
    ))
    .into())
}

/// A branch that another worktree has checked out stays where it is.
fn free(root: &Path, branch: Option<&str>) -> anyhow::Result<()> {
    let Some(branch) = branch else { return Ok(()) };
    let list = line(command(root).args(["worktree", "list", "--porcelain"]))?;
    let mut at = "";
    for text in list.lines() {
        if let Some(path) = text.strip_prefix("worktree ") {
            at = path;
        }
        let here = Path::new(at).canonicalize().is_ok_and(|at| at == root);
        if text.strip_prefix("branch ") == Some(branch) && !here {
            return Err(Refused(format!(
                "the worktree {at} has {branch} checked out, so it cannot be moved from here; leave --head out"
            ))
            .into());
        }
    }
    Ok(())
}

fn notes(to: &Checkpoint, interrupted: &Option<Pending>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(doing) = to.facts.in_progress {
        notes.push(format!(
            "the checkpoint was taken during a {}: unmerged paths come back in the index, the {} itself does not",
            doing.word(),
            doing.word()
        ));
    }
    if let Some(pending) = interrupted {
        notes.push(format!(
            "the rollback from {} to {} was interrupted; `portcullis rollback --to {}` goes back to what was before it",
            pending.from, pending.to, pending.from
        ));
    }
    notes
}

/// A position of HEAD for reading: `main at 1234567`.
fn named((head, branch): &(Option<String>, Option<String>)) -> String {
    let commit = head.as_deref().map_or("no commit", short);
    match branch.as_deref() {
        Some(branch) => {
            format!("{} at {commit}", branch.strip_prefix("refs/heads/").unwrap_or(branch))
        }
        None => format!("{commit}, detached"),
    }
}

/// Where the new index waits for its turn.
fn staged(repository: &Repository) -> PathBuf {
    repository.git_dir.join("portcullis-index")
}

/// Puts the new index in place of the user's, under git's own lock.
fn swap_index(repository: &Repository, new: &Path, step: Observer<'_>) -> anyhow::Result<()> {
    let (staged, lock) = (staged(repository), repository.git_dir.join("index.lock"));
    shadow::remove(&staged)?;
    restore::copy_with_time(new, &staged)?;
    // Two names of one file: a lock that a killed rollback left is known as ours by that.
    match std::fs::hard_link(&staged, &lock) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
            "{} is there, so another git command is at work; the files are back, the index is not: run the same command again",
            lock.display()
        ),
        // A file system without hard links.
        Err(_) => restore::copy_with_time(&staged, &lock)?,
    }
    step("index-locked")?;
    std::fs::rename(&lock, repository.git_dir.join("index"))?;
    step("index-swapped")?;
    Ok(shadow::remove(&staged)?)
}

type Position = (Option<String>, Option<String>);

/// Moves HEAD and its branch. What HEAD leaves is kept by the checkpoint of the present.
fn move_head(
    root: &Path,
    at: &Position,
    was: &Position,
    id: &str,
    step: Observer<'_>,
) -> anyhow::Result<()> {
    let why = format!("portcullis rollback to {id}");
    let run = |args: &[&str]| git::bytes(command(root).args(args)).map(drop);
    let about = "files and index are back, HEAD is not: run the same command again";
    match was {
        (Some(commit), Some(branch)) => {
            run(&["update-ref", "-m", &why, branch, commit]).context(about)?;
        }
        (Some(commit), None) => {
            run(&["update-ref", "--no-deref", "-m", &why, "HEAD", commit]).context(about)?;
        }
        (None, Some(branch)) => {
            if run(&["show-ref", "--verify", "--quiet", branch]).is_ok() {
                run(&["update-ref", "-d", branch]).context(about)?;
            }
        }
        (None, None) => {}
    }
    step("branch-moved")?;
    if let Some(branch) = was.1.as_deref().filter(|branch| at.1.as_deref() != Some(*branch)) {
        run(&["symbolic-ref", "-m", &why, "HEAD", branch]).context(about)?;
    }
    step("head-moved")
}
