//! Runs the `git` program. Nothing on the quiet hook path comes here.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A `git` command in `dir`, deaf to the caller's `GIT_*` variables.
///
/// A hook started by git itself (or a test inside one) inherits `GIT_DIR` and `GIT_INDEX_FILE`,
/// which would point every call at another repository.
pub fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).stdin(Stdio::null());
    for (key, _) in std::env::vars_os() {
        let name = key.as_encoded_bytes();
        if name.starts_with(b"GIT_") && !name.starts_with(b"GIT_CONFIG") {
            command.env_remove(&key);
        }
    }
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

/// Runs git and returns its standard output without the last newline.
///
/// # Errors
/// When git cannot be started or exits non-zero; the text holds its standard error.
pub fn text<I, S>(dir: &Path, args: I) -> anyhow::Result<String>
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = command(dir);
    command.args(args);
    run(command)
}

/// Runs a prepared git command; see [`text`].
///
/// # Errors
/// As [`text`].
pub fn run(mut command: Command) -> anyhow::Result<String> {
    let output = command.output().context("cannot start git; is it installed and on PATH?")?;
    if !output.status.success() {
        let args: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        bail!("git {} failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}
