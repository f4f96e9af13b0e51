//! `portcullis checkpoint list|create|show|diff|prune`.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::checkpoint::{self, Checkpoint, Label, WhenSame, compare, rollback, store};
use crate::cli::{CheckpointAction, CheckpointArgs};
use crate::cmd::Console;
use crate::config::{Checkpoints, Policy};
use crate::env::Env;
use crate::exit::Exit;
use crate::secrets;

/// Version of what `--json` prints.
const VERSION: u32 = 1;

/// Most left-out files that are named.
const NAMED: usize = 20;

/// Runs the subcommand.
///
/// # Errors
/// When there is no repository, git fails, or the output cannot be written.
pub fn run(args: &CheckpointArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = env.cwd.join(&args.project);
    let repository = checkpoint::repository(&dir)?;
    let root = &repository.root;
    match &args.action {
        CheckpointAction::List { run } => {
            let mut known = store::list(root)?;
            known.retain(|known| run.is_none() || known.facts.run == *run);
            list(&known, rollback::pending(&repository)?, args.json, console)
        }
        CheckpointAction::Create { run, phase, reason } => {
            let policy = Policy::load(root, env)?.checkpoints;
            let label = Label { run: run.clone(), phase: phase.clone(), reason: reason.clone() };
            let made = checkpoint::create(root, &policy, &label, WhenSame::Make)?;
            made_one(&made, args.json, console)
        }
        CheckpointAction::Show { id } => match found(root, id, console)? {
            Some(found) => show(root, &found, args.json, console),
            None => Ok(Exit::Nothing),
        },
        CheckpointAction::Diff { id, other, patch } => {
            let Some(from) = found(root, id, console)? else { return Ok(Exit::Nothing) };
            let to = match other {
                Some(other) => match found(root, other, console)? {
                    Some(to) => to.tree,
                    None => return Ok(Exit::Nothing),
                },
                None => compare::present(&repository, &Policy::load(root, env)?.checkpoints)?,
            };
            diff(root, &from, &to, *patch, args.json, console)
        }
        CheckpointAction::Prune { keep, days, max_mb, dry_run } => {
            let policy = Policy::load(root, env)?.checkpoints;
            let policy = Checkpoints {
                keep: keep.unwrap_or(policy.keep),
                days: days.unwrap_or(policy.days),
                max_mb: max_mb.unwrap_or(policy.max_mb),
                ..policy
            };
            prune(&repository, &policy, *dry_run, args.json, console)
        }
    }
}

fn found(root: &Path, id: &str, console: &mut Console) -> anyhow::Result<Option<Checkpoint>> {
    match store::find(&store::list(root)?, id, None) {
        Ok(found) => Ok(Some(found.clone())),
        Err(error) => {
            writeln!(console.err, "error: {error:#}")?;
            Ok(None)
        }
    }
}

