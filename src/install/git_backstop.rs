//! Puts the backstop into git's hooks, `pre-push` and `commit-msg`, and takes it out again.
//!
//! As the pre-commit hook does: what was there is moved aside, runs after ours, and comes back.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The hooks.
const NAMES: &[&str] = &["pre-push", "commit-msg"];

/// Ending of the hook that was there.
const CHAINED: &str = "portcullis-chained";

/// What stands where a hook belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    None,
    /// A hook of somebody else.
    Other,
    /// Ours, with the program that it calls; edited when the text is not what we write.
    Ours {
        /// The program.
        binary: String,
        /// Whether it was changed since.
        edited: bool,
    },
}

/// The hooks of a folder.
pub fn hooks(folder: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    NAMES.iter().map(move |name| (*name, folder.join(name)))
}

fn chained(hook: &Path) -> PathBuf {
    hook.with_extension(CHAINED)
}

fn mark(name: &str) -> String {
    format!("# portcullis {name} hook, version 1")
}

/// What stands at a hook's place.
///
/// # Errors
/// When it is there and cannot be read.
pub fn look(name: &str, hook: &Path, husky: bool) -> std::io::Result<Found> {
    let text = match fs::read(hook) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::None),
        Err(error) => return Err(error),
    };
    if text.lines().nth(1) != Some(&mark(name)) {
        return Ok(Found::Other);
    }
    let binary = text.lines().find_map(|line| line.strip_prefix("binary='")?.strip_suffix('\''));
    let binary = binary.unwrap_or_default().replace(r"'\''", "'");
    let edited = script(name, &binary, husky) != text;
    Ok(Found::Ours { binary, edited })
}

/// Installs both hooks into `folder`. Says in words what stands in the way.
///
/// # Errors
/// When the file system fails.
pub fn install(folder: &Path, husky: bool, binary: &str) -> anyhow::Result<Result<(), String>> {
    for (name, hook) in hooks(folder) {
        let shown = hook.display();
        match look(name, &hook, husky)? {
            Found::Ours { edited: true, .. } => {
                return Ok(Err(format!(
                    "{shown} is ours but was edited since; take the edit out, or remove the file, and install again"
                )));
            }
            Found::Other if chained(&hook).symlink_metadata().is_ok() => {
                return Ok(Err(format!(
                    "{shown} is not ours, and {} is there from an earlier install; put the one that is right at {shown}, remove the other, and install again",
                    chained(&hook).display()
                )));
            }
            Found::Other => fs::rename(&hook, chained(&hook))
                .with_context(|| format!("cannot move {shown} aside"))?,
            Found::None if hook.symlink_metadata().is_ok() => {
                return Ok(Err(format!("{shown} is a link to nothing; remove it first")));
            }
            Found::None | Found::Ours { .. } => {}
        }
        let mut made = tempfile::NamedTempFile::new_in(folder)?;
        made.write_all(script(name, binary, husky).as_bytes())?;
        made.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
        made.persist(&hook).with_context(|| format!("cannot write {shown}"))?;
    }
    Ok(Ok(()))
}

/// Takes both hooks out and gives back what was there. Edited ones stay and are named.
///
/// # Errors
/// When the file system fails.
pub fn uninstall(folder: &Path, husky: bool) -> anyhow::Result<Vec<String>> {
    let mut kept = Vec::new();
    for (name, hook) in hooks(folder) {
        match look(name, &hook, husky)? {
            Found::Ours { edited: true, .. } => kept.push(hook.display().to_string()),
            Found::Ours { .. } if chained(&hook).symlink_metadata().is_ok() => {
                fs::rename(chained(&hook), &hook)?;
            }
            Found::Ours { .. } => fs::remove_file(&hook)?,
            Found::None | Found::Other => {}
        }
    }
    Ok(kept)
}

/// The hook. A decision that cannot be made stops the push or commit; a program that is gone says
/// so and does not.
fn script(name: &str, binary: &str, husky: bool) -> String {
    let quoted = format!("'{}'", binary.replace('\'', r"'\''"));
    let mark = mark(name);
    // git runs only executable hooks; husky runs any, with `sh -e`.
    let (test, run) = if husky { ("-f", "sh -e \"$chained\"") } else { ("-x", "\"$chained\"") };
    // What git writes to a pre-push hook is read by both.
    let (read, feed) = match name {
        "pre-push" => ("refs=$(cat)\n", "printf '%s\\n' \"$refs\" | "),
        _ => ("", ""),
    };
    format!(
        r#"#!/bin/sh
{mark}
# `portcullis git-hooks uninstall` takes it out and gives back the hook that was here before.
binary={quoted}
chained=$(dirname -- "$0")/{name}.{CHAINED}
[ -x "$binary" ] || binary=$(command -v portcullis) || binary=
{read}if [ -z "$binary" ]; then
  echo "portcullis: DISARMED: the program is gone, no gate was asked" >&2
else
  {feed}"$binary" gate backstop {name} "$@" >&2 || exit 1
fi
if [ {test} "$chained" ]; then
  {feed}{run} "$@" || exit
fi
"#
    )
}
