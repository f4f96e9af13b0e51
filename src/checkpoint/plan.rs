//! What a rollback would do to the files, and what stands in its way; nothing is written.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Serialize, Serializer};

use super::Skipped;
use super::capture::beyond_symlink;
use super::index::State;
use super::shadow::{Shadow, line, os};
use crate::git;

/// One side of a rollback.
pub(super) struct Side<'a> {
    /// The tree of the files.
    pub(super) tree: &'a str,
    /// What the tree cannot say.
    pub(super) state: &'a State,
    /// What was left out of it.
    pub(super) skipped: &'a [Skipped],
}

/// What would happen to the files. All paths are relative to the root and sorted.
#[derive(Debug, Default, Serialize)]
pub struct Plan {
    /// Files that come back.
    pub create: Vec<Write>,
    /// Files that get other content, kind or mode.
    pub change: Vec<Write>,
    /// Files that go.
    #[serde(serialize_with = "paths")]
    pub delete: Vec<Vec<u8>>,
    /// Files of which only the permission bits change.
    pub permissions: Vec<Permission>,
    /// What differs and is left as it is.
    pub left: Vec<Left>,
    /// Files that are in the way and in no checkpoint: nothing is done as long as there is one.
    #[serde(serialize_with = "paths")]
    pub blocked: Vec<Vec<u8>>,
}

/// A file as it is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Write {
    /// Relative to the root.
    #[serde(serialize_with = "path")]
    pub path: Vec<u8>,
    /// Git's mode: `100644`, `100755` or `120000` (a symbolic link).
    pub mode: String,
    /// The object with its content.
    pub object: String,
    /// Permission bits other than those of git's modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
}

/// New permission bits of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// Relative to the root.
    #[serde(serialize_with = "path")]
    pub path: Vec<u8>,
    /// The bits.
    pub bits: u32,
}

/// A path that differs and is left alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    /// Relative to the root; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// Why, and what to do.
    pub why: String,
}

fn path<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

fn paths<S: Serializer>(list: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|bytes| String::from_utf8_lossy(bytes)))
}

impl Plan {
    /// Leaves out what does not concern these paths.
    pub(super) fn only(&mut self, paths: &[String]) {
        let wanted = |path: &[u8]| paths.iter().any(|wanted| wanted.as_bytes() == path);
        self.create.retain(|write| wanted(&write.path));
        self.change.retain(|write| wanted(&write.path));
        self.delete.retain(|path| wanted(path));
        self.permissions.retain(|file| wanted(&file.path));
    }

    /// Whether a path is touched.
    pub(super) fn concerns(&self, path: &str) -> bool {
        let path = path.as_bytes();
        self.create.iter().chain(&self.change).any(|write| write.path == path)
            || self.delete.iter().any(|deleted| deleted == path)
            || self.permissions.iter().any(|file| file.path == path)
    }

    /// Whether no file would be touched.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty()
            && self.change.is_empty()
            && self.delete.is_empty()
            && self.permissions.is_empty()
    }
}

/// One line of a comparison of two trees.
struct Change {
    from: String,
    to: String,
    object: String,
    old_object: String,
    path: Vec<u8>,
}

const NONE: &str = "000000";
const SUBMODULE: &str = "160000";

/// Compares two trees.
fn changes(shadow: &Shadow, from: &str, to: &str) -> anyhow::Result<Vec<Change>> {
    let mut diff = shadow.in_repository();
    diff.args(["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames"]);
    diff.args(["--ignore-submodules=none", from, to]);
    let bytes = git::bytes(&mut diff).context("cannot compare the checkpoints")?;
    let mut items = git::items(&bytes);
    let mut found = Vec::new();
    while let (Some(facts), Some(path)) = (items.next(), items.next()) {
        let facts = String::from_utf8_lossy(facts);
        let mut facts = facts.trim_start_matches(':').split(' ').map(str::to_owned);
        let mut next =
            || facts.next().context("git diff-tree printed a line that is not understood");
        let (from, to, old_object, object) = (next()?, next()?, next()?, next()?);
        found.push(Change { from, to, object, old_object, path: path.to_vec() });
    }
    Ok(found)
}

/// Plans the way from one side to the other.
pub(super) fn plan(shadow: &Shadow, now: &Side, to: &Side) -> anyhow::Result<Plan> {
    let root = &shadow.repository.root;
    let mut plan = Plan::default();
    let left_out: BTreeMap<&str, &str> = now
        .skipped
        .iter()
        .chain(to.skipped)
        .map(|skipped| (&*skipped.path, &*skipped.why))
        .collect();
    let mut rules_changed = false;
    for change in changes(shadow, now.tree, to.tree)? {
        let shown = String::from_utf8_lossy(&change.path).into_owned();
        if [&change.from, &change.to].iter().any(|mode| *mode == SUBMODULE) {
            plan.left.push(Left { why: inner(&change, &shown), path: shown });
            continue;
        }
        if let Some(why) = left_out.get(&*shown) {
            plan.left.push(Left { path: shown, why: format!("not in both checkpoints: {why}") });
            continue;
        }
        rules_changed |= is_rules(&change.path);
        let bits = to.state.modes.get(&change.path).copied();
        let write = |change: Change| Write {
            path: change.path,
            mode: change.to,
            object: change.object,
            bits,
        };
        match (&*change.from, &*change.to) {
            (_, NONE) => plan.delete.push(change.path),
            (NONE, _) => plan.create.push(write(change)),
            _ => plan.change.push(write(change)),
        }
    }
    if rules_changed {
        spare_ignored(shadow, to.tree, &mut plan)?;
    }
    permissions(root, now.state, to.state, &mut plan);
    obstacles(shadow, &mut plan)?;
    Ok(plan)
}

