//! Reads a working tree, its index and its HEAD into objects; nothing of the user's is written.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{File, Metadata};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::index::{self, UserIndex};
use super::shadow::{self, Shadow, line, os};
use super::{InProgress, Skipped};
use crate::git;
use crate::state::Repository;

/// What was read.
#[derive(Debug)]
pub(super) struct Capture {
    /// The tree of the files: tracked and untracked, not the ignored ones.
    pub(super) tree: String,
    /// The tree of the index.
    pub(super) index: String,
    /// A tree with what those two cannot say; see [`index::State`].
    pub(super) state: Option<String>,
    /// The commit that is checked out; none before the first one.
    pub(super) head: Option<String>,
    /// The full name of the branch; none when HEAD is detached.
    pub(super) branch: Option<String>,
    /// What was left out, and why.
    pub(super) skipped: Vec<Skipped>,
    /// The merge, rebase or the like that was under way.
    pub(super) in_progress: Option<InProgress>,
}

/// Permission bits that need no record: what git's two modes become under a usual umask.
pub(super) const USUAL: &[u32] = &[0o644, 0o755, 0o664, 0o775];

/// Takes the state of the working tree. Files that are new or changed and larger than `limit`
/// bytes are left out and listed.
pub(super) fn take(shadow: &Shadow, limit: u64) -> anyhow::Result<Capture> {
    match attempt(shadow, limit) {
        Ok(capture) => Ok(capture),
        // A file may have vanished while it was read, and objects that only the old index knew
        // may be gone: once more, from nothing.
        Err(_) => {
            shadow.forget()?;
            attempt(shadow, limit)
        }
    }
}

fn attempt(shadow: &Shadow, limit: u64) -> anyhow::Result<Capture> {
    let in_progress = InProgress::of(shadow.repository);
    let (user, listed, head) = std::thread::scope(|scope| {
        let user = scope.spawn(|| index::read(shadow));
        let listed = scope.spawn(|| {
            let mut list = shadow.git();
            list.args(["ls-files", "-z", "-t", "-c", "-o", "-m", "-d", "--exclude-standard"]);
            git::bytes(&mut list).context("cannot list the working tree")
        });
        let head = head(shadow);
        (user.join(), listed.join(), head)
    });
    let died = |_| anyhow::anyhow!("a thread that reads the working tree died");
    let user = user.map_err(died)??;
    let listed = listed.map_err(died)??;
    let (head, branch) = head?;

    let mut work = Work { limit, ..Work::new(shadow, &user) };
    work.sort_out(&listed)?;
    // The permission bits are read meanwhile.
    let (tree, modes) = std::thread::scope(|scope| {
        let modes = scope.spawn(|| work.modes(&listed));
        let tree = work.tree();
        (tree, modes.join())
    });
    let (tree, modes) = (tree?, modes.map_err(died)?);
    let state = index::write_state(shadow, &user, &modes)?;
    Ok(Capture {
        tree,
        index: user.tree.clone(),
        state,
        head,
        branch,
        skipped: work.skipped,
        in_progress,
    })
}

fn head(shadow: &Shadow) -> anyhow::Result<(Option<String>, Option<String>)> {
    let ask = |args: &[&str]| line(shadow.in_repository().args(args)).ok();
    let head = ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    let branch = ask(&["symbolic-ref", "--quiet", "HEAD"]);
    if head.is_none() && branch.is_none() {
        bail!("HEAD of {} names neither a commit nor a branch", shadow.repository.root.display());
    }
    Ok((head, branch))
}

/// The differences between our index and the working tree, sorted by what is to be done.
struct Work<'a> {
    shadow: &'a Shadow<'a>,
    user: &'a UserIndex,
    limit: u64,
    /// Paths whose entry is read anew.
    read: Vec<u8>,
    /// Paths whose entry goes.
    drop: Vec<u8>,
    skipped: Vec<Skipped>,
}

impl<'a> Work<'a> {
    fn new(shadow: &'a Shadow<'a>, user: &'a UserIndex) -> Self {
        Self { shadow, user, limit: 0, read: Vec::new(), drop: Vec::new(), skipped: Vec::new() }
    }

    fn sort_out(&mut self, listed: &[u8]) -> anyhow::Result<()> {
        let tracked: HashSet<&[u8]> = self.user.paths().collect();
        let mut cached: HashSet<&[u8]> = HashSet::with_capacity(tracked.len());
        let mut changed: BTreeSet<&[u8]> = BTreeSet::new();
        let mut own = Vec::new();
        for item in git::items(listed) {
            let (Some(tag), Some(path)) = (item.first(), item.get(2..)) else { continue };
            if *tag != b'H' {
                changed.insert(path.strip_suffix(b"/").unwrap_or(path));
            } else if cached.insert(path) && !tracked.contains(path) {
                own.push(path);
            }
        }
        // Taken before a rule ignored it: it is none of ours any more, unless git tracks it.
        for path in self.ignored(own)? {
            changed.remove(&path[..]);
            push(&mut self.drop, &path);
        }
        // Tracked although an ignore rule fits: the listing above does not name it as new.
        changed.extend(tracked.iter().filter(|path| !cached.contains(*path)));
        for path in changed {
            if !self.look(path, &tracked)? && cached.contains(path) {
                push(&mut self.drop, path);
            }
        }
        Ok(())
    }

