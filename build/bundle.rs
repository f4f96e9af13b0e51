//! The files that `portcullis install` brings to a project, as a table of `include_bytes!`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Folders of the bundle, and the one script of `bin/` that a project needs.
const SOURCES: &[&str] = &["agents", "bin/session-start", "commands", "skills", "workflows"];

/// Writes `bundle.rs` into the build folder: every file of [`SOURCES`], sorted by path.
#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
pub(crate) fn build() -> anyhow::Result<()> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let mut files = Vec::new();
    for source in SOURCES {
        // A directive for a path that is not there would rebuild the crate every time.
        if root.join(source).exists() {
            println!("cargo::rerun-if-changed={source}");
            collect(&root, Path::new(source), &mut files)?;
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (path, executable) in files {
        writeln!(
            table,
            "    Embedded {{ path: {path:?}, executable: {executable}, \
             bytes: include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {path:?})) }},"
        )?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("bundle.rs");
    std::fs::write(&out, table).with_context(|| format!("cannot write {}", out.display()))
}

/// Adds the files under `path` (relative to `root`), without hidden ones.
fn collect(root: &Path, path: &Path, files: &mut Vec<(String, bool)>) -> anyhow::Result<()> {
    let full = root.join(path);
    let cannot = || format!("cannot read {}", path.display());
    let meta = std::fs::metadata(&full).with_context(cannot)?;
    if !meta.is_dir() {
        let name = path.to_str().with_context(|| format!("{path:?} is not UTF-8"))?;
        files.push((name.replace('\\', "/"), is_executable(&meta)));
        return Ok(());
    }
    for entry in std::fs::read_dir(&full).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            collect(root, &path.join(name), files)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_meta: &std::fs::Metadata) -> bool {
    false
}
