//! Checkpoints as refs: written, listed, found by name or phase, pruned.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::shadow::{command, line};
use super::{Checkpoint, Facts, rollback};
use crate::config::Checkpoints;
use crate::digest;
use crate::git;
use crate::state::Repository;

/// Where the refs are. A usual push does not send them; `git gc` keeps what they reach.
pub const REFS: &str = "refs/portcullis/checkpoints/";

/// Writes the commits and the ref of a checkpoint.
pub(super) fn write(root: &Path, tree: String, facts: Facts) -> anyhow::Result<Checkpoint> {
    let subject = format!("checkpoint: {}", facts.reason.lines().next().unwrap_or_default());
    let message = format!("{subject}\n\n{}\n", serde_json::to_string(&facts)?);
    let commit = |tree: &str, parents: &[&str], message: &str| {
        let mut make = command(root);
        for who in ["AUTHOR", "COMMITTER"] {
            make.env(format!("GIT_{who}_NAME"), "Portcullis");
            make.env(format!("GIT_{who}_EMAIL"), "portcullis@localhost");
            make.env(format!("GIT_{who}_DATE"), format!("{} +0000", facts.time_ms / 1000));
        }
        make.args(["commit-tree", "--no-gpg-sign", "-m", message]);
        for parent in parents {
            make.args(["-p", parent]);
        }
        line(make.arg(tree))
    };
    let index = commit(&facts.index, &[], "the index of a checkpoint")?;
    let state = facts.state.as_deref().map(|tree| commit(tree, &[], "the state of a checkpoint"));
    let state = state.transpose()?;
    let parents: Vec<&str> =
        facts.head.as_deref().into_iter().chain([&*index]).chain(state.as_deref()).collect();
    let commit = commit(&tree, &parents, &message)?;
    let id = id(facts.time_ms, &commit);
    let name = format!("{REFS}{id}");
    // The empty old value: the ref must not be there yet.
    git::bytes(command(root).args(["update-ref", &name, &commit, ""]))
        .context("cannot write the checkpoint's ref")?;
    Ok(Checkpoint { id, commit, tree, facts })
}

/// `YYYYMMDD-HHMMSS-mmm-xxxx`: the time in UTC and a part of the commit's name and process.
fn id(time_ms: u64, commit: &str) -> String {
    let time = i64::try_from(time_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let tail = digest::sha256(format!("{commit} {}", std::process::id()));
    format!("{}-{}", time.strftime("%Y%m%d-%H%M%S-%3f"), &tail[..4])
}

/// All checkpoints of the repository, oldest first. A ref that is none of ours is left out.
///
/// # Errors
/// When git fails.
pub fn list(root: &Path) -> anyhow::Result<Vec<Checkpoint>> {
    let format = "--format=%(refname)%00%(objectname)%00%(tree)%00%(contents)%00";
    let mut each = command(root);
    each.args(["for-each-ref", "--sort=refname", format, REFS]);
    let bytes = git::bytes(&mut each).context("cannot list the checkpoints")?;
    let text = String::from_utf8_lossy(&bytes);
    let mut fields = text.split('\0').map(|field| field.trim_start_matches('\n'));
    let mut found = Vec::new();
    while let (Some(name), Some(commit), Some(tree), Some(contents)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    {
        let Some(id) = name.strip_prefix(REFS) else { continue };
        let facts = contents.split_once("\n\n").map(|(_, body)| body.trim());
        let Some(facts) = facts.and_then(|body| serde_json::from_str::<Facts>(body).ok()) else {
            continue;
        };
        found.push(Checkpoint {
            id: id.to_owned(),
            commit: commit.to_owned(),
            tree: tree.to_owned(),
            facts,
        });
    }
    Ok(found)
}

/// The checkpoint that `wanted` names: an id, an unambiguous beginning of one, or a phase, for
/// which the newest that was taken as this phase began counts (of one run, when it is given).
///
/// # Errors
/// When it names none or several.
pub fn find<'c>(
    known: &'c [Checkpoint],
    wanted: &str,
    run: Option<&str>,
) -> anyhow::Result<&'c Checkpoint> {
    let of_run =
        |known: &&Checkpoint| run.is_none_or(|run| known.facts.run.as_deref() == Some(run));
    let phase = |known: &&Checkpoint| known.facts.phase.as_deref() == Some(wanted);
    if let Some(newest) = known.iter().rev().filter(of_run).find(phase) {
        // A phase may be entered more than once in a run; the first time is where it began.
        let run = &newest.facts.run;
        let first = known.iter().filter(phase).find(|known| known.facts.run == *run);
        return Ok(first.unwrap_or(newest));
    }
    let fits: Vec<_> =
        known.iter().filter(of_run).filter(|known| known.id.starts_with(wanted)).collect();
    match fits[..] {
        [one] => Ok(one),
        [] => bail!(
            "no checkpoint has the id or phase {wanted:?}; `portcullis checkpoint list` shows all"
        ),
        _ => bail!("{} checkpoints begin with {wanted:?}; write more of the id", fits.len()),
    }
}

