//! The same decision in git's own hooks, where no command line has to be read.
//!
//! `pre-push` judges what really goes out, however it was spelled; `commit-msg` judges the commit,
//! where the policy asks for gates, and writes which receipts stood behind it into the message.

use std::path::Path;

use anyhow::Context as _;

use super::receipt::Ledger;
use super::{Standing, relief, standing, state_folder, tree};
use crate::config::Policy;
use crate::digest::sha256;
use crate::env::Env;
use crate::git;

/// Name of the commit's trailer: the SHA-256 of the last line of the receipts, which is chained to
/// all before it.
pub const TRAILER: &str = "Portcullis-Receipts";

/// What git tells its `pre-push` hook: one line for each ref.
///
/// # Errors
/// When the policy or the receipts cannot be read; the push is then to be refused.
pub fn pre_push(lines: &str, dir: &Path, env: &Env) -> anyhow::Result<Vec<String>> {
    let root = tree::repository(dir)?.root;
    let policy = Policy::load(&root, env)?;
    let mut refused = Vec::new();
    for line in lines.lines() {
        // LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID
        let fields: Vec<&str> = line.split(' ').collect();
        let [local, id, remote, _] = fields[..] else { continue };
        // Nothing goes out with a deletion.
        if id.bytes().all(|byte| byte == b'0') {
            continue;
        }
        let tree = tree::commit_tree(&root, id)
            .with_context(|| format!("{local} is no commit, so it cannot be judged"))?;
        for reason in closed("push", &tree, &policy, &root, env)? {
            refused.push(format!("{local} -> {remote}: {reason}"));
        }
    }
    Ok(refused)
}

/// What stands in the way of a boundary for a tree.
fn closed(
    boundary: &str,
    tree: &str,
    policy: &Policy,
    root: &Path,
    env: &Env,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for gate in policy.needs(boundary) {
        let reason = match standing(gate, tree, policy, root, env) {
            Ok(Standing::Passed(_)) => continue,
            Ok(standing) => standing.sentence(gate, tree),
            Err(error) => format!("{error:#}"),
        };
        let opened = relief::bypass(boundary, tree, root, env)?.is_some()
            || matches!(
                relief::only_documents(boundary, gate, tree, policy, root, env),
                Ok(Some(_))
            );
        if !opened {
            reasons.push(reason);
        }
    }
    Ok(reasons)
}

/// Judges a commit and adds the trailer to its message in `file`.
///
/// # Errors
/// When the policy, the receipts or the message cannot be read or written.
pub fn commit_msg(file: &Path, dir: &Path, env: &Env) -> anyhow::Result<Vec<String>> {
    let root = tree::repository(dir)?.root;
    let policy = Policy::load(&root, env)?;
    if !policy.needs("commit").is_empty() {
        // What would be committed: git gives its hooks the index that it commits.
        let mut write = git::command(&root);
        if let Some(index) = &env.index_file {
            write.env("GIT_INDEX_FILE", dir.join(index));
        }
        write.arg("write-tree");
        let tree = git::run(write).context("cannot tell what would be committed")?;
        let reasons = closed("commit", &tree, &policy, &root, env)?;
        if !reasons.is_empty() {
            return Ok(reasons);
        }
    }
    if let Some(head) = head(&root, env)? {
        let file = dir.join(file);
        let mut add = git::command(&root);
        add.args(["interpret-trailers", "--in-place", "--if-exists", "replace", "--trailer"]);
        add.arg(format!("{TRAILER}: {head}")).arg(&file);
        git::run(add).context("cannot write the trailer")?;
    }
    Ok(Vec::new())
}

/// SHA-256 of the last trusted receipt's line; none before the first.
fn head(root: &Path, env: &Env) -> anyhow::Result<Option<String>> {
    let state = state_folder(root, env)?;
    if Ledger::read(&state)?.receipts.is_empty() {
        return Ok(None);
    }
    let text = std::fs::read(super::receipt::file(&state))?;
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    Ok(text.rsplit(|byte| *byte == b'\n').next().map(sha256))
}
