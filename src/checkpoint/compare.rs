//! What a checkpoint holds, and how two differ, for reading.

use std::path::Path;

use serde::Serialize;

use super::capture;
use super::shadow::{Shadow, command};
use crate::config::Checkpoints;
use crate::git;
use crate::state::Repository;

/// What a tree holds.
#[derive(Debug, Default, Serialize)]
pub struct Contents {
    /// Number of files and symbolic links.
    pub files: usize,
    /// Repositories inside of the working tree, with the commit that they were at.
    pub repositories: Vec<(String, String)>,
}

/// A file that differs.
#[derive(Debug, Serialize)]
pub struct Differs {
    /// Relative to the root; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// `added`, `deleted`, `changed` or `kind` (another kind of file).
    pub how: &'static str,
}

/// The tree of the files as they are; no ref is made.
///
/// # Errors
/// When git or the disk fails.
pub fn present(repository: &Repository, policy: &Checkpoints) -> anyhow::Result<String> {
    let shadow = Shadow::open(repository)?;
    Ok(capture::take(&shadow, policy.max_bytes())?.tree)
}

/// What a tree holds.
///
/// # Errors
/// When git fails.
pub fn contents(root: &Path, tree: &str) -> anyhow::Result<Contents> {
    let listed = git::bytes(command(root).args(["ls-tree", "-r", "-z", "--full-tree", tree]))?;
    let mut contents = Contents::default();
    for item in git::items(&listed) {
        let text = String::from_utf8_lossy(item);
        match text.strip_prefix("160000 commit ").and_then(|rest| rest.split_once('\t')) {
            Some((commit, path)) => {
                contents.repositories.push((path.to_owned(), commit.to_owned()));
            }
            None => contents.files += 1,
        }
    }
    Ok(contents)
}

/// The files that differ.
///
/// # Errors
/// When git fails.
pub fn names(root: &Path, from: &str, to: &str) -> anyhow::Result<Vec<Differs>> {
    let mut diff = command(root);
    diff.args(["diff-tree", "-r", "-z", "--name-status", "--no-renames", from, to]);
    let listed = git::bytes(&mut diff)?;
    let mut items = git::items(&listed);
    let mut found = Vec::new();
    while let (Some(status), Some(path)) = (items.next(), items.next()) {
        let how = match status {
            b"A" => "added",
            b"D" => "deleted",
            b"T" => "kind",
            _ => "changed",
        };
        found.push(Differs { path: String::from_utf8_lossy(path).into_owned(), how });
    }
    Ok(found)
}

/// The changed lines. The caller redacts them.
///
/// # Errors
/// When git fails.
pub fn patch(root: &Path, from: &str, to: &str) -> anyhow::Result<String> {
    let mut diff = command(root);
    diff.args(["diff-tree", "-r", "-p", "--no-ext-diff", "--no-textconv", "--no-color", from, to]);
    Ok(String::from_utf8_lossy(&git::bytes(&mut diff)?).into_owned())
}
