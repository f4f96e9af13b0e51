//! The git tree id of a working tree as it is, taken without a trace in the repository.
//!
//! The user's index is copied (which keeps its stat cache warm), everything that is not ignored is
//! added to the copy, and the tree is written into a temporary object folder. Index, refs, stash
//! and objects of the repository stay as they are. What could make a changed file look unchanged
//! is switched off: assume-unchanged and skip-worktree bits, file system monitors, replace refs.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::scratch::Scratch;
use crate::git;
use crate::state::Repository;

/// Settings that a repository may carry and that would hide a change, run a program or write
/// beside the temporary index.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.ignoreStat=false",
    "core.trustctime=true",
    "core.checkStat=default",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "index.sparse=false",
    "core.hooksPath=/dev/null",
    "core.safecrlf=false",
    "core.looseCompression=0",
    "add.ignoreErrors=false",
    "advice.addEmbeddedRepo=false",
];

/// A folder that is in no working tree.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{} is not inside a git working tree; a gate's receipt is bound to a git tree: run `git init`",
    dir.display()
)]
pub struct NotARepository {
    /// The folder.
    pub dir: PathBuf,
}

/// The state of a working tree at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The git tree id.
    pub tree: String,
    root: PathBuf,
    scratch: Scratch,
}

impl Snapshot {
    /// Takes the tree of the working tree that `dir` lies in; always the whole of it.
    ///
    /// # Errors
    /// When `dir` is in no working tree, when paths are unmerged, when a file cannot be read, or
    /// when git fails.
    pub fn take(dir: &Path) -> anyhow::Result<Self> {
        let repository = repository(dir)?;
        let scratch = Scratch::new(&repository.common_dir.join("portcullis"))?;
        let tree = Capture::new(&repository, scratch.path())?.tree()?;
        Ok(Self { tree, root: repository.root, scratch })
    }

    fn objects(&self) -> PathBuf {
        self.scratch.path().join("objects")
    }

    /// Keeps the tree in the repository under the ref `name`, so that it can be compared with
    /// later. Index, branches and HEAD stay as they are.
    ///
    /// # Errors
    /// When the objects cannot be moved or git fails.
    pub fn keep(&self, name: &str) -> anyhow::Result<()> {
        let objects = repository(&self.root)?.common_dir.join("objects");
        for folder in std::fs::read_dir(self.objects())?.flatten() {
            // Loose objects lie in folders named by two hex digits; `info` is ours.
            if folder.file_name().len() != 2 {
                continue;
            }
            let to = objects.join(folder.file_name());
            std::fs::create_dir_all(&to)?;
            for object in std::fs::read_dir(folder.path())?.flatten() {
                std::fs::rename(object.path(), to.join(object.file_name()))?;
            }
        }
        let mut commit = git::command(&self.root);
        for who in ["AUTHOR", "COMMITTER"] {
            commit.env(format!("GIT_{who}_NAME"), "Portcullis");
            commit.env(format!("GIT_{who}_EMAIL"), "portcullis@localhost");
        }
        commit.args(["commit-tree", "--no-gpg-sign", "-m", name, &self.tree]);
        let commit = git::run(commit)?;
        git::text(&self.root, ["update-ref", name, &commit]).map(drop)
    }
}

/// The paths that differ between two snapshots of the same repository, sorted, relative to its
/// root. Bytes that are no UTF-8 are replaced.
///
/// # Errors
/// When git fails.
pub fn changed_paths(before: &Snapshot, after: &Snapshot) -> anyhow::Result<Vec<String>> {
    if before.tree == after.tree {
        return Ok(Vec::new());
    }
    link_objects(&after.objects(), &before.objects())?;
    changed_since(&before.tree, after)
}

