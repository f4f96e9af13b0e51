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
