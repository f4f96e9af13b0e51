//! Throw-away projects, and hook calls on them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use portcullis::check::{CHECKS, Check};
use portcullis::env::Env;
use portcullis::hook::{self, input::Input};
use portcullis::run::journal::{self as run_journal, Kind, Line};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_portcullis");

/// A git repository in a temporary folder, with a HOME of its own beside it.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty repository on branch `main`.
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for name in ["project", "home"] {
            std::fs::create_dir(project.folder.path().join(name)).expect("a folder");
        }
        project.git(&["init", "-q", "-b", "main"]);
        project
    }

    /// A copy of another one.
    pub(crate) fn copy_of(other: &Self) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let status = Command::new("cp")
            .arg("-R")
            .arg(other.outside().join("."))
            .arg(project.folder.path())
            .status();
        assert!(status.expect("cp").success(), "the copy failed");
        project
    }

    /// Begins a run, as the prompt hook does when a command starts a workflow.
    pub(crate) fn begin_run(&self, id: &str) {
        let started = Line::new(id, Kind::Started);
        run_journal::append(&self.path().join(".git/portcullis"), &started).expect("a journal");
    }

    /// The repository.
    pub(crate) fn path(&self) -> PathBuf {
        // macOS and some runners hand out temporary folders behind a symlink.
        self.folder.path().canonicalize().expect("the temporary folder").join("project")
    }

    /// A folder outside of the repository.
    pub(crate) fn outside(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the temporary folder")
    }

    /// An empty HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.outside().join("home")
    }

    /// The environment of a hook of this project.
    pub(crate) fn env(&self) -> Env {
        Env {
            cwd: self.path(),
            project_dir: Some(self.path()),
            config_dir: Some(self.home().join(".claude")),
            state_home: Some(self.home().join(".local/state")),
            home: Some(self.home()),
            ..Env::default()
        }
    }

    /// A command that runs in the repository with nothing of the machine's git configuration.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("HOME", self.home())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Test")
            .env("GIT_AUTHOR_EMAIL", "test@example.invalid")
            .env("GIT_COMMITTER_NAME", "Test")
            .env("GIT_COMMITTER_EMAIL", "test@example.invalid")
            .stdin(Stdio::null());
        for name in [
            "CLAUDE_PROJECT_DIR",
            "CLAUDE_PLUGIN_ROOT",
            "CLAUDE_PLUGIN_DATA",
            "CLAUDE_ENV_FILE",
            "CLAUDE_CONFIG_DIR",
            "PORTCULLIS_LOG",
            "XDG_STATE_HOME",
            "GIT_DIR",
            "GIT_INDEX_FILE",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs git and returns its trimmed output.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().expect("git is installed");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes a file, making its folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
        std::fs::write(file, text).expect("the file");
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// The lines of the journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let file = self.path().join(".git/portcullis/journal/journal.jsonl");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
    }

    /// The reply of the hook to a payload, in this process; `Null` is silence.
    pub(crate) fn hook(&self, payload: &Value) -> Value {
        self.hook_with(CHECKS, Input::Whole(payload.to_string().into_bytes()))
    }

    /// As [`Project::hook`], with other checks or other input.
    pub(crate) fn hook_with(&self, checks: &[Check], input: Input) -> Value {
        match hook::answer(input, &self.env(), checks, Instant::now()) {
            Some(bytes) => serde_json::from_slice(&bytes).expect("one JSON object"),
            None => Value::Null,
        }
    }

    /// The PreToolUse payload of a tool call.
    pub(crate) fn call(&self, tool: &str, input: Value) -> Value {
        pre_tool(&self.path(), tool, input)
    }
}

/// The PreToolUse payload of a tool call in a folder.
pub(crate) fn pre_tool(cwd: &Path, tool: &str, input: Value) -> Value {
    json!({
        "session_id": "11111111-2222-3333-4444-555555555555",
        "transcript_path": "",
        "cwd": cwd,
        "prompt_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": input,
        "tool_use_id": "toolu_1",
    })
}

/// The reason of a refusal before a tool call, if the reply is one.
pub(crate) fn denial(reply: &Value) -> Option<&str> {
    let specific = &reply["hookSpecificOutput"];
    (specific["permissionDecision"] == "deny")
        .then(|| specific["permissionDecisionReason"].as_str().unwrap_or_default())
}
