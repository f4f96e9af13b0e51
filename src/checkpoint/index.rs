//! The user's index: read into a tree, and what a tree cannot say beside it; built again from both.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::shadow::{self, Shadow, line};
use crate::git;

/// The user's index as read.
#[derive(Debug)]
pub(super) struct UserIndex {
    /// What `git ls-files -s -v -z` printed.
    listing: Vec<u8>,
    /// The tree of its merged entries.
    pub(super) tree: String,
    /// Entries of `git add --intent-to-add`, which are in no tree.
    intent: Vec<Promise>,
}

/// An entry of `git add --intent-to-add`: its mode and its path.
type Promise = (String, Vec<u8>);

/// What neither the tree of the files nor that of the index can say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Unmerged entries and entries with a bit set.
    pub(super) entries: Vec<Entry>,
    /// Entries of `git add --intent-to-add`.
    pub(super) intent: Vec<Promise>,
    /// Permission bits other than those of git's two modes, by path.
    pub(super) modes: BTreeMap<Vec<u8>, u32>,
}

/// One entry of an index, as `git ls-files -s -v` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `H`, `S` (skip-worktree) or `M` (unmerged); lower case with the assume-unchanged bit.
    pub(super) tag: u8,
    /// Octal.
    pub(super) mode: String,
    /// The object.
    pub(super) object: String,
    /// 0, or 1 to 3 of an unmerged path.
    pub(super) stage: u8,
    /// Relative to the root.
    pub(super) path: Vec<u8>,
}

impl Entry {
    fn parse(record: &[u8]) -> Option<Self> {
        let tab = record.iter().position(|byte| *byte == b'\t')?;
        let (facts, path) = record.split_at(tab);
        let mut facts = std::str::from_utf8(facts).ok()?.split(' ');
        Some(Self {
            tag: *facts.next()?.as_bytes().first()?,
            mode: facts.next()?.to_owned(),
            object: facts.next()?.to_owned(),
            stage: facts.next()?.parse().ok()?,
            path: path.get(1..)?.to_vec(),
        })
    }

    fn write(&self, to: &mut Vec<u8>) {
        let Self { tag, mode, object, stage, path } = self;
        to.extend_from_slice(format!("{} {mode} {object} {stage}\t", char::from(*tag)).as_bytes());
        to.extend_from_slice(path);
        to.push(0);
    }

    fn is_assumed(&self) -> bool {
        self.tag.is_ascii_lowercase()
    }

    fn is_skipped(&self) -> bool {
        self.tag.eq_ignore_ascii_case(&b'S')
    }
}

impl UserIndex {
    /// The paths that git tracks.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        git::items(&self.listing).filter_map(|record| {
            let tab = record.iter().position(|byte| *byte == b'\t')?;
            record.get(tab + 1..)
        })
    }

    /// Unmerged entries and entries with a bit set.
    fn special(&self) -> impl Iterator<Item = Entry> {
        // `H MODE OBJECT 0<tab>`: nearly all.
        let plain = |record: &&[u8]| {
            record.starts_with(b"H ")
                && record
                    .iter()
                    .position(|byte| *byte == b'\t')
                    .is_some_and(|tab| record[..tab].ends_with(b" 0"))
        };
        git::items(&self.listing).filter(move |record| !plain(record)).filter_map(Entry::parse)
    }
}

/// Reads the index of the user.
pub(super) fn read(shadow: &Shadow) -> anyhow::Result<UserIndex> {
    let copy = shadow.path.join("user-index");
    copy_index(&shadow.repository.git_dir.join("index"), &copy).context("cannot copy the index")?;
    let on_copy = || {
        let mut command = shadow.in_repository();
        command.env("GIT_INDEX_FILE", &copy);
        command
    };
    let listing = git::bytes(on_copy().args(["ls-files", "-z", "-s", "-v"]))
        .context("cannot read the index")?;
    let mut index = UserIndex { listing, tree: String::new(), intent: Vec::new() };
    let mut unmerged = Vec::new();
    for entry in index.special().filter(|entry| entry.stage > 0) {
        unmerged.extend_from_slice(format!("0 {}\t", "0".repeat(entry.object.len())).as_bytes());
        unmerged.extend_from_slice(&entry.path);
        unmerged.push(0);
    }
    if !unmerged.is_empty() {
        let mut update = on_copy();
        update.args(["update-index", "-z", "--index-info"]);
        update.stdin(shadow.stdin("unmerged", &unmerged)?);
        git::bytes(&mut update).context("cannot set the unmerged paths aside")?;
    }
    index.tree = line(on_copy().args(["write-tree", "--missing-ok"]))
        .context("cannot write the tree of the index")?;
    index.intent = intent(shadow, &index)?;
    Ok(index)
}

