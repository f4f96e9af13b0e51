//! Starts one client in a bare environment and ends its process group at the time limit.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::fixture::GIT_ENV;
use crate::npm;

/// A client that hangs would hang the test run; no run of these tests comes near this.
const LIMIT: Duration = Duration::from_secs(120);

/// The home folder of a client: its settings, transcripts and temporary files.
pub(crate) struct Home(tempfile::TempDir);

/// What a finished client left.
pub(crate) struct Finished {
    /// `None` when a signal ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// An empty home in the system's temporary folder, outside every repository: the client
    /// reads `CLAUDE.md` and `.claude` in all folders above.
    pub(crate) fn new() -> Result<Self> {
        let home = tempfile::Builder::new().prefix("pc-home-").tempdir()?;
        for folder in ["config", "tmp"] {
            std::fs::create_dir(home.path().join(folder))?;
        }
        Ok(Self(home))
    }

    /// The folder given as `CLAUDE_CONFIG_DIR`.
    pub(crate) fn config(&self) -> std::path::PathBuf {
        self.0.path().join("config")
    }

    /// A client command with nothing of the environment around the tests but PATH: variables of an
    /// outer client (`CLAUDE*`, `ANTHROPIC*`) change what the inner one does.
    pub(crate) fn command(&self, cwd: &Path) -> Result<Command> {
        let mut command = Command::new(npm::client().map_err(anyhow::Error::msg)?);
        command
            .current_dir(cwd)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").context("the tests run without PATH")?)
            .env("HOME", self.0.path())
            .env("TMPDIR", self.0.path().join("tmp"))
            .env("CLAUDE_CODE_TMPDIR", self.0.path().join("tmp"))
            .env("CLAUDE_CONFIG_DIR", self.config())
            .env("ANTHROPIC_API_KEY", "dummy")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            // Without it root may not use bypassPermissions.
            .env("IS_SANDBOX", "1")
            .envs(GIT_ENV.iter().copied());
        Ok(command)
    }

    /// Runs a subcommand that needs no model, such as `plugin validate`, to its end.
    pub(crate) fn client(&self, cwd: &Path, args: &[&str]) -> Result<Finished> {
        let mut command = self.command(cwd)?;
        // A port nothing listens on: a subcommand that asks a model anyway must not leave here.
        command.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:9").args(args);
        finish(command, &crate::runner::dump_folder()?, LIMIT)
    }
}

/// Runs `command` to its end, its streams kept as files in `dump`.
///
/// # Errors
///
/// When it cannot be started, or has not ended within `limit`; its whole process group is killed
/// then.
pub(crate) fn finish(mut command: Command, dump: &Path, limit: Duration) -> Result<Finished> {
    // Files, not pipes: a grandchild that keeps a pipe open would keep the reader waiting.
    let [out, err] = ["stdout", "stderr"].map(|name| dump.join(name));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let group = Pid::from_raw(i32::try_from(child.id())?);
    let (sender, ended) = mpsc::channel::<std::io::Result<ExitStatus>>();
    let waiter = std::thread::spawn(move || sender.send(child.wait()));
    let status = ended.recv_timeout(limit);
    // Also after a proper end: background commands of the session are in the same group.
    let killed = killpg(group, Signal::SIGKILL);
    if status.is_err() {
        killed.context("the client overran its time limit and cannot be killed")?;
    }
    drop(waiter.join());
    let read = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let Ok(status) = status else {
        bail!(
            "the client did not end within {} s and was killed; its last lines:\n{}\n{}",
            limit.as_secs(),
            tail(&read(&out)?),
            tail(&read(&err)?)
        );
    };
    Ok(Finished { exit: status?.code(), stdout: read(&out)?, stderr: read(&err)? })
}

/// The time limit that a session has unless it asks for another.
pub(crate) fn default_limit() -> Duration {
    LIMIT
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let cut = |line: &&str| line.chars().take(400).collect::<String>();
    lines[lines.len().saturating_sub(8)..].iter().map(cut).collect::<Vec<_>>().join("\n")
}
