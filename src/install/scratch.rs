//! A temporary folder that goes away with its value.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A private folder under the system's temporary one.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one, in memory where that can be had.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn new() -> std::io::Result<Self> {
        // Making and removing the few folders of a repository can take a disk milliseconds.
        Self::under(Path::new("/dev/shm")).or_else(|_| Self::under(&std::env::temp_dir()))
    }

    fn under(folder: &Path) -> std::io::Result<Self> {
        let nanos =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("portcullis-{}-{nanos:x}", std::process::id());
        let path = folder.join(name);
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        // Symlinks on the way (macOS /tmp) would defeat comparison with paths that git prints.
        let path = path.canonicalize().unwrap_or(path);
        Ok(Self(path))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes it an empty git repository without starting git, which costs more than the rest of
    /// a session's start: these three are what git itself asks of a repository.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn repository(&self) -> std::io::Result<()> {
        let git = self.0.join(".git");
        std::fs::create_dir_all(git.join("objects"))?;
        std::fs::create_dir_all(git.join("refs/heads"))?;
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