/// Entries of an empty file may be promises to add one; those are not in the tree.
fn intent(shadow: &Shadow, index: &UserIndex) -> anyhow::Result<Vec<Promise>> {
    // The empty blob in both formats (gitformat-pack(5) leaves it to the hash).
    const EMPTY: &[&str] = &[
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    ];
    let candidates: Vec<Promise> = git::items(&index.listing)
        .filter(|record| {
            EMPTY.iter().any(|empty| {
                record.get(9..9 + empty.len()) == Some(empty.as_bytes())
                    && record.get(9 + empty.len()..).is_some_and(|rest| rest.starts_with(b" 0\t"))
            })
        })
        .filter_map(Entry::parse)
        .map(|entry| (entry.mode, entry.path))
        .collect();
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let listed = git::bytes(shadow.in_repository().args([
        "ls-tree",
        "-r",
        "-z",
        "--name-only",
        "--full-tree",
        &index.tree,
    ]))?;
    let listed: HashSet<&[u8]> = git::items(&listed).collect();
    Ok(candidates.into_iter().filter(|(_, path)| !listed.contains(&path[..])).collect())
}

/// Copies an index with its time stamp: git trusts the stat data of a file only when it is older
/// than the index. A missing index is an empty one.
fn copy_index(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut from = match File::open(from) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return shadow::remove(to),
        Err(error) => return Err(error),
    };
    let modified = from.metadata()?.modified()?;
    let mut to = File::create(to)?;
    std::io::copy(&mut from, &mut to)?;
    to.set_modified(modified)
}

/// Writes the [`State`] as a tree; `None` when there is nothing to say, as nearly always.
pub(super) fn write_state(
    shadow: &Shadow,
    index: &UserIndex,
    modes: &BTreeMap<Vec<u8>, u32>,
) -> anyhow::Result<Option<String>> {
    let mut tree = String::new();
    let (mut entries, mut intent, mut bits) = (Vec::new(), Vec::new(), Vec::new());
    for entry in index.special() {
        // The objects of an unmerged path are in no other tree.
        if entry.stage > 0 && entry.mode != "160000" {
            let number = tree.lines().count();
            tree.push_str(&format!("100644 blob {}\tunmerged-{number}\n", entry.object));
        }
        entry.write(&mut entries);
    }
    for (mode, path) in &index.intent {
        intent.extend_from_slice(format!("{mode} ").as_bytes());
        intent.extend_from_slice(path);
        intent.push(0);
    }
    for (path, mode) in modes {
        bits.extend_from_slice(format!("{mode:o} ").as_bytes());
        bits.extend_from_slice(path);
        bits.push(0);
    }
    for (name, bytes) in [("entries", &entries), ("intent", &intent), ("modes", &bits)] {
        if bytes.is_empty() {
            continue;
        }
        let mut hash = shadow.in_repository();
        hash.args(["hash-object", "-w", "--stdin"]).stdin(shadow.stdin("blob", bytes)?);
        tree.push_str(&format!("100644 blob {}\t{name}\n", line(&mut hash)?));
    }
    if tree.is_empty() {
        return Ok(None);
    }
    let mut make = shadow.in_repository();
    make.args(["mktree", "--missing"]).stdin(shadow.stdin("blob", tree.as_bytes())?);
    line(&mut make).map(Some)
}

/// Reads what [`write_state`] wrote.
pub(super) fn read_state(root: &Path, tree: Option<&str>) -> anyhow::Result<State> {
    let mut state = State::default();
    let Some(tree) = tree else { return Ok(state) };
    let names = git::bytes(shadow::command(root).args(["ls-tree", "-z", "--name-only", tree]))?;
    for name in git::items(&names) {
        let part = String::from_utf8_lossy(name);
        if !matches!(&*part, "entries" | "intent" | "modes") {
            continue;
        }
        let object = format!("{tree}:{part}");
        let bytes = git::bytes(shadow::command(root).args(["cat-file", "blob", &object]))?;
        for item in git::items(&bytes) {
            if part == "entries" {
                state.entries.extend(Entry::parse(item));
                continue;
            }
            let space = item.iter().position(|byte| *byte == b' ').unwrap_or_default();
            let mode = String::from_utf8_lossy(&item[..space]).into_owned();
            let path = item[space + 1..].to_vec();
            match &*part {
                "intent" => state.intent.push((mode, path)),
                _ => {
                    let Ok(bits) = u32::from_str_radix(&mode, 8) else {
                        bail!("{object}: {mode:?} is no mode")
                    };
                    state.modes.insert(path, bits & 0o777);
                }
            }
        }
    }
    Ok(state)
}

