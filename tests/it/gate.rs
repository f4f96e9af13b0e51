//! `portcullis gate`: real git, real programs, the real binary.

mod checks;
mod measure;
mod plan;
mod policy;
mod prove;
mod run;
mod runners;
mod tamper;
mod tree;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Place of the test gate among the gates of `status --json`.
const TEST: usize = 3;

/// A repository in a temporary folder, with a home of its own.
struct Project {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Project {
    /// One commit with two files and a gate that reports two passed tests.
    fn new() -> Self {
        let project = Self::empty();
        project.write("src/lib.txt", "one\n");
        project.write("notes.md", "notes\n");
        project.write(".gitignore", "ignored/\n");
        project.gate("echo '2 passed, 0 failed'", "");
        project.commit("start");
        project
    }

    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Where the temporary folder is a link, git prints the resolved path.
        let root = folder.path().canonicalize().unwrap().join("a project");
        std::fs::create_dir_all(folder.path().join("home")).unwrap();
        std::fs::create_dir_all(&root).unwrap();
        let project = Self { folder, root };
        project.git(&["init", "-q", "-b", "main"]);
        project
    }

    fn environment(&self, command: &mut Command) {
        let mut path = std::env::var_os("PATH").unwrap();
        if let Some(cargo) = std::env::var_os("CARGO") {
            // The toolchain itself: the rustup proxy would need the user's home.
            let mut first = Path::new(&cargo).parent().unwrap().as_os_str().to_owned();
            first.push(":");
            first.push(path);
            path = first;
        }
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@example.com");
    }

    fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let mut command = Command::new("git");
        self.environment(&mut command);
        let output = command
            .current_dir(dir)
            .args(["-c", "protocol.file.allow=always"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn write(&self, name: &str, content: &str) {
        let file = self.root.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    /// The policy: the test gate runs a shell script.
    fn gate(&self, script: &str, more: &str) {
        let command = serde_json::json!(["sh", "-c", script]);
        self.write("portcullis.yaml", &format!("gates:\n  test:\n    command: {command}\n{more}"));
    }

    fn fifo(&self, name: &str) -> PathBuf {
        let fifo = self.folder.path().join(name);
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        fifo
    }

    fn command(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        self.environment(&mut command);
        command.current_dir(dir).arg("gate").args(args).stdin(Stdio::null());
        command
    }

    fn portcullis(&self, args: &[&str]) -> Output {
        self.command(&self.root, args).output().unwrap()
    }

    /// Runs the test gate; returns the receipt and the exit code.
    fn run(&self) -> (Value, i32) {
        let output = self.portcullis(&["run", "test", "--json"]);
        let receipt = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr))
        });
        (receipt, output.status.code().unwrap())
    }

    #[track_caller]
    fn run_expecting(&self, status: &str, code: i32) -> Value {
        let (receipt, got) = self.run();
        assert_eq!((receipt["status"].as_str(), got), (Some(status), code), "{receipt:#}");
        receipt
    }

    fn status_in(&self, dir: &Path) -> Value {
        let output = self.command(dir, &["status", "--json"]).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
    }

    fn status(&self) -> Value {
        self.status_in(&self.root)
    }

    /// The standing of the test gate for the working tree.
    fn standing(&self) -> String {
        self.gate_status("test")["worktree"]["standing"].as_str().unwrap().to_owned()
    }

    /// What `status` says of one gate.
    fn gate_status(&self, name: &str) -> Value {
        let status = self.status();
        let mut gates = status["gates"].as_array().unwrap().iter();
        gates.find(|gate| gate["gate"] == name).unwrap().clone()
    }

    /// The tree id of the working tree.
    fn tree(&self) -> String {
        self.status()["tree"].as_str().unwrap().to_owned()
    }

    fn head_tree(&self) -> String {
        self.git(&["rev-parse", "HEAD^{tree}"])
    }

    fn state(&self) -> PathBuf {
        self.root.join(".git/portcullis")
    }

    fn receipts(&self) -> String {
        std::fs::read_to_string(self.state().join("receipts.jsonl")).unwrap_or_default()
    }

    fn log(&self, receipt: &Value) -> String {
        let id = receipt["id"].as_str().unwrap();
        std::fs::read_to_string(self.state().join(format!("output/{id}.log"))).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Content and mode of every file below a folder, without our own state.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() == "portcullis" {
                continue;
            }
            let meta = entry.metadata().unwrap();
            if meta.is_dir() {
                found.insert(entry.path(), (0, Vec::new()));
                open.push(entry.path());
            } else if meta.is_file() {
                let content = std::fs::read(entry.path()).unwrap();
                found.insert(entry.path(), (meta.permissions().mode(), content));
            }
        }
    }
    found
}

/// Fails, saying so, when a program of this test is not there.
fn needs(program: &str) {
    let found = Command::new(program).arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "this test needs `{program}` on PATH"
    );
}
