//! Checkpoints: the whole working tree, index and HEAD as one commit under a ref of our own.
//!
//! `refs/portcullis/checkpoints/<id>` names a commit whose tree is the working tree (tracked and
//! untracked files, byte for byte, ignored ones never). Its parents keep the rest alive: HEAD, a
//! commit of the index, and, where a tree cannot say everything, a commit of the remaining state.
//! `docs/checkpoints.md` says what is kept and what is not.

mod capture;
pub mod compare;
mod index;
pub mod plan;
pub mod restore;
pub mod rollback;
mod shadow;
pub mod store;

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::config::Checkpoints;
use crate::state::Repository;
use crate::{journal, secrets};

use capture::Capture;
use shadow::Shadow;

/// Version of the facts in a checkpoint's commit message.
pub const VERSION: u32 = 1;

/// What a checkpoint is for.
#[derive(Debug, Clone, Default)]
pub struct Label {
    /// The run it belongs to.
    pub run: Option<String>,
    /// The phase of the run that begins with it.
    pub phase: Option<String>,
    /// Why it is taken, in words. Secrets in it are redacted.
    pub reason: String,
}

/// What was left out of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Relative to the root; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// Why.
    pub why: String,
    /// Its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Something of git's that was not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "git's own words")]
pub enum InProgress {
    Merge,
    Rebase,
    CherryPick,
    Revert,
}

impl InProgress {
    /// What is under way in a working tree.
    pub fn of(repository: &Repository) -> Option<Self> {
        const SIGNS: &[(&str, InProgress)] = &[
            ("rebase-merge", InProgress::Rebase),
            ("rebase-apply", InProgress::Rebase),
            ("MERGE_HEAD", InProgress::Merge),
            ("CHERRY_PICK_HEAD", InProgress::CherryPick),
            ("REVERT_HEAD", InProgress::Revert),
        ];
        let there = |name: &str| repository.git_dir.join(name).exists();
        SIGNS.iter().find(|(name, _)| there(name)).map(|(_, what)| *what)
    }

    /// The git command that ends it: `git merge --abort`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
        }
    }
}

/// The facts of a checkpoint, as its commit message keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// [`VERSION`].
    pub v: u32,
    /// Milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The working tree: `main`, or the name of a linked worktree.
    pub worktree: String,
    /// The commit that was checked out; none before the first one.
    pub head: Option<String>,
    /// The full name of the branch; none when HEAD was detached.
    pub branch: Option<String>,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The phase that began with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Why it was taken.
    pub reason: String,
    /// The tree of the index.
    pub index: String,
    /// The tree of what the other two cannot say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// What of git's was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_progress: Option<InProgress>,
}

/// A checkpoint that is in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// Its name; it begins with the time (UTC), so names sort by age.
    pub id: String,
    /// Its commit.
    pub commit: String,
    /// The tree of the files.
    pub tree: String,
    /// The rest.
    #[serde(flatten)]
    pub facts: Facts,
}

/// What to do when nothing has changed since the newest checkpoint of the same working tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSame {
    /// Make a new one all the same.
    Make,
    /// Return that one.
    Reuse,
}

/// Takes a checkpoint of the working tree that `dir` lies in, and prunes old ones by the policy.
///
/// # Errors
/// When `dir` is in no working tree, or git or the disk fails.
pub fn create(
    dir: &Path,
    policy: &Checkpoints,
    label: &Label,
    when_same: WhenSame,
) -> anyhow::Result<Checkpoint> {
    let repository = repository(dir)?;
    let shadow = Shadow::open(&repository)?;
    let taken = capture::take(&shadow, policy.max_bytes())?;
    let known = store::list(&repository.root)?;
    if when_same == WhenSame::Reuse {
        let own = shadow::worktree(&repository);
        let newest = known.iter().rev().find(|known| known.facts.worktree == own);
        if let Some(newest) = newest.filter(|newest| same(newest, &taken)) {
            return Ok(newest.clone());
        }
    }
    let made = keep(&shadow, taken, label)?;
    // The new one is never among them, and a failure to tidy up is no failure of the checkpoint.
    let held = rollback::pending(&repository)?;
    let held = |id: &str| held.as_ref().is_some_and(|held| held.from == id || held.to == id);
    let mut old = store::old(&known, policy, made.facts.time_ms);
    old.retain(|old| !held(&old.id));
    let _ = store::remove(&repository.root, &old);
    Ok(made)
}

/// Gives a checkpoint a second name: the same state under another label.
///
/// # Errors
/// When git fails.
pub fn name_again(root: &Path, known: &Checkpoint, label: &Label) -> anyhow::Result<Checkpoint> {
    let clean = |text: &str| secrets::redact(text).into_owned();
    let facts = Facts {
        time_ms: journal::now_ms(),
        run: label.run.as_deref().map(clean),
        phase: label.phase.as_deref().map(clean),
        reason: clean(&label.reason),
        ..known.facts.clone()
    };
    store::write(root, known.tree.clone(), facts)
}

fn same(known: &Checkpoint, taken: &Capture) -> bool {
    let facts = &known.facts;
    known.tree == taken.tree
        && facts.index == taken.index
        && facts.state == taken.state
        && facts.head == taken.head
        && facts.branch == taken.branch
        && facts.skipped == taken.skipped
}

/// The beginning of an object's name, for reading.
pub(crate) fn short(name: &str) -> &str {
    name.get(..10).unwrap_or(name)
}

/// Makes what was read a checkpoint.
fn keep(shadow: &Shadow, taken: Capture, label: &Label) -> anyhow::Result<Checkpoint> {
    let clean = |text: &str| secrets::redact(text).into_owned();
    let Capture { tree, index, state, head, branch, skipped, in_progress } = taken;
    let facts = Facts {
        v: VERSION,
        time_ms: journal::now_ms(),
        worktree: shadow::worktree(shadow.repository),
        head,
        branch,
        run: label.run.as_deref().map(clean),
        phase: label.phase.as_deref().map(clean),
        reason: clean(&label.reason),
        index,
        state,
        skipped,
        in_progress,
    };
    store::write(&shadow.repository.root, tree, facts)
}

/// The repository that `dir` lies in, with absolute paths.
///
/// # Errors
/// When `dir` is in no working tree.
pub fn repository(dir: &Path) -> anyhow::Result<Repository> {
    let dir = dir.canonicalize().with_context(|| format!("cannot use {}", dir.display()))?;
    let found = Repository::discover(&dir);
    found.with_context(|| {
        format!(
            "{} is in no git working tree, and checkpoints are git objects: run `git init`",
            dir.display()
        )
    })
}
