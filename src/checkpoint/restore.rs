//! Carries a plan out: each file by one rename, bytes as the objects have them.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, bail, ensure};

use super::capture::{USUAL, beyond_symlink};
use super::plan::{Plan, Write};
use super::shadow::{command, os, remove};

/// Called after each step, with its name. A test ends the work there, as a killed process would.
pub type Observer<'o> = &'o mut dyn FnMut(&str) -> anyhow::Result<()>;

/// Carries the plan out below `root`. New files are made in `scratch` and moved to their place.
pub(super) fn apply(
    root: &Path,
    plan: &Plan,
    scratch: &Path,
    step: Observer<'_>,
) -> anyhow::Result<()> {
    for path in &plan.delete {
        delete(root, path).with_context(|| about("remove", path))?;
        step("delete")?;
    }
    // A file in the place of a folder, or the other way round: what goes, goes first.
    for write in &plan.change {
        let file = root.join(os(&write.path));
        if file.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            bail!("{} is a folder now; the working tree changed meanwhile", file.display());
        }
    }
    let mut objects = Objects::new(root)?;
    for write in plan.change.iter().chain(&plan.create) {
        put(root, write, scratch, &mut objects).with_context(|| about("write", &write.path))?;
        step("write")?;
    }
    objects.close()?;
    for permission in &plan.permissions {
        let file = root.join(os(&permission.path));
        if file.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            std::fs::set_permissions(&file, Permissions::from_mode(permission.bits))
                .with_context(|| about("set the permissions of", &permission.path))?;
            step("permissions")?;
        }
    }
    Ok(())
}

fn about(what: &str, path: &[u8]) -> String {
    format!("cannot {what} {}", String::from_utf8_lossy(path))
}

/// Removes a file and the folders that it leaves empty.
fn delete(root: &Path, path: &[u8]) -> anyhow::Result<()> {
    // Through a link it would be another file.
    if beyond_symlink(root, path) {
        return Ok(());
    }
    let file = root.join(os(path));
    match remove(&file) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => {}
        other => other?,
    }
    let mut folder = file.parent();
    while let Some(empty) = folder.filter(|folder| *folder != root) {
        if std::fs::remove_dir(empty).is_err() {
            break;
        }
        folder = empty.parent();
    }
    Ok(())
}

/// Makes a file what it is to become.
fn put(root: &Path, write: &Write, scratch: &Path, objects: &mut Objects) -> anyhow::Result<()> {
    let file = root.join(os(&write.path));
    let parent = file.parent().unwrap_or(root);
    ensure!(!beyond_symlink(root, &write.path), "a folder on the way is a symbolic link");
    std::fs::create_dir_all(parent)?;
    let there = file.symlink_metadata().ok();
    if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        remove_empty(&file)?;
    }
    let new = scratch.join("new");
    remove(&new)?;
    if write.mode == "120000" {
        let mut target = Vec::new();
        objects.read(&write.object, &mut target)?;
        symlink(PathBuf::from(std::ffi::OsString::from_vec(target)), &new)?;
    } else {
        let executable = write.mode == "100755";
        // The umask decides about a file that was not there, as when git makes it.
        let bits = if executable { 0o777 } else { 0o666 };
        let mut made = OpenOptions::new().write(true).create_new(true).mode(bits).open(&new)?;
        objects.read(&write.object, &mut made)?;
        let kept = there.filter(std::fs::Metadata::is_file).map(|meta| {
            let bits = meta.permissions().mode() & 0o777 & !0o111;
            // Who may read it may run it.
            if executable { bits | (bits & 0o444) >> 2 } else { bits }
        });
        let usual = kept.filter(|bits| USUAL.contains(bits));
        if let Some(bits) = write.bits.or(usual) {
            made.set_permissions(Permissions::from_mode(bits))?;
        }
    }
    match std::fs::rename(&new, &file) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => across(&new, &file, parent),
        other => Ok(other?),
    }
}

/// The git folder lies on another file system than the file: a copy beside it is renamed.
fn across(new: &Path, file: &Path, parent: &Path) -> anyhow::Result<()> {
    let beside = parent.join(format!(".portcullis-restore-{}", std::process::id()));
    remove(&beside)?;
    if new.symlink_metadata()?.is_symlink() {
        symlink(std::fs::read_link(new)?, &beside)?;
    } else {
        std::fs::copy(new, &beside)?;
    }
    std::fs::rename(&beside, file)?;
    Ok(remove(new)?)
}

/// Removes a folder that holds nothing but folders.
fn remove_empty(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        ensure!(entry.file_type()?.is_dir(), "{} is in the way", entry.path().display());
        remove_empty(&entry.path())?;
    }
    Ok(std::fs::remove_dir(folder)?)
}

/// The contents of objects, from one long git process.
struct Objects {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    fn new(root: &Path) -> anyhow::Result<Self> {
        let mut command = command(root);
        command.args(["cat-file", "--batch"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start git")?;
        let ask = child.stdin.take().context("no standard input")?;
        let answer = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self { child, ask, answer })
    }

    /// Writes the bytes of a blob.
    fn read(&mut self, object: &str, to: &mut dyn std::io::Write) -> anyhow::Result<()> {
        writeln!(self.ask, "{object}")?;
        self.ask.flush()?;
        let mut header = String::new();
        self.answer.read_line(&mut header)?;
        let size =
            header.trim_end().strip_prefix(object).and_then(|rest| rest.strip_prefix(" blob "));
        let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else {
            bail!("the object {object} cannot be read (git said {:?})", header.trim_end());
        };
        let copied = std::io::copy(&mut (&mut self.answer).take(size), to)?;
        ensure!(copied == size, "the object {object} was cut off");
        let mut end = [0];
        Ok(self.answer.read_exact(&mut end)?)
    }

    fn close(mut self) -> anyhow::Result<()> {
        drop(self.ask);
        self.child.wait()?;
        Ok(())
    }
}

/// Copies a file and keeps its time stamp.
pub(super) fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    let modified = from.metadata()?.modified()?;
    std::fs::copy(from, to)?;
    OpenOptions::new().write(true).open(to)?.set_modified(modified)
}

/// Writes a small file so that it is there whole or not at all.
pub(super) fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut made = File::create(&new)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()?;
    std::fs::rename(new, file)
}
