//! Writes that can be undone: each file appears in one step, and a failure puts back what was.

use std::fs::{self, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::Obstacle;

/// What has been written so far. Dropped before [`Undo::keep`], it puts everything back.
#[derive(Debug, Default)]
pub struct Undo {
    steps: Vec<Step>,
    kept: bool,
}

#[derive(Debug)]
enum Step {
    Folder(PathBuf),
    File(PathBuf, Option<(Vec<u8>, Permissions)>),
    Link(PathBuf, PathBuf),
}

impl Undo {
    /// Makes a folder and those above it that are missing. Returns the ones made, outermost first.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn folder(&mut self, path: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let missing: Vec<&Path> = path.ancestors().take_while(|path| !path.exists()).collect();
        let mut made = Vec::new();
        for path in missing.into_iter().rev() {
            fs::create_dir(path).with_context(|| format!("cannot make {}", path.display()))?;
            self.steps.push(Step::Folder(path.to_path_buf()));
            made.push(path.to_path_buf());
        }
        Ok(made)
    }

    /// Writes a file in one step. An old file's mode is kept unless `mode` is given.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then as it was.
    pub fn write(&mut self, path: &Path, bytes: &[u8], mode: Option<u32>) -> anyhow::Result<()> {
        let before = match fs::read(path) {
            Ok(old) => Some((old, fs::metadata(path)?.permissions())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let old_mode = before.as_ref().map(|(_, permissions)| permissions.clone());
        replace(path, bytes, mode.map(from_mode).or(old_mode))
            .with_context(|| format!("cannot write {}", path.display()))?;
        self.steps.push(Step::File(path.to_path_buf(), before));
        Ok(())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&mut self, path: &Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot remove {}", path.display());
        let old = fs::read(path).with_context(cannot)?;
        let permissions = fs::metadata(path).with_context(cannot)?.permissions();
        fs::remove_file(path).with_context(cannot)?;
        self.steps.push(Step::File(path.to_path_buf(), Some((old, permissions))));
        Ok(())
    }

    /// Removes a symlink, so that nothing is written through it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn unlink(&mut self, path: &Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot remove {}", path.display());
        let target = fs::read_link(path).with_context(cannot)?;
        fs::remove_file(path).with_context(cannot)?;
        self.steps.push(Step::Link(path.to_path_buf(), target));
        Ok(())
    }

    /// Everything went well; nothing is put back.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // The error that led here is the one to report; what cannot be put back stays.
        while let Some(step) = self.steps.pop() {
            let _ = match step {
                Step::Folder(path) => fs::remove_dir(path),
                Step::Link(path, target) => std::os::unix::fs::symlink(target, path),
                Step::File(path, None) => fs::remove_file(path),
                Step::File(path, Some((bytes, permissions))) => {
                    replace(&path, &bytes, Some(permissions))
                }
            };
        }
    }
}

/// Writes beside the file and renames, so that a reader sees the old or the new file, never half
/// of one, and a running binary can be replaced.
fn replace(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name at the limit of the file system has no room for a longer one beside it.
    let short: String = name.chars().take(64).collect();
    let beside = path.with_file_name(format!(".{short}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// The permissions of a mode.
fn from_mode(mode: u32) -> Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(mode)
}

/// The permission bits of a file, octal, as the manifest has them.
///
/// # Errors
/// When the file is not there.
pub fn mode(path: &Path) -> std::io::Result<String> {
    use std::os::unix::fs::PermissionsExt;
    Ok(format!("{:o}", fs::metadata(path)?.permissions().mode() & 0o7777))
}

/// The file that `path` of `project` really is: symlinks followed, missing parts allowed.
///
/// # Errors
/// When a symlink leads out of the project, or a file stands where a folder is needed.
pub fn inside(project: &Path, path: &str) -> Result<PathBuf, Obstacle> {
    let full = project.join(path);
    let way_out = "make it a real file or folder of the project, and run this again";
    let is_symlink =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_symlink());
    let Some(existing) = full.ancestors().find(|path| path.exists() || is_symlink(path)) else {
        return Ok(full);
    };
    let real = existing
        .canonicalize()
        .map_err(|error| Obstacle::new(existing, format!("leads nowhere ({error})"), way_out))?;
    if !real.starts_with(project) {
        let problem = format!("is a symlink out of the project, to {}", real.display());
        return Err(Obstacle::new(existing, problem, way_out));
    }
    if existing != full && !real.is_dir() {
        let problem = "is a file, and a folder is needed";
        return Err(Obstacle::new(existing, problem, "move it away and run this again"));
    }
    match full.strip_prefix(existing) {
        Ok(rest) if !rest.as_os_str().is_empty() => Ok(real.join(rest)),
        _ => Ok(real),
    }
}

/// The real path of a project's folder.
///
/// # Errors
/// When it is no folder.
pub fn folder(project: &Path) -> Result<PathBuf, Obstacle> {
    let way_out = "name the folder of a project";
    let real = project
        .canonicalize()
        .map_err(|error| Obstacle::new(project, format!("cannot be opened ({error})"), way_out))?;
    if real.is_dir() { Ok(real) } else { Err(Obstacle::new(project, "is not a folder", way_out)) }
}

/// The text of a file; `None` when there is none.
///
/// # Errors
/// When it cannot be read, or is no UTF-8.
pub fn read_text(file: &Path) -> anyhow::Result<Option<String>> {
    match fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| {
            let problem = format!("is not UTF-8 text ({})", error.utf8_error());
            Obstacle::new(file, problem, "repair it and run this again").into()
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}