fn inner(change: &Change, shown: &str) -> String {
    match (&*change.from, &*change.to) {
        (SUBMODULE, SUBMODULE) => format!(
            "a repository of its own, now at {}: `git -C {shown} checkout {}`",
            super::short(&change.old_object),
            super::short(&change.object)
        ),
        (_, SUBMODULE) => format!(
            "was a repository of its own at {}, whose files are in no checkpoint",
            super::short(&change.object)
        ),
        _ => "is a repository of its own now; move it away to get back what was there".to_owned(),
    }
}

fn is_rules(path: &[u8]) -> bool {
    path == b".gitignore" || path.ends_with(b"/.gitignore")
}

/// A file that the checkpoint's own rules ignore was there perhaps, and is no business of ours.
fn spare_ignored(shadow: &Shadow, tree: &str, plan: &mut Plan) -> anyhow::Result<()> {
    if plan.delete.is_empty() {
        return Ok(());
    }
    // The rules of then, in a folder of their own: git reads no other file to answer.
    let folder = shadow.path.join("rules");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let names =
        git::bytes(shadow.in_repository().args(["ls-tree", "-r", "-z", "--full-tree", tree]))?;
    for item in git::items(&names) {
        let Some(tab) = item.iter().position(|byte| *byte == b'\t') else { continue };
        let path = &item[tab + 1..];
        if is_rules(path) && item.starts_with(b"100") {
            let object = String::from_utf8_lossy(&item[12..tab]).into_owned();
            let text = git::bytes(shadow.in_repository().args(["cat-file", "blob", &object]))?;
            let file = folder.join(os(path));
            std::fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            std::fs::write(file, text)?;
        }
    }
    let mut list = Vec::new();
    for path in &plan.delete {
        list.extend_from_slice(b"./");
        list.extend_from_slice(path);
        list.push(0);
    }
    let ignored: HashSet<Vec<u8>> = shadow.ignored(&folder, &list)?.into_iter().collect();
    plan.delete.retain(|path| {
        let spared = ignored.contains(path);
        if spared {
            plan.left.push(Left {
                path: String::from_utf8_lossy(path).into_owned(),
                why: "ignored by the rules of the checkpoint".to_owned(),
            });
        }
        !spared
    });
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

/// Files whose content stays and whose permission bits differ.
fn permissions(root: &Path, now: &State, to: &State, plan: &mut Plan) {
    let touched: HashSet<&[u8]> = plan
        .create
        .iter()
        .chain(&plan.change)
        .map(|write| &write.path[..])
        .chain(plan.delete.iter().map(|path| &path[..]))
        .collect();
    let all: BTreeSet<&Vec<u8>> = now.modes.keys().chain(to.modes.keys()).collect();
    for path in all.into_iter().filter(|path| !touched.contains(&path[..])) {
        let (before, after) = (now.modes.get(path), to.modes.get(path));
        let is_file = root.join(os(path)).symlink_metadata().is_ok_and(|meta| meta.is_file());
        if before == after || !is_file {
            continue;
        }
        let usual = if before.is_some_and(|bits| bits & 0o100 != 0) { 0o755 } else { 0o644 };
        let bits = after.copied().unwrap_or(usual);
        plan.permissions.push(Permission { path: path.clone(), bits });
    }
}

/// Looks for files in the way that no checkpoint holds: ignored ones, and ones that were left out.
fn obstacles(shadow: &Shadow, plan: &mut Plan) -> anyhow::Result<()> {
    let root = &shadow.repository.root;
    let going: HashSet<&[u8]> = plan.delete.iter().map(|path| &path[..]).collect();
    let known: HashSet<&[u8]> = plan.change.iter().map(|write| &write.path[..]).collect();
    let mut blocked: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut already: HashSet<Vec<u8>> = HashSet::new();
    for write in plan.create.iter().chain(&plan.change) {
        for (at, _) in write.path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let parent = &write.path[..at];
            let meta = root.join(os(parent)).symlink_metadata();
            let in_the_way = meta.is_ok_and(|meta| !meta.is_dir());
            if in_the_way && !going.contains(parent) && !known.contains(parent) {
                blocked.insert(parent.to_vec());
            }
        }
        // What lies behind a link is no file of this tree; the link itself was looked at above.
        if known.contains(&write.path[..]) || beyond_symlink(root, &write.path) {
            continue;
        }
        let file = root.join(os(&write.path));
        let Ok(meta) = file.symlink_metadata() else { continue };
        if meta.is_dir() {
            let mut files = Vec::new();
            below(&file, &mut files)?;
            blocked.extend(files.iter().filter_map(|file| {
                let path = file.strip_prefix(root).ok()?.as_os_str().as_bytes();
                (!going.contains(path)).then(|| path.to_vec())
            }));
        } else if is_same(shadow, &file, &meta, write)? {
            already.insert(write.path.clone());
        } else {
            blocked.insert(write.path.clone());
        }
    }
    plan.create.retain(|write| !already.contains(&write.path));
    plan.blocked = blocked.into_iter().collect();
    Ok(())
}

/// Whether a file that no checkpoint holds is already what it is to become.
fn is_same(
    shadow: &Shadow,
    file: &Path,
    meta: &std::fs::Metadata,
    write: &Write,
) -> anyhow::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let executable = meta.permissions().mode() & 0o100 != 0;
    let mode = if executable { "100755" } else { "100644" };
    if !meta.is_file() || mode != write.mode {
        return Ok(false);
    }
    let mut hash = shadow.git();
    hash.args(["hash-object", "--no-filters", "--"]).arg(file);
    Ok(line(&mut hash)? == write.object)
}

/// Everything below a folder that is no folder.
fn below(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            below(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}
