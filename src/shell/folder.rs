//! Folders as the shell moves between them.

use std::path::{Component, Path, PathBuf};

/// Where `cd target` leads from `dir`, without looking at the disk: `..` takes a name off, as
/// the shell does.
pub(super) fn moved(dir: Option<&Path>, target: &str) -> Option<PathBuf> {
    let start = if target.starts_with(['/', '~']) { PathBuf::new() } else { dir?.to_path_buf() };
    let mut path = start;
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    Some(path)
}

/// Stands for a folder that is not known, so that files in it can be told by their names.
const UNKNOWN: &str = "?";

/// As [`moved`]; where the folder is not known, the file's name in a folder that stands for any.
pub(super) fn located(dir: Option<&Path>, target: &str) -> PathBuf {
    moved(dir, target).unwrap_or_else(|| {
        Path::new(UNKNOWN).join(Path::new(target).file_name().unwrap_or_default())
    })
}

/// Whether a path of [`located`] lies in a folder that is not known.
pub(super) fn is_unknown(path: &Path) -> bool {
    path.starts_with(UNKNOWN)
}
