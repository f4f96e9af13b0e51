//! Brings the pinned client with `npm ci`, once for all test threads and processes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::runner::NO_CLIENT;

/// What `claude --version` of the pinned client prints first; the same version stands in
/// `package.json` and in the lock file beside it.
const VERSION: &str = "2.1.330";

/// The client's executable, installed on the first call.
///
/// # Errors
///
/// Says what npm answered, and how to go on without the client.
pub(crate) fn client() -> Result<&'static Path, String> {
    static CLIENT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    CLIENT
        .get_or_init(|| {
            bring().map_err(|why| {
                format!(
                    "the real client (@anthropic-ai/claude-code {VERSION}) is not here and npm did \
                     not bring it: {why}\nput it there with `npm ci` in tests/client, or set \
                     {NO_CLIENT}=1 to skip the client tests"
                )
            })
        })
        .as_deref()
        .map_err(Clone::clone)
}

fn bring() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("client");
    // `npm ci` removes node_modules first, so two of them at once would pull the client away from
    // under each other: the lock is held over the look as well as over the installation.
    let path = folder.join("node_modules.lock");
    let lock = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    lock.lock().map_err(|error| format!("{}: {error}", path.display()))?;
    let bin = folder.join("node_modules").join(".bin").join("claude");
    if version(&bin).is_ok() {
        return Ok(bin);
    }
    println!("npm ci in tests/client (first use of the real client)");
    let npm = Command::new("npm")
        .arg("ci")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("npm cannot be started: {error}"))?;
    if !npm.status.success() {
        let stderr = String::from_utf8_lossy(&npm.stderr);
        return Err(format!("`npm ci` ended with {}:\n{}", npm.status, stderr.trim_end()));
    }
    version(&bin)?;
    Ok(bin)
}

fn version(bin: &Path) -> Result<(), String> {
    let output = Command::new(bin)
        .arg("--version")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", bin.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if said.split_whitespace().next() == Some(VERSION) {
        Ok(())
    } else {
        Err(format!("{} --version says {:?}, wanted {VERSION}", bin.display(), said.trim()))
    }
}
