//! `portcullis run route`: how much ceremony a change is worth, measured.

use std::path::Path;

use serde_json::json;

use super::{Place, VERSION, root};
use crate::cli::RunRouteArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::change;
use crate::git;
use crate::run as runs;
use crate::run::journal::{self, Kind, Line};
use crate::run::route::{self, Of};

/// Grades and prints; with `--run` it also records.
///
/// # Errors
/// When the policy or git fails, or the output cannot be written.
pub(super) fn run(
    args: &RunRouteArgs,
    place: &Place,
    as_json: bool,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let root = root(&place.dir)?;
    let policy = Policy::load(&root, env)?;
    let run = match &args.run {
        Some(id) if !runs::exists(&place.state, id) => {
            writeln!(
                console.err,
                "error: no run {id:?} was begun here; `portcullis run list` shows them"
            )?;
            return Ok(Exit::Nothing);
        }
        Some(id) => Some(runs::load(&place.state, id)?),
        None => None,
    };
    let (files, of) = if args.paths.is_empty() {
        let base = match (&args.base, &run) {
            (Some(rev), _) => Some(resolved(&root, rev)?),
            // Since the run began, also when it began on uncommitted files.
            (None, Some(run)) if !run.base_tree.is_empty() => Some(run.base_tree.clone()),
            _ => change::base(&root, &policy)?,
        };
        (route::of_change(&change::of(&root, base)?), Of::Change)
    } else {
        let found = route::of_paths(&root, &args.paths);
        if found.is_empty() {
            writeln!(
                console.err,
                "error: none of these files is there: {}",
                args.paths.join(", ")
            )?;
            return Ok(Exit::Nothing);
        }
        (found, Of::Context)
    };
    let measured = route::grade(&root, &files, of, &policy)?;
    let recorded = run.as_ref().and_then(|run| Some((run.route?, run.route_by.as_str())));
    let (route, by, reasons) = route::decide(recorded, &measured, args.at_least, None);
    if let Some(run) = &run {
        let line = Line {
            route: Some(route),
            by: Some(by.to_owned()),
            reasons: reasons.clone(),
            ..Line::new(&run.run, Kind::Route)
        };
        journal::append(&place.state, &line)?;
    }
    if as_json {
        let answer = json!({
            "v": VERSION, "route": route, "by": by, "measured": measured.route,
            "reasons": reasons, "files": files.len(), "run": args.run,
        });
        writeln!(console.out, "{answer:#}")?;
    } else {
        writeln!(console.out, "{}", route.word())?;
        for reason in &reasons {
            writeln!(console.out, "  {reason}")?;
        }
    }
    Ok(Exit::Ok)
}

/// The object of a commit or tree.
fn resolved(root: &Path, rev: &str) -> anyhow::Result<String> {
    git::text(
        root,
        ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{tree}}")],
    )
    .map_err(|_| anyhow::anyhow!("--base: {rev:?} is no commit and no tree here"))
}