/// The checkpoints that the policy's number and age let go, out of those known before a new one
/// was made at `now_ms`. One of a rollback that is not finished is for the caller to keep.
pub fn old<'c>(known: &'c [Checkpoint], policy: &Checkpoints, now_ms: u64) -> Vec<&'c Checkpoint> {
    let oldest = oldest(policy, now_ms);
    // The new one counts too.
    let surplus = (known.len() + 1).saturating_sub(policy.keep.max(1));
    known
        .iter()
        .enumerate()
        .filter(|(at, known)| *at < surplus || known.facts.time_ms < oldest)
        .map(|(_, known)| known)
        .collect()
}

/// Removes checkpoints. Their objects go with git's next own collection.
///
/// # Errors
/// When git fails.
pub fn remove(root: &Path, gone: &[&Checkpoint]) -> anyhow::Result<()> {
    for checkpoint in gone {
        let name = format!("{REFS}{}", checkpoint.id);
        git::bytes(command(root).args(["update-ref", "-d", &name, &checkpoint.commit]))
            .with_context(|| format!("cannot remove the checkpoint {}", checkpoint.id))?;
    }
    Ok(())
}

/// Removes what the policy lets go: by number, by age, and the oldest until all together hold no
/// more than the policy's size. The checkpoints of a rollback that has not ended stay. Names what
/// went, or would go, and why.
///
/// # Errors
/// When git fails.
pub fn prune(
    repository: &Repository,
    policy: &Checkpoints,
    now_ms: u64,
    dry_run: bool,
) -> anyhow::Result<Vec<(String, &'static str)>> {
    let root = &repository.root;
    let pending = rollback::pending(repository)?;
    let held =
        |id: &str| pending.as_ref().is_some_and(|pending| pending.from == id || pending.to == id);
    let known: Vec<Checkpoint> = list(root)?.into_iter().filter(|known| !held(&known.id)).collect();
    let oldest = oldest(policy, now_ms);
    let surplus = known.len().saturating_sub(policy.keep);
    let mut gone = Vec::new();
    let mut kept = Vec::new();
    for (at, known) in known.iter().enumerate() {
        match (known.facts.time_ms < oldest, at < surplus) {
            (true, _) => gone.push((known, "older than the days that are kept")),
            (false, true) => gone.push((known, "beyond the number that is kept")),
            (false, false) => kept.push(known),
        }
    }
    let most = policy.max_mb.saturating_mul(1024 * 1024);
    let mut kept = kept.as_slice();
    while let [first, rest @ ..] = kept {
        if size(root, kept)? <= most {
            break;
        }
        gone.push((first, "beyond the size that is kept"));
        kept = rest;
    }
    if !dry_run {
        let all: Vec<&Checkpoint> = gone.iter().map(|(known, _)| *known).collect();
        remove(root, &all)?;
    }
    Ok(gone.into_iter().map(|(known, why)| (known.id.clone(), why)).collect())
}

fn oldest(policy: &Checkpoints, now_ms: u64) -> u64 {
    now_ms.saturating_sub(policy.days.saturating_mul(24 * 60 * 60 * 1000))
}

/// Bytes on the disk that only these checkpoints hold: what their removal and a collection free.
fn size(root: &Path, checkpoints: &[&Checkpoint]) -> anyhow::Result<u64> {
    let mut count = command(root);
    count.args(["rev-list", "--objects", "--disk-usage"]);
    count.args(checkpoints.iter().map(|checkpoint| &*checkpoint.commit));
    count.args(["--not", &format!("--exclude={REFS}*"), "--all"]);
    let text = line(&mut count)?;
    text.trim().parse().with_context(|| format!("git rev-list --disk-usage printed {text:?}"))
}
