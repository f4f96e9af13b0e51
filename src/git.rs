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

/// Runs a prepared git command and returns the bytes of its standard output.
///
/// # Errors
/// When git cannot be started or exits non-zero; the text holds its verb and its standard error.
pub fn bytes(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .context("cannot start git; is it installed and on PATH?")?;
    if !output.status.success() {
        // Settings in front of the verb are ours and say nothing to the reader.
        let mut args = command.get_args();
        let mut verb = args.next();
        while verb.is_some_and(|arg| arg == "-c") {
            args.next();
            verb = args.next();
        }
        bail!(
            "git {} failed: {}",
            verb.unwrap_or_default().to_string_lossy(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.stdout)
}

/// The items of a list that git separates by NUL (`-z`).
pub fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == 0).filter(|item| !item.is_empty())
}

/// Runs a prepared git command; see [`text`].
///
/// # Errors
/// As [`text`].
pub fn run(mut command: Command) -> anyhow::Result<String> {
    let output = bytes(&mut command)?;
    let mut text = String::from_utf8_lossy(&output).into_owned();
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}
