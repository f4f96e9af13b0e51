//! A sample project under Portcullis, as a plugin or installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::fixture::{GIT_ENV, Project};
use crate::script::Script;
use crate::session::{Run, Session};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_portcullis");

/// How Portcullis comes into the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plugin,
    Project,
}

/// Defines `plugin_x` and `project_x` for each test function `x` that takes a [`Way`], and `TESTS`.
macro_rules! both_ways {
    ($($plugin:ident $project:ident $name:ident;)+) => {
        $(
            fn $plugin() -> anyhow::Result<()> {
                $name($crate::slice::armed::Way::Plugin)
            }
            fn $project() -> anyhow::Result<()> {
                $name($crate::slice::armed::Way::Project)
            }
        )+
        crate::runner::tests![$($plugin, $project),+];
    };
}
pub(crate) use both_ways;

/// A git project with a remote and a TAP test script, under Portcullis.
pub(crate) struct Armed {
    pub(crate) way: Way,
    pub(crate) project: Project,
    plugin: Option<tempfile::TempDir>,
}

impl Armed {
    pub(crate) fn new(way: Way) -> Result<Self> {
        let project = Project::new()?;
        project.write(
            "portcullis.yaml",
            "version: 1\ngates:\n  test:\n    command: [sh, tests/run.sh]\n",
        )?;
        let plugin = match way {
            Way::Plugin => {
                let folder = tempfile::Builder::new().prefix("pc-portcullis-").tempdir()?;
                checkout(folder.path())?;
                // Where the session start looks first: the checkout's own build output.
                let built = folder.path().join("target/release");
                fs::create_dir_all(&built)?;
                fs::copy(PROGRAM, built.join("portcullis"))?;
                Some(folder)
            }
            Way::Project => {
                let output = Command::new(PROGRAM)
                    .args(["install", "."])
                    .current_dir(project.path())
                    .output()?;
                ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                None
            }
        };
        project.git(&["add", "-A"])?;
        project.git(&["commit", "--quiet", "-m", "under portcullis"])?;
        Ok(Self { way, project, plugin })
    }

    /// `portcullis:` in the plugin, nothing in the project.
    pub(crate) fn name(&self, name: &str) -> String {
        match self.way {
            Way::Plugin => format!("portcullis:{name}"),
            Way::Project => name.to_owned(),
        }
    }

    /// The plugin's folder.
    pub(crate) fn plugin(&self) -> Option<&Path> {
        self.plugin.as_ref().map(tempfile::TempDir::path)
    }

    pub(crate) fn session(&self, prompt: &str, script: Script) -> Session {
        let mut session = Session::new(&self.project.path(), prompt, script);
        for (key, value) in GIT_ENV {
            session = session.env(key, value);
        }
        match self.plugin() {
            Some(plugin) => session.plugin_dir(plugin),
            None => session,
        }
    }

    /// The journal, line by line.
    pub(crate) fn journal(&self) -> Result<Vec<Value>> {
        let text = self.project.read(".git/portcullis/journal/journal.jsonl")?;
        text.lines().map(|line| serde_json::from_str(line).context("a journal line")).collect()
    }

    /// Checks that the journal has one line for each answer of a hook that the client saw, with
    /// the same event names.
    pub(crate) fn journal_is_whole(&self, run: &Run) -> Result<()> {
        let mut seen: Vec<String> = run
            .lines
            .iter()
            .filter(|line| line["subtype"] == "hook_response")
            .map(|line| line["hook_event"].as_str().unwrap_or_default().to_owned())
            .collect();
        let mut logged: Vec<String> = self
            .journal()?
            .iter()
            .map(|line| line["event"].as_str().unwrap_or_default().to_owned())
            .collect();
        // SessionEnd runs after the stream is closed.
        // The coarse entry for plain boundary commands is answered without a line of its own.
        let plain = ["git push", "npm publish", "gh release create", "kubectl apply"];
        for result in run.results_of("Bash") {
            let command = result.input["command"].as_str().unwrap_or_default();
            if plain.iter().any(|plain| command.contains(plain))
                && let Some(at) = seen.iter().position(|event| event == "PreToolUse")
            {
                seen.remove(at);
            }
        }
        logged.retain(|event| event != "SessionEnd");
        seen.retain(|event| event != "SessionEnd");
        seen.sort();
        logged.sort();
        assert_eq!(logged, seen, "the journal and the client disagree");
        Ok(())
    }
}

/// Copies what a clone of this repository holds of the plugin.
pub(crate) fn checkout(to: &Path) -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    for part in
        [".claude-plugin", "agents", "bin", "commands", "evals", "hooks", "skills", "workflows"]
    {
        copy(&root.join(part), &to.join(part))?;
    }
    for file in ["README.md", "LICENSE-MIT", "install.sh"] {
        fs::copy(root.join(file), to.join(file))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else {
        fs::copy(from, to).with_context(|| from.display().to_string())?;
    }
    Ok(())
}
