//! `portcullis rollback`: back to a checkpoint, with a preview, and itself undoable.

use std::io::Write;

use serde_json::json;

use crate::checkpoint::plan::Plan;
use crate::checkpoint::rollback::{self, Head, Outcome, Refused, Request};
use crate::cli::RollbackArgs;
use crate::cmd::{Console, effect as shown};
use crate::config::Policy;
use crate::effect::{self, Effect};
use crate::env::Env;
use crate::exit::Exit;
use crate::{checkpoint, state};

/// Most files of each kind that are named.
const NAMED: usize = 50;

/// Runs the subcommand.
///
/// # Errors
/// When there is no repository, git or the disk fails, or the output cannot be written.
pub fn run(args: &RollbackArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = env.cwd.join(&args.project);
    let repository = checkpoint::repository(&dir)?;
    let policy = Policy::load(&repository.root, env)?;
    let request = Request {
        to: &args.to,
        run: args.run.as_deref(),
        head: args.head,
        dry_run: args.dry_run,
        force: args.force,
    };
    let outcome = match rollback::rollback(
        &repository.root,
        &policy.checkpoints,
        &request,
        &mut |_| Ok(()),
    ) {
        Ok(outcome) => outcome,
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) => {
                writeln!(console.err, "refused: {refused}")?;
                return Ok(Exit::No);
            }
            None => return Err(error),
        },
    };
    let effects = match state::folder(&repository.root, env) {
        Some(state) => effect::list(&state, None)?,
        None => Vec::new(),
    };
    let since: Vec<Effect> = effects
        .into_iter()
        .filter(|effect| effect.ts >= outcome.to.facts.time_ms && effect.stands())
        .collect();
    if args.json {
        let mut value = serde_json::to_value(&outcome)?;
        value["effects_not_undone"] = json!(since);
        value["dry_run"] = json!(args.dry_run);
        writeln!(console.out, "{value:#}")?;
    } else {
        print(&outcome, &since, args, &mut console.out)?;
    }
    Ok(if args.dry_run && !outcome.files.blocked.is_empty() { Exit::No } else { Exit::Ok })
}

fn print(
    outcome: &Outcome,
    effects: &[Effect],
    args: &RollbackArgs,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let facts = &outcome.to.facts;
    let verb = if args.dry_run { "would go back" } else { "went back" };
    writeln!(out, "{verb} to {}: {}", outcome.to.id, facts.reason)?;
    files(&outcome.files, args.dry_run, out)?;
    let (is, becomes) = if args.dry_run { ("would be", "would move") } else { ("is", "moved") };
    match outcome.index {
        true => writeln!(out, "index   {is} as it was then")?,
        false => writeln!(out, "index   is the same")?,
    }
    match &outcome.head {
        Head::Same => writeln!(out, "HEAD    is the same")?,
        Head::Stays { at, was } => {
            writeln!(out, "HEAD    stays: {at}; it was {was}, and --head brings it back too")?
        }
        Head::Moves { from, to } => writeln!(out, "HEAD    {becomes} from {from} to {to}")?,
    }
    for note in &outcome.notes {
        writeln!(out, "note    {note}")?;
    }
    if !effects.is_empty() {
        writeln!(out, "NOT undone: what this project did outside since then")?;
        for effect in effects {
            shown::print(effect, out)?;
        }
    }
    if let Some(undo) = &outcome.undo {
        writeln!(
            out,
            "undo    portcullis rollback --to {undo}{}",
            if args.head { " --head" } else { "" }
        )?;
    }
    Ok(())
}

fn files(plan: &Plan, dry_run: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let mut section = |word: &str, paths: &[&[u8]]| -> std::io::Result<()> {
        for path in paths.iter().take(NAMED) {
            writeln!(out, "{word:<7} {}", String::from_utf8_lossy(path))?;
        }
        if paths.len() > NAMED {
            writeln!(out, "{word:<7} and {} more: --json", paths.len() - NAMED)?;
        }
        Ok(())
    };
    let create: Vec<&[u8]> = plan.create.iter().map(|write| &write.path[..]).collect();
    let change: Vec<&[u8]> = plan.change.iter().map(|write| &write.path[..]).collect();
    let delete: Vec<&[u8]> = plan.delete.iter().map(|path| &path[..]).collect();
    let bits: Vec<&[u8]> = plan.permissions.iter().map(|file| &file.path[..]).collect();
    let blocked: Vec<&[u8]> = plan.blocked.iter().map(|path| &path[..]).collect();
    section("change", &change)?;
    section("create", &create)?;
    section("delete", &delete)?;
    section("mode", &bits)?;
    section("BLOCKED", &blocked)?;
    for left in &plan.left {
        writeln!(out, "left    {}: {}", left.path, left.why)?;
    }
    if plan.is_empty() {
        let verb = if dry_run { "differs" } else { "differed" };
        writeln!(out, "files   none {verb}")?;
    }
    if !plan.blocked.is_empty() {
        writeln!(out, "        in the way and in no checkpoint: move them away first")?;
    }
    Ok(())
}
