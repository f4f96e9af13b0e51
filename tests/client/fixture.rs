//! Sample projects and plugins for client sessions.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Git as the tests use it: no configuration of the machine, a fixed identity.
pub(crate) const GIT_ENV: &[(&str, &str)] = &[
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Sample"),
    ("GIT_AUTHOR_EMAIL", "sample@example.invalid"),
    ("GIT_COMMITTER_NAME", "Sample"),
    ("GIT_COMMITTER_EMAIL", "sample@example.invalid"),
];

/// A TAP test script that fails when `src/add.sh` does not add.
const RUN_SH: &str = r#"#!/bin/sh
# Tests of src/add.sh, reported as TAP.
cd "$(dirname "$0")/.." || exit 1
failed=0
echo "1..2"
check() {
    if [ "$(sh src/add.sh "$2" "$3")" = "$4" ]; then
        echo "ok $1 - $2 + $3"
    else
        echo "not ok $1 - $2 + $3"
        failed=1
    fi
}
check 1 2 3 5
check 2 40 2 42
exit "$failed"
"#;

pub(crate) const ADD_SH: &str = "#!/bin/sh\necho \"$(($1 + $2))\"\n";

/// A git project on branch `main` with one pushed commit and a bare remote `origin`.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// Files: `README.md`, `src/add.sh`, and `tests/run.sh`, which tests it and prints TAP.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pc-project-").tempdir()?;
        let project = Self { folder };
        fs::create_dir(project.path())?;
        project.write("README.md", "# Sample\n")?;
        project.write("src/add.sh", ADD_SH)?;
        project.write("tests/run.sh", RUN_SH)?;
        let remote = project.remote();
        let remote = remote.to_str().context("the temporary folder is not UTF-8")?;
        project.git(&["init", "--quiet", "--bare", "--initial-branch=main", remote])?;
        project.git(&["init", "--quiet", "--initial-branch=main"])?;
        project.git(&["add", "."])?;
        project.git(&["commit", "--quiet", "--message", "first"])?;
        project.git(&["remote", "add", "origin", remote])?;
        project.git(&["push", "--quiet", "--set-upstream", "origin", "main"])?;
        Ok(project)
    }

    /// The project's root.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn remote(&self) -> PathBuf {
        self.folder.path().join("remote.git")
    }

    /// Writes a file, made executable when it begins with `#!`.
    pub(crate) fn write(&self, path: &str, content: &str) -> Result<()> {
        write(&self.path(), path, content)
    }

    /// Whether the file is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path().join(path).exists()
    }

    /// The file's text.
    pub(crate) fn read(&self, path: &str) -> Result<String> {
        let path = self.path().join(path);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// Runs git in the project; its output, trimmed.
    pub(crate) fn git(&self, args: &[&str]) -> Result<String> {
        git(&self.path(), args)
    }

    /// The commit that `main` of the remote is at: what was really pushed.
    pub(crate) fn pushed(&self) -> Result<String> {
        git(&self.remote(), &["rev-parse", "main"])
    }

    /// Writes `.claude/settings.json` with these hooks (a map of events).
    pub(crate) fn hooks(&self, hooks: &Value) -> Result<()> {
        self.write(".claude/settings.json", &json!({"hooks": hooks}).to_string())
    }
}

/// A plugin folder made of the given files; `plugin.json` is written.
pub(crate) struct Plugin {
    folder: tempfile::TempDir,
}

impl Plugin {
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pc-plugin-").tempdir()?;
        let manifest = json!({"name": name, "version": "0.1.0", "description": "Test fixture."});
        write(folder.path(), ".claude-plugin/plugin.json", &manifest.to_string())?;
        for (path, content) in files {
            write(folder.path(), path, content)?;
        }
        Ok(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Hooks that write down what they get and answer with fixed words.
pub(crate) struct Hooks {
    folder: tempfile::TempDir,
    map: serde_json::Map<String, Value>,
}

impl Hooks {
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pc-hooks-").tempdir()?;
        fs::create_dir(folder.path().join("got"))?;
        Ok(Self { folder, map: serde_json::Map::new() })
    }

    /// Records `event` for `matcher` and answers nothing.
    pub(crate) fn record(self, event: &str, matcher: &str) -> Result<Self> {
        self.script(event, matcher, "")
    }

    /// Records and prints `reply` each time.
    pub(crate) fn reply(self, event: &str, matcher: &str, reply: &Value) -> Result<Self> {
        let reply = quoted(&reply.to_string());
        self.script(event, matcher, &format!("echo {reply}"))
    }

    /// Records and prints `reply` the first time, nothing later.
    pub(crate) fn reply_once(self, event: &str, matcher: &str, reply: &Value) -> Result<Self> {
        let reply = quoted(&reply.to_string());
        self.script(event, matcher, &format!("mkdir \"$0.once\" 2>/dev/null && echo {reply}"))
    }

    /// Records, then runs a line of shell.
    pub(crate) fn script(mut self, event: &str, matcher: &str, line: &str) -> Result<Self> {
        let groups = self.map.entry(event).or_insert_with(|| json!([]));
        let groups = groups.as_array_mut().context("an event's groups are an array")?;
        let name = format!("{event}-{}.sh", groups.len());
        let got = quoted(&self.folder.path().join("got").display().to_string());
        let event = quoted(event);
        // The name sorts by time; a file of its own for each call cannot be torn by another.
        let script = format!(
            "#!/bin/sh\nfile={got}/$(date +%s%N)-$$-{event}\ncat >\"$file.part\"\n\
             mv \"$file.part\" \"$file.json\"\n{line}\nexit 0\n"
        );
        write(self.folder.path(), &name, &script)?;
        let command = self.folder.path().join(&name).display().to_string();
        let hook = json!({"type": "command", "command": command, "args": []});
        groups.push(json!({"matcher": matcher, "hooks": [hook]}));
        Ok(self)
    }

    /// The map for settings.json and hooks.json.
    pub(crate) fn map(&self) -> Value {
        Value::Object(self.map.clone())
    }

    /// All recorded payloads of `event`, oldest first.
    pub(crate) fn got(&self, event: &str) -> Result<Vec<Value>> {
        let all = self.all()?.into_iter();
        Ok(all.filter(|payload| payload["hook_event_name"] == event).collect())
    }

    /// All recorded payloads, oldest first.
    pub(crate) fn all(&self) -> Result<Vec<Value>> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.folder.path().join("got"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<std::io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        files
            .iter()
            .map(|path| {
                serde_json::from_slice(&fs::read(path)?)
                    .with_context(|| format!("payload {}", path.display()))
            })
            .collect()
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .envs(GIT_ENV.iter().copied())
        .output()
        .context("git cannot be started")?;
    ensure!(
        output.status.success(),
        "git {args:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn write(root: &Path, path: &str, content: &str) -> Result<()> {
    let path = root.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, content).with_context(|| path.display().to_string())?;
    if content.starts_with("#!") {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
