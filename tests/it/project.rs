//! A temporary project for tests, and processes that see nothing of this machine's user.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A temporary project, the path of it real.
pub(crate) struct Project {
    _dir: TempDir,
    pub(crate) path: PathBuf,
}

impl Project {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().canonicalize().unwrap().join("my project");
        fs::create_dir(&path).unwrap();
        Self { _dir: dir, path }
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path.join(path).symlink_metadata().is_ok()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.path, args)
    }

    /// Path -> mode and content of everything but `.git`; a folder's content is none.
    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, (u32, Option<Vec<u8>>)> {
        fn walk(dir: &Path, tree: &mut BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let mode = meta.permissions().mode();
                if meta.is_dir() {
                    if path.file_name().unwrap() != ".git" {
                        walk(&path, tree);
                        tree.insert(path, (mode, None));
                    }
                } else if meta.is_symlink() {
                    let to = fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes();
                    tree.insert(path, (mode, Some(to)));
                } else {
                    let bytes = fs::read(&path).unwrap();
                    tree.insert(path, (mode, Some(bytes)));
                }
            }
        }
        let mut tree = BTreeMap::new();
        walk(&self.path, &mut tree);
        tree
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        command(&self.path, BINARY).args(args).output().unwrap()
    }
}

/// A process that sees nothing of this machine's user.
pub(crate) fn command(home: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap();
    command.env_clear().env("PATH", path).env("HOME", home.join("no home"));
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Test")
            .env(format!("GIT_{who}_EMAIL"), "t@example.org");
    }
    command
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = command(dir, "git").current_dir(dir).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