fn list(
    known: &[Checkpoint],
    pending: Option<rollback::Pending>,
    json: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let out = &mut console.out;
    if json {
        let value = json!({"v": VERSION, "checkpoints": known, "interrupted_rollback": pending});
        writeln!(out, "{value:#}")?;
        return Ok(Exit::Ok);
    }
    if known.is_empty() {
        writeln!(out, "no checkpoint yet; `portcullis checkpoint create` takes one")?;
    }
    for checkpoint in known {
        let facts = &checkpoint.facts;
        let label = match (&facts.run, &facts.phase) {
            (Some(run), Some(phase)) => format!("{run} {phase}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => "-".to_owned(),
        };
        let left_out = match facts.skipped.len() {
            0 => String::new(),
            count => format!("; {count} left out"),
        };
        writeln!(
            out,
            "{}  {:<12}  {:<24}  {label:<28}  {}{left_out}",
            checkpoint.id,
            facts.worktree,
            position(checkpoint),
            facts.reason
        )?;
    }
    if let Some(pending) = pending {
        writeln!(out, "INTERRUPTED rollback from {} to {}", pending.from, pending.to)?;
        let head = if pending.head { " --head" } else { "" };
        writeln!(out, "  go on:   portcullis rollback --to {}{head}", pending.to)?;
        writeln!(out, "  go back: portcullis rollback --to {}{head}", pending.from)?;
    }
    Ok(Exit::Ok)
}

/// `main 1234567890`.
fn position(checkpoint: &Checkpoint) -> String {
    let facts = &checkpoint.facts;
    let branch = facts.branch.as_deref().unwrap_or("detached");
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let head = facts.head.as_deref().map_or("no commit", checkpoint::short);
    format!("{branch} {head}")
}

/// A new one; what it holds is not counted, which would take as long as the rest.
fn made_one(made: &Checkpoint, json: bool, console: &mut Console) -> anyhow::Result<Exit> {
    let out = &mut console.out;
    if json {
        writeln!(out, "{:#}", json!({"v": VERSION, "checkpoint": made}))?;
        return Ok(Exit::Ok);
    }
    writeln!(out, "checkpoint  {}", made.id)?;
    writeln!(out, "tree        {}", made.tree)?;
    left_out(made, out)?;
    writeln!(out, "back        portcullis rollback --to {}", made.id)?;
    Ok(Exit::Ok)
}

fn left_out(checkpoint: &Checkpoint, out: &mut dyn Write) -> std::io::Result<()> {
    let skipped = &checkpoint.facts.skipped;
    for skipped in skipped.iter().take(NAMED) {
        let size = skipped.bytes.map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
        writeln!(out, "not kept    {}: {}{size}", skipped.path, skipped.why)?;
    }
    if skipped.len() > NAMED {
        writeln!(out, "not kept    and {} more: --json", skipped.len() - NAMED)?;
    }
    Ok(())
}

fn show(
    root: &Path,
    checkpoint: &Checkpoint,
    json: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let contents = compare::contents(root, &checkpoint.tree)?;
    let facts = &checkpoint.facts;
    let out = &mut console.out;
    if json {
        let value = json!({"v": VERSION, "checkpoint": checkpoint, "contents": contents});
        writeln!(out, "{value:#}")?;
        return Ok(Exit::Ok);
    }
    writeln!(out, "checkpoint  {}", checkpoint.id)?;
    writeln!(out, "reason      {}", facts.reason)?;
    if let Some(run) = &facts.run {
        writeln!(out, "run         {run}")?;
    }
    if let Some(phase) = &facts.phase {
        writeln!(out, "phase       {phase}")?;
    }
    writeln!(out, "tree        {} ({} files)", checkpoint.tree, contents.files)?;
    writeln!(out, "HEAD        {}", position(checkpoint))?;
    writeln!(out, "worktree    {}", facts.worktree)?;
    if let Some(doing) = facts.in_progress {
        writeln!(out, "under way   a {}, which is not kept", doing.word())?;
    }
    for (path, commit) in &contents.repositories {
        let commit = checkpoint::short(commit);
        writeln!(
            out,
            "not kept    {path}: a repository of its own at {commit}; only that is kept"
        )?;
    }
    left_out(checkpoint, out)?;
    Ok(Exit::Ok)
}

fn diff(
    root: &Path,
    from: &Checkpoint,
    to: &str,
    patch: bool,
    json: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    if patch {
        let text = compare::patch(root, &from.tree, to)?;
        write!(console.out, "{}", secrets::redact(&text))?;
        return Ok(Exit::Ok);
    }
    let changed = compare::names(root, &from.tree, to)?;
    if json {
        let value = json!({"v": VERSION, "from": from.id, "files": changed});
        writeln!(console.out, "{value:#}")?;
        return Ok(Exit::Ok);
    }
    if changed.is_empty() {
        writeln!(console.out, "no file differs from {}", from.id)?;
    }
    for file in &changed {
        writeln!(console.out, "{:<8} {}", file.how, file.path)?;
    }
    Ok(Exit::Ok)
}

fn prune(
    repository: &crate::state::Repository,
    policy: &Checkpoints,
    dry_run: bool,
    json: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let root = &repository.root;
    let pruned = store::prune(repository, policy, crate::journal::now_ms(), dry_run)
        .with_context(|| format!("cannot prune the checkpoints of {}", root.display()))?;
    if json {
        let value = json!({"v": VERSION, "dry_run": dry_run, "removed": pruned});
        writeln!(console.out, "{value:#}")?;
        return Ok(Exit::Ok);
    }
    let verb = if dry_run { "would remove" } else { "removed" };
    for (id, why) in &pruned {
        writeln!(console.out, "{verb} {id}: {why}")?;
    }
    writeln!(console.out, "{verb} {} checkpoint(s)", pruned.len())?;
    Ok(Exit::Ok)
}