    /// Those of the paths that the rules ignore now.
    fn ignored(&self, paths: Vec<&[u8]>) -> anyhow::Result<Vec<Vec<u8>>> {
        let root = &self.shadow.repository.root;
        let mut list = Vec::new();
        // Git does not judge what lies behind a link; such an entry goes anyway.
        for path in paths.into_iter().filter(|path| !beyond_symlink(root, path)) {
            list.extend_from_slice(b"./");
            push(&mut list, path);
        }
        if list.is_empty() {
            return Ok(Vec::new());
        }
        self.shadow.ignored(root, &list)
    }

    /// Brings our index up to date and writes its tree.
    fn tree(&self) -> anyhow::Result<String> {
        self.update()?;
        line(self.shadow.git().arg("write-tree")).context("cannot write the tree")
    }

    /// Decides about one path that is new, changed or gone; false when an old entry of it goes.
    fn look(&mut self, path: &[u8], tracked: &HashSet<&[u8]>) -> anyhow::Result<bool> {
        let root = &self.shadow.repository.root;
        let file = root.join(os(path));
        let Ok(meta) = file.symlink_metadata() else { return Ok(false) };
        if beyond_symlink(root, path) {
            return Ok(false);
        }
        if meta.is_dir() {
            // A folder in the place of a file, or a repository of its own.
            if file.join(".git").exists() {
                self.inner(path, &file);
            }
            return Ok(false);
        }
        if let Some(why) = self.obstacle(&file, &meta, path, tracked)? {
            self.skip(path, why, Some(meta.len()));
            return Ok(false);
        }
        push(&mut self.read, path);
        Ok(true)
    }

    /// Why a file is left out.
    fn obstacle(
        &self,
        file: &Path,
        meta: &Metadata,
        path: &[u8],
        tracked: &HashSet<&[u8]>,
    ) -> anyhow::Result<Option<&'static str>> {
        if meta.is_symlink() {
            return Ok(None);
        }
        if !meta.is_file() {
            return Ok(Some("neither a file nor a symbolic link"));
        }
        if let Err(error) = File::open(file) {
            if error.kind() == std::io::ErrorKind::NotFound {
                return Ok(None);
            }
            return Ok(Some("cannot be read"));
        }
        if meta.len() <= self.limit {
            return Ok(None);
        }
        // A large file that the repository holds already costs nothing to keep.
        if tracked.contains(path) {
            let mut hash = self.shadow.git();
            hash.args(["hash-object", "--no-filters", "--"]).arg(file);
            let object = line(&mut hash)?;
            if git::bytes(self.shadow.git().args(["cat-file", "-e", &object])).is_ok() {
                return Ok(None);
            }
        }
        Ok(Some("larger than checkpoints.max_file_mb"))
    }

    /// A repository inside of the working tree: only its commit is kept.
    fn inner(&mut self, path: &[u8], folder: &Path) {
        let found = Repository::discover(folder).filter(|inner| inner.root == folder);
        if found.is_some_and(|inner| inner.common_dir == self.shadow.repository.common_dir) {
            self.skip(path, "a linked worktree; it has checkpoints of its own", None);
            return;
        }
        let commit = line(shadow::command(folder).args([
            "rev-parse",
            "--verify",
            "--quiet",
            "HEAD^{commit}",
        ]));
        match commit {
            Ok(_) => push(&mut self.read, path),
            Err(_) => self.skip(path, "a git repository of its own, without a commit", None),
        }
    }

    fn skip(&mut self, path: &[u8], why: &str, bytes: Option<u64>) {
        let path = String::from_utf8_lossy(path).into_owned();
        self.skipped.push(Skipped { path, why: why.to_owned(), bytes });
    }

    fn update(&self) -> anyhow::Result<()> {
        if !self.drop.is_empty() {
            let mut update = self.shadow.git();
            update.args(["update-index", "-z", "--force-remove", "--stdin"]);
            update.stdin(self.shadow.stdin("paths", &self.drop)?);
            git::bytes(&mut update).context("cannot forget paths")?;
        }
        if !self.read.is_empty() {
            let mut update = self.shadow.git();
            update.args(["update-index", "-z", "--add", "--remove", "--replace", "--stdin"]);
            update.stdin(self.shadow.stdin("paths", &self.read)?);
            git::bytes(&mut update).context("cannot read the working tree")?;
        }
        Ok(())
    }

    /// Permission bits that git does not keep, by path.
    fn modes(&self, listed: &[u8]) -> BTreeMap<Vec<u8>, u32> {
        let mut modes = BTreeMap::new();
        let mut see = |path: &[u8]| {
            let Ok(meta) = self.shadow.repository.root.join(os(path)).symlink_metadata() else {
                return;
            };
            let mode = meta.permissions().mode() & 0o777;
            if meta.is_file() && !USUAL.contains(&mode) {
                modes.insert(path.to_vec(), mode);
            }
        };
        let skipped: HashSet<&[u8]> = git::items(&self.drop).collect();
        let cached = git::items(listed).filter(|item| item.first() == Some(&b'H'));
        for path in cached.map(|item| &item[2..]).filter(|path| !skipped.contains(path)) {
            see(path);
        }
        git::items(&self.read).for_each(see);
        modes
    }
}

/// Whether a folder on the way to `path` is a symbolic link: then the path is no file of this tree.
pub(super) fn beyond_symlink(root: &Path, path: &[u8]) -> bool {
    let mut at = 0;
    while let Some(slash) = path[at..].iter().position(|byte| *byte == b'/') {
        at += slash;
        if root.join(os(&path[..at])).symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            return true;
        }
        at += 1;
    }
    false
}

fn push(list: &mut Vec<u8>, path: &[u8]) {
    list.extend_from_slice(path);
    list.push(0);
}