/// As [`changed_paths`], since a tree that is in the repository: one that [`Snapshot::keep`] kept,
/// or that of a commit.
///
/// # Errors
/// When git fails.
pub fn changed_since(before: &str, after: &Snapshot) -> anyhow::Result<Vec<String>> {
    let mut command = git::command(&after.root);
    command
        .env("GIT_OBJECT_DIRECTORY", after.objects())
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .args(["diff-tree", "-r", "-z", "--no-renames", "--name-only", "--ignore-submodules=none"])
        .args([before, after.tree.as_str()]);
    let paths = git::bytes(&mut command)?;
    Ok(git::items(&paths).map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

/// The tree of a commit.
///
/// # Errors
/// When `dir` is in no repository or `rev` names no commit.
pub fn commit_tree(dir: &Path, rev: &str) -> anyhow::Result<String> {
    resolve(&repository(dir)?.root, &format!("{rev}^{{tree}}"))
}

/// The commit that is checked out; none on an unborn branch.
pub(crate) fn head(root: &Path) -> Option<String> {
    resolve(root, "HEAD^{commit}").ok()
}

/// True when a part of the tree is left out of the working tree by `git sparse-checkout`.
pub(crate) fn is_sparse(root: &Path) -> bool {
    git::text(root, ["config", "--type=bool", "core.sparseCheckout"])
        .is_ok_and(|text| text == "true")
}

/// The repository that `dir` lies in, with absolute paths.
pub(crate) fn repository(dir: &Path) -> anyhow::Result<Repository> {
    let dir = dir.canonicalize().with_context(|| format!("cannot use {}", dir.display()))?;
    Ok(Repository::discover(&dir).ok_or(NotARepository { dir })?)
}

fn resolve(root: &Path, rev: &str) -> anyhow::Result<String> {
    let mut command = git::command(root);
    // A replace ref would show another tree than the one that a push sends.
    command.env("GIT_NO_REPLACE_OBJECTS", "1").args([
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        rev,
    ]);
    git::run(command).with_context(|| format!("{rev} cannot be resolved in {}", root.display()))
}

/// One working tree being read, with its temporary index and objects.
struct Capture<'a> {
    repository: &'a Repository,
    scratch: PathBuf,
}

/// One entry of the index.
struct IndexEntry {
    tag: u8,
    is_submodule: bool,
    stage: u8,
    path: OsString,
}

impl<'a> Capture<'a> {
    fn new(repository: &'a Repository, scratch: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(scratch.join("objects/info"))?;
        link_objects(&scratch.join("objects"), &repository.common_dir.join("objects"))?;
        let capture = Self { repository, scratch: scratch.to_path_buf() };
        capture.copy_index().context("cannot copy the index")?;
        Ok(capture)
    }

    /// Copies the index with its time stamp: git trusts the stat data of a file only when it is
    /// older than the index, so a younger copy would hide an edit made in the same tick.
    fn copy_index(&self) -> std::io::Result<()> {
        let mut from = match File::open(self.repository.git_dir.join("index")) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let modified = from.metadata()?.modified()?;
        let mut to = File::create(self.index())?;
        std::io::copy(&mut from, &mut to)?;
        to.set_modified(modified)
    }

    fn index(&self) -> PathBuf {
        self.scratch.join("index")
    }

    fn git(&self) -> Command {
        let root = &self.repository.root;
        let mut command = git::command(root);
        // The work tree is named so that `core.worktree` cannot point at another one.
        command
            .env("GIT_WORK_TREE", root)
            .env("GIT_INDEX_FILE", self.index())
            .env("GIT_OBJECT_DIRECTORY", self.scratch.join("objects"))
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            // Settings given by variables could declare a file ignored for this one call.
            .env_remove("GIT_CONFIG_PARAMETERS")
            .env_remove("GIT_CONFIG_COUNT");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
    }

    fn tree(&self) -> anyhow::Result<String> {
        // The index and the working tree are read at the same time: nearly no index needs more.
        // `add` would take a merge for finished, so what it is compared with is the index before:
        // git replaces the file, and a second name keeps the old one.
        let before = self.scratch.join("index-before");
        match std::fs::hard_link(self.index(), &before) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let (entries, added) = std::thread::scope(|scope| {
            let added = scope.spawn(|| self.add());
            (self.entries(&before), added.join())
        });
        let entries = entries?;
        let unmerged: BTreeSet<_> = entries
            .iter()
            .filter(|entry| entry.stage > 0)
            .map(|entry| entry.path.to_string_lossy())
            .collect();
        if !unmerged.is_empty() {
            let shown: Vec<_> = unmerged.iter().take(5).map(AsRef::as_ref).collect();
            bail!(
                "{} unmerged path(s) in {}: {}; finish or abort the merge, then try again",
                unmerged.len(),
                self.repository.root.display(),
                shown.join(", ")
            );
        }
        // Files that are not there were not tested: what a sparse checkout leaves out is no part
        // of the tree, and no bit in the index hides an edit.
        let is_assumed = |tag: u8| tag.is_ascii_lowercase();
        let is_skipped = |tag: u8| tag.eq_ignore_ascii_case(&b'S');
        let changed = if entries.iter().any(|entry| is_assumed(entry.tag) || is_skipped(entry.tag))
        {
            self.clear("--no-assume-unchanged", &entries, is_assumed)?;
            self.clear("--no-skip-worktree", &entries, is_skipped)?;
            self.add()?
        } else {
            added.map_err(|_| anyhow::anyhow!("the thread that reads the working tree died"))??
        };

        // A repository that nobody added becomes an entry of its own only now.
        let entries = if changed.is_empty() { entries } else { self.entries(&self.index())? };
        for (number, entry) in entries.iter().filter(|entry| entry.is_submodule).enumerate() {
            self.pin_submodule(&entry.path, number)?;
        }
        let mut write = self.git();
        write.args(["write-tree", "--missing-ok"]);
        git::run(write)
    }

    /// Takes the working tree into the temporary index; what git says of it.
    fn add(&self) -> anyhow::Result<Vec<u8>> {
        let mut add = self.git();
        add.args(["add", "-A", "--verbose", "--sparse", "--"]);
        add.args(self.other_worktrees());
        git::bytes(&mut add).context("cannot read the working tree")
    }

    /// The entries that need a look of their own: unmerged, with a bit set, or submodules.
    fn entries(&self, index: &Path) -> anyhow::Result<Vec<IndexEntry>> {
        let mut list = self.git();
        list.env("GIT_INDEX_FILE", index);
        list.args(["ls-files", "-z", "-s", "-v"]);
        // `TAG MODE OBJECT STAGE<tab>PATH`.
        git::items(&git::bytes(&mut list)?)
            .filter(|line| !is_ordinary(line))
            .map(|line| {
                let tab = line.iter().position(|byte| *byte == b'\t').context("no tab")?;
                let (facts, path) = line.split_at(tab);
                let facts: Vec<_> = facts.split(|byte| *byte == b' ').collect();
                let [tag, mode, _, stage] = facts[..] else { bail!("not four columns") };
                Ok(IndexEntry {
                    tag: *tag.first().context("no tag")?,
                    is_submodule: mode == b"160000",
                    stage: stage.first().context("no stage")?.wrapping_sub(b'0'),
                    path: OsString::from_vec(path[1..].to_vec()),
                })
            })
            .collect::<anyhow::Result<_>>()
            .context("git ls-files printed a line that is not understood")
    }

    /// Clears a bit of the temporary index where it is set.
    fn clear(
        &self,
        option: &str,
        entries: &[IndexEntry],
        is_set: impl Fn(u8) -> bool,
    ) -> anyhow::Result<()> {
        let mut paths = Vec::new();
        for entry in entries.iter().filter(|entry| is_set(entry.tag)) {
            paths.extend_from_slice(entry.path.as_bytes());
            paths.push(0);
        }
        if paths.is_empty() {
            return Ok(());
        }
        let file = self.scratch.join("paths");
        std::fs::write(&file, paths)?;
        let mut update = self.git();
        update.args(["update-index", "-z", option, "--stdin"]).stdin(File::open(file)?);
        git::bytes(&mut update).map(drop)
    }

    /// Linked worktrees of the same repository that lie inside this one (`.claude/worktrees/…`):
    /// they are judged on their own tree and are no part of this one.
    fn other_worktrees(&self) -> Vec<OsString> {
        let Ok(folders) = std::fs::read_dir(self.repository.common_dir.join("worktrees")) else {
            return Vec::new();
        };
        let inside = |dot_git: &Path| {
            let root = dot_git.parent()?.canonicalize().ok()?;
            let relative = root.strip_prefix(&self.repository.root).ok()?;
            (!relative.as_os_str().is_empty()).then(|| {
                let mut pathspec = OsString::from(":(top,exclude,literal)");
                pathspec.push(relative);
                pathspec
            })
        };
        folders
            .flatten()
            .filter_map(|entry| {
                let mut text = std::fs::read(entry.path().join("gitdir")).ok()?;
                while text.last().is_some_and(|byte| *byte == b'\n') {
                    text.pop();
                }
                inside(&entry.path().join(OsStr::from_bytes(&text)))
            })
            .collect()
    }

    /// Makes the entry of a submodule tell the truth: its commit when it is clean, the tree id of
    /// its working tree when it is not (no commit has that id, so it never looks clean).
    fn pin_submodule(&self, path: &OsStr, number: usize) -> anyhow::Result<()> {
        let root = self.repository.root.join(path);
        let Some(inner) = Repository::discover(&root).filter(|inner| inner.root == root) else {
            // Not checked out; the index says which commit belongs there.
            return Ok(());
        };
        let about = || format!("in the submodule {}", path.to_string_lossy());
        let scratch = self.scratch.join(format!("submodule-{number}"));
        let tree = Capture::new(&inner, &scratch)
            .and_then(|capture| capture.tree())
            .with_context(about)?;
        let commit = resolve(&root, "HEAD^{commit}").with_context(about)?;
        let clean = resolve(&root, "HEAD^{tree}").with_context(about)? == tree;
        let mut info = OsString::from(format!("160000,{},", if clean { commit } else { tree }));
        info.push(path);
        let mut update = self.git();
        update.args(["update-index", "--cacheinfo"]).arg(info);
        git::bytes(&mut update).map(drop)
    }
}

/// Whether a line of `ls-files -s -v` is a merged plain file without a bit, as nearly all are.
fn is_ordinary(line: &[u8]) -> bool {
    line.starts_with(b"H 100")
        && line.get(9..).is_some_and(|rest| {
            // The object's name has 40 or 64 digits.
            [40, 64]
                .iter()
                .any(|digits| rest.get(*digits..).is_some_and(|end| end.starts_with(b" 0\t")))
        })
}

/// Lets the object folder `to` read the objects of `from`.
fn link_objects(to: &Path, from: &Path) -> anyhow::Result<()> {
    let mut line = from.as_os_str().as_bytes().to_vec();
    line.push(b'\n');
    let mut file =
        std::fs::OpenOptions::new().append(true).create(true).open(to.join("info/alternates"))?;
    Ok(file.write_all(&line)?)
}
