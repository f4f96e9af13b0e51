//! `.claude/portcullis/manifest.json`: what an install wrote, so that it can be taken out exactly.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::Obstacle;

/// Path in the project.
pub const FILE: &str = ".claude/portcullis/manifest.json";

/// Version of this format.
pub const FORMAT: u32 = 1;

/// The whole file. The binary is not listed: `bin/` belongs to the machine, is not committed, and
/// is removed whatever is in it, while the manifest may be committed with the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// Version of the bundle.
    pub version: String,
    /// Files, sorted by path.
    pub files: Vec<Entry>,
    /// Folders that were made, outermost first.
    pub folders: Vec<String>,
    /// The settings file as it was and as it was left.
    pub settings: Settings,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Path in the project, with `/`.
    pub path: String,
    /// SHA-256 of what was written, in hex.
    pub sha256: String,
    /// Its permission bits, octal.
    pub mode: String,
}

/// The settings file as it was and as it was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The exact text before the install; `None` when there was no file.
    pub original: Option<String>,
    /// SHA-256 of the text that the install left.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a project; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(project: &Path) -> anyhow::Result<Option<Self>> {
        let file = super::files::inside(project, FILE)?;
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let way_out = "restore it from version control, or delete it and install again";
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Obstacle::new(&file, format!("is not a manifest ({error})"), way_out)
        })?;
        if manifest.format != FORMAT {
            let problem = format!("format: {} is not known to this version", manifest.format);
            return Err(Obstacle::new(file, problem, "use the version that wrote it").into());
        }
        // The paths are joined to the project and removed: none may lead out of `.claude`.
        let mut paths = manifest.files.iter().map(|entry| &entry.path).chain(&manifest.folders);
        if let Some(path) = paths.find(|path| !is_inside(path)) {
            let problem = format!("lists {path:?}, which is not inside of .claude");
            return Err(Obstacle::new(file, problem, way_out).into());
        }
        Ok(Some(manifest))
    }

    /// The entry of a path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.files.iter().find(|entry| entry.path == path)
    }
}

fn is_inside(path: &str) -> bool {
    (path == ".claude" || path.starts_with(".claude/"))
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
