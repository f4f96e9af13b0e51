//! Temporary folders under the state folder that vanish with the process, also after `kill -9`.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// One temporary folder. Removed on drop; what a killed process left is removed by the next one.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    /// Held as long as the folder is in use: the sweep deletes only folders that it can lock.
    _lock: File,
}

impl Scratch {
    /// Makes a folder under `<state>/tmp` and sweeps the dead ones.
    pub(crate) fn new(state: &Path) -> anyhow::Result<Self> {
        let tmp = state.join("tmp");
        make(&tmp).with_context(|| format!("cannot make a folder in {}", tmp.display()))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next sweep.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn make(tmp: &Path) -> std::io::Result<Scratch> {
    std::fs::create_dir_all(tmp)?;
    // Making and sweeping exclude each other, so a folder without a held lock is a dead one.
    let guard = File::create(tmp.join("lock"))?;
    guard.lock()?;
    for entry in std::fs::read_dir(tmp)?.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        let held = File::open(path.join("lock")).is_ok_and(|lock| lock.try_lock().is_err());
        if !held {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
    let mut number = 0_u32;
    let path = loop {
        let path = tmp.join(format!("{}-{number}", std::process::id()));
        match std::fs::create_dir(&path) {
            Ok(()) => break path,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    let lock = File::create(path.join("lock"))?;
    lock.lock()?;
    Ok(Scratch { path, _lock: lock })
}
