//! `portcullis init [PROJECT]`: writes or extends the project's `CLAUDE.md`.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::cli::InitArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::init::{self, FILE, merge};

/// Writes what is missing and says what was added and kept.
///
/// # Errors
/// When the project or its file cannot be read or written.
pub fn run(args: &InitArgs, _env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let root = args.project.canonicalize().with_context(|| args.project.display().to_string())?;
    let sections = init::sections(&root);
    let file = root.join(FILE);
    let before = read(&file)?;
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.filter(|name| init::plain(name)).unwrap_or_else(|| "Project".to_owned());
    let joined = merge::join(before.as_deref(), &name, &sections);
    if args.dry_run {
        write!(console.out, "{}", joined.text)?;
        return Ok(Exit::Ok);
    }
    if before.as_deref() != Some(joined.text.as_str()) {
        replace(&file, &joined.text)?;
    }
    for title in &joined.added {
        writeln!(console.out, "added: {title}")?;
    }
    for title in &joined.kept {
        writeln!(console.out, "kept as it is: {title}")?;
    }
    for title in ["Architecture", "Standards", "Commands", "Guidelines"] {
        if !sections.iter().any(|section| section.title == title) {
            writeln!(console.out, "nothing found for: {title}")?;
        }
    }
    Ok(Exit::Ok)
}

fn read(file: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read(file) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).with_context(|| {
                format!("{FILE} is not UTF-8; convert it, then run `portcullis init` again")
            })?;
            Ok(Some(text))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| FILE.to_owned()),
    }
}

/// Writes beside the file and renames, so that a reader never sees half of it. A link is followed: its
/// target is what the project shares.
fn replace(file: &Path, text: &str) -> anyhow::Result<()> {
    let target = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let folder = target.parent().context("the file stands in no folder")?;
    let mut part = tempfile::NamedTempFile::new_in(folder).with_context(|| FILE.to_owned())?;
    part.write_all(text.as_bytes())?;
    let mode = match std::fs::metadata(&target) {
        Ok(meta) => Some(meta.permissions()),
        Err(_) => open_mode(),
    };
    if let Some(mode) = mode {
        part.as_file().set_permissions(mode)?;
    }
    part.persist(&target).with_context(|| FILE.to_owned())?;
    Ok(())
}

/// What a new text file usually has; a temporary file is for its owner only.
#[cfg(unix)]
fn open_mode() -> Option<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_mode() -> Option<std::fs::Permissions> {
    None
}