/// Builds the index of a checkpoint in a file beside ours; the user's is not touched. Stat data of
/// entries that stay the same are kept.
pub(super) fn build(shadow: &Shadow, tree: &str, state: &State) -> anyhow::Result<PathBuf> {
    let file = shadow.path.join("new-index");
    copy_index(&shadow.repository.git_dir.join("index"), &file)?;
    let git = || {
        let mut command = shadow.in_repository();
        command.env("GIT_INDEX_FILE", &file);
        command
    };
    // The bits go first: git does not replace an entry that it is told not to look at.
    let listing = git::bytes(git().args(["ls-files", "-z", "-s", "-v"]))?;
    let now = UserIndex { listing, tree: String::new(), intent: Vec::new() };
    let now: Vec<Entry> = now.special().filter(|entry| entry.stage == 0).collect();
    let wanted: Vec<&Entry> = state.entries.iter().filter(|entry| entry.stage == 0).collect();
    let paths = |entries: &mut dyn Iterator<Item = &Entry>| -> Vec<u8> {
        entries.flat_map(|entry| entry.path.iter().copied().chain([0])).collect()
    };
    let mut merged = Vec::new();
    for entry in state.entries.iter().filter(|entry| entry.stage > 0) {
        let Entry { mode, object, stage, path, .. } = entry;
        merged.extend_from_slice(format!("{mode} {object} {stage}\t").as_bytes());
        merged.extend_from_slice(path);
        merged.push(0);
    }
    let update = |options: &[&str], input: Vec<u8>| -> anyhow::Result<()> {
        if input.is_empty() {
            return Ok(());
        }
        let mut update = git();
        update.args(["update-index", "-z"]).args(options);
        update.stdin(shadow.stdin("paths", &input)?);
        git::bytes(&mut update).map(drop).context("cannot set the entries of the index")
    };
    let assumed = |entry: &&Entry| entry.is_assumed();
    let skipped = |entry: &&Entry| entry.is_skipped();
    update(&["--no-assume-unchanged", "--stdin"], paths(&mut now.iter().filter(assumed)))?;
    update(&["--no-skip-worktree", "--stdin"], paths(&mut now.iter().filter(skipped)))?;
    git::bytes(git().args(["read-tree", "--reset", "--no-sparse-checkout", tree]))
        .context("cannot read the tree of the index")?;
    update(&["--index-info"], merged)?;
    promise(shadow, &file, &state.intent)?;
    let wanted = || wanted.iter().copied();
    update(&["--skip-worktree", "--stdin"], paths(&mut wanted().filter(skipped)))?;
    update(&["--assume-unchanged", "--stdin"], paths(&mut wanted().filter(assumed)))?;
    // Its exit code says whether anything differs from the files, which is no error here.
    let _ = git::bytes(git().args(["update-index", "-q", "--refresh"]));
    Ok(file)
}

/// Renews the entries of `git add --intent-to-add`. Git makes one of a file that is there only, so
/// it is shown empty files in a folder of ours.
fn promise(shadow: &Shadow, index: &Path, promises: &[Promise]) -> anyhow::Result<()> {
    if promises.is_empty() {
        return Ok(());
    }
    let folder = shadow.path.join("promised");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut list = Vec::new();
    for (mode, path) in promises {
        let file = folder.join(shadow::os(path));
        std::fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        if mode == "120000" {
            symlink("promised", &file)?;
        } else {
            File::create(&file)?;
            let bits = if mode == "100755" { 0o755 } else { 0o644 };
            std::fs::set_permissions(&file, Permissions::from_mode(bits))?;
        }
        list.extend_from_slice(path);
        list.push(0);
    }
    shadow.stdin("paths", &list)?;
    let mut add = shadow.in_repository();
    add.current_dir(&folder)
        .env("GIT_DIR", &shadow.repository.git_dir)
        .env("GIT_WORK_TREE", &folder)
        .env("GIT_INDEX_FILE", index);
    add.args(["add", "-N", "-f", "--sparse", "--pathspec-file-nul", "--pathspec-from-file"]);
    add.arg(shadow.path.join("paths"));
    git::bytes(&mut add).context("cannot renew intent-to-add")?;
    Ok(std::fs::remove_dir_all(&folder)?)
}
