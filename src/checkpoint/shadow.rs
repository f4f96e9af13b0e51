//! A git folder of our own beside the repository's: same objects and ignore rules, another index.
//!
//! Its index remembers the stat data of what the last checkpoint saw, so that the next one reads
//! only what changed. Its attributes switch every conversion off (line ends, LFS, other filters),
//! so the objects hold the bytes of the working tree. The user's index is only read.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::git;
use crate::state::Repository;

/// `info/attributes` is stronger than every `.gitattributes` (gitattributes(5)).
const ATTRIBUTES: &str = "* -text -ident -filter -working-tree-encoding\n";

/// Settings that a repository may carry and that would hide a change, run a program or write
/// somewhere else.
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
    "core.autocrlf=false",
    "core.looseCompression=1",
    "i18n.commitEncoding=utf-8",
    "gc.auto=0",
];

/// The folder, held by this process as long as the value lives.
#[derive(Debug)]
pub(super) struct Shadow<'r> {
    /// The repository.
    pub(super) repository: &'r Repository,
    /// Our git folder.
    pub(super) path: PathBuf,
    _lock: File,
}

/// Where the folder of a working tree is; each worktree has its own.
pub(super) fn folder(repository: &Repository) -> PathBuf {
    repository.common_dir.join("portcullis/checkpoints").join(worktree(repository))
}

/// The name of the working tree within the repository: `main`, or that of the linked worktree.
pub(super) fn worktree(repository: &Repository) -> String {
    let git_dir = repository.git_dir.canonicalize().unwrap_or_else(|_| repository.git_dir.clone());
    match git_dir.strip_prefix(repository.common_dir.join("worktrees")) {
        Ok(name) => format!("worktree-{}", name.to_string_lossy()),
        Err(_) => "main".to_owned(),
    }
}

impl<'r> Shadow<'r> {
    /// Opens the folder, making what is missing; waits while another process uses it.
    pub(super) fn open(repository: &'r Repository) -> anyhow::Result<Self> {
        let path = folder(repository);
        make(repository, &path).with_context(|| format!("cannot use {}", path.display()))
    }

    /// Forgets what the last checkpoint saw; the next one reads every file.
    pub(super) fn forget(&self) -> std::io::Result<()> {
        remove(&self.path.join("index"))
    }

    /// A git command with our index and without conversions.
    pub(super) fn git(&self) -> Command {
        let mut command = self.in_repository();
        command
            .env("GIT_DIR", &self.path)
            .env("GIT_WORK_TREE", &self.repository.root)
            .env("GIT_OBJECT_DIRECTORY", self.repository.common_dir.join("objects"))
            .env("GIT_ATTR_NOSYSTEM", "1");
        command
    }

    /// A git command on the repository itself, without its hooks and monitors.
    pub(super) fn in_repository(&self) -> Command {
        command(&self.repository.root)
    }

    /// Those of the paths (`./PATH`, each with a NUL behind it: the prefix keeps a name such as
    /// `:(top)x` from being read as a pattern) that the rules of a folder ignore.
    pub(super) fn ignored(&self, folder: &Path, paths: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut check = self.git();
        check.current_dir(folder).env("GIT_WORK_TREE", folder).env_remove("GIT_LITERAL_PATHSPECS");
        check.args(["check-ignore", "--no-index", "-z", "--stdin"]);
        check.stdin(self.stdin("paths", paths)?);
        let said = check.output().context("cannot start git; is it installed and on PATH?")?;
        // 1 says that none is ignored.
        ensure!(
            matches!(said.status.code(), Some(0 | 1)),
            "git check-ignore failed: {}",
            String::from_utf8_lossy(&said.stderr).trim()
        );
        let plain = |path: &[u8]| path.strip_prefix(b"./").unwrap_or(path).to_vec();
        Ok(git::items(&said.stdout).map(plain).collect())
    }

    /// Writes `bytes` to a file of the folder, as the standard input of a command: no pipe can
    /// fill up while git answers.
    pub(super) fn stdin(&self, name: &str, bytes: &[u8]) -> anyhow::Result<File> {
        let file = self.path.join(name);
        std::fs::write(&file, bytes)?;
        Ok(File::open(file)?)
    }
}

/// A git command in `root` that runs none of the user's programs.
pub(super) fn command(root: &Path) -> Command {
    let mut command = git::command(root);
    command
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_LITERAL_PATHSPECS", "1")
        .env_remove("GIT_CONFIG_PARAMETERS")
        .env_remove("GIT_CONFIG_COUNT");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

/// As [`git::bytes`], the last newline taken off; for object names and refs.
pub(super) fn line(command: &mut Command) -> anyhow::Result<String> {
    let bytes = git::bytes(command)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
}

/// Removes a file that may not be there.
pub(super) fn remove(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn make<'r>(repository: &'r Repository, path: &Path) -> anyhow::Result<Shadow<'r>> {
    for inner in ["objects", "refs", "info"] {
        std::fs::create_dir_all(path.join(inner))?;
    }
    let lock = File::create(path.join("lock"))?;
    lock.lock()?;
    // The holder of the lock is alone here, so a lock of git's own was left by a killed process.
    remove(&path.join("index.lock"))?;
    if !path.join("HEAD").exists() {
        let format = git::text(&repository.root, ["rev-parse", "--show-object-format"])?;
        let (version, extensions) = match format.as_str() {
            "sha1" => (0, String::new()),
            other => (1, format!("[extensions]\n\tobjectFormat = {other}\n")),
        };
        // What the user set for files (ignore file, case, modes) holds here too; a missing file is
        // skipped by git. The included files may say what the format is: git reads that here only.
        let config = format!(
            "[core]\n\trepositoryformatversion = {version}\n{extensions}[include]\n\tpath = ../../../config\n\tpath = ../../../worktrees/{}/config.worktree\n\tpath = ../../../config.worktree\n",
            worktree(repository).trim_start_matches("worktree-")
        );
        std::fs::write(path.join("config"), config)?;
        std::fs::write(path.join("info/attributes"), ATTRIBUTES)?;
        std::fs::write(path.join("HEAD"), "ref: refs/heads/none\n")?;
    }
    let exclude = match std::fs::read(repository.common_dir.join("info/exclude")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    std::fs::write(path.join("info/exclude"), exclude)?;
    Ok(Shadow { repository, path: path.to_path_buf(), _lock: lock })
}

/// Bytes of a path as the operating system takes them.
pub(super) fn os(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}
