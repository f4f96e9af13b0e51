//! Checkpoints and rollbacks on real repositories: what comes back, byte for byte, and what is said.

mod effects;
mod hook;
mod interrupted;
mod kept;
mod property;
mod refused;

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use portcullis::checkpoint::rollback::{self, Outcome, Request};
use portcullis::checkpoint::{self, Checkpoint, Label, WhenSame};
use portcullis::config::Checkpoints;
use serde_json::Value;

use crate::support::{PROGRAM, Project};

/// A file as it is: kind, permission bits, bytes (or the target of a link).
type Entry = (char, u32, Vec<u8>);

/// Everything that a rollback may or may not touch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Every file below the root, ignored ones too, `.git` folders not.
    files: BTreeMap<Vec<u8>, Entry>,
    /// What git says of the index, with its bits, and of intent-to-add.
    index: String,
    /// The promises of `git add -N`.
    intent: String,
    /// The commit and the branch.
    head: (String, String),
}

/// Reads the files below a folder.
pub(super) fn files(root: &Path) -> BTreeMap<Vec<u8>, Entry> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<Vec<u8>, Entry>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() == ".git" {
                continue;
            }
            let path = entry.path();
            let meta = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes().to_vec();
            let bits = meta.permissions().mode() & 0o777;
            if meta.is_dir() {
                walk(root, &path, found);
            } else if meta.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                found.insert(name, ('l', 0, target.as_os_str().as_bytes().to_vec()));
            } else if meta.is_file() {
                found.insert(name, ('f', bits, std::fs::read(&path).unwrap()));
            } else {
                found.insert(name, ('?', 0, Vec::new()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

impl Project {
    /// The state of the working tree.
    pub(super) fn state(&self) -> State {
        self.state_of(&self.path())
    }

    /// The state of another working tree.
    pub(super) fn state_of(&self, root: &Path) -> State {
        let ask = |args: &[&str]| {
            let output = self.command("git").current_dir(root).args(args).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        State {
            files: files(root),
            index: ask(&["ls-files", "-s", "-v"]),
            intent: ask(&["diff-files", "--diff-filter=A", "--name-only"]),
            head: (
                ask(&["rev-parse", "-q", "--verify", "HEAD"]),
                ask(&["symbolic-ref", "-q", "HEAD"]),
            ),
        }
    }

    pub(super) fn checkpoint(&self, reason: &str) -> Checkpoint {
        take(&self.path(), reason)
    }

    pub(super) fn rollback(&self, to: &str) -> Outcome {
        back(&self.path(), to, false).expect("a rollback")
    }

    /// A file's bytes.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        file
    }

    /// Runs `portcullis`.
    pub(super) fn portcullis(&self, args: &[&str]) -> Output {
        self.command(PROGRAM).args(args).output().unwrap()
    }

    /// What `portcullis … --json` prints.
    pub(super) fn json(&self, args: &[&str]) -> Value {
        let output = self.command(PROGRAM).args(args).arg("--json").output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{args:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// A checkpoint with the built-in policy.
pub(super) fn take(root: &Path, reason: &str) -> Checkpoint {
    let label = Label { reason: reason.to_owned(), ..Label::default() };
    checkpoint::create(root, &Checkpoints::default(), &label, WhenSame::Make).expect("a checkpoint")
}

/// A rollback with the built-in policy.
pub(super) fn back(root: &Path, to: &str, head: bool) -> anyhow::Result<Outcome> {
    let request = Request { to, run: None, head, dry_run: false, force: false };
    rollback::rollback(root, &Checkpoints::default(), &request, &mut |_| Ok(()))
}

/// A small repository with every kind of thing in it.
pub(super) fn sample() -> Project {
    let project = Project::new();
    project.write(".gitignore", "*.log\n/cache/\n");
    project.write("src/lib.rs", "one\n");
    project.write("src/deep/er/file.txt", "deep\n");
    project.write("README.md", "hello\n");
    project.put("run.sh", b"#!/bin/sh\n");
    project.command("chmod").args(["755", "run.sh"]).status().unwrap();
    std::os::unix::fs::symlink("README.md", project.path().join("link")).unwrap();
    project.commit("sample");
    project.write("cache/kept.bin", "ignored\n");
    project.write("noise.log", "ignored too\n");
    project
}
