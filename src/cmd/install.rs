//! `portcullis install [PROJECT]`: the bundle, the binary and the wiring, into a project.

use anyhow::Context;

use crate::bundle;
use crate::cli::InstallArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::install::wiring::PLACE;
use crate::install::{Obstacle, apply, settings};
use crate::state::Repository;

/// Installs and says what was written.
///
/// # Errors
/// When the machine fails it; what was written is undone.
pub fn run(args: &InstallArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let binary = std::env::current_exe().context("cannot tell where this binary is")?;
    let outcome = match apply::install(&args.project, bundle::FILES, &binary, env) {
        Ok(outcome) => outcome,
        Err(error) => return refused(error, console),
    };
    let project = args.project.display();
    let out = &mut console.out;
    let version = bundle::VERSION;
    match &outcome.before {
        Some(before) if before != version => {
            writeln!(out, "Portcullis {version} is installed in {project} (was {before})")?;
        }
        _ => writeln!(out, "Portcullis {version} is installed in {project}")?,
    }
    let same = outcome.unchanged;
    writeln!(out, "  {} files written, {same} as they were", outcome.written.len())?;
    for path in &outcome.written {
        writeln!(out, "    {path}")?;
    }
    for path in &outcome.dropped {
        writeln!(out, "  removed, no longer part of the bundle: {path}")?;
    }
    writeln!(out, "  binary: {PLACE}/portcullis (not for version control)")?;
    let written = if outcome.settings_written { "hooks merged into" } else { "hooks already in" };
    writeln!(out, "  {written} {}", settings::FILE)?;
    for path in &outcome.theirs {
        writeln!(
            console.err,
            "warning: {path} is your own and was left alone, so Portcullis's of that name is NOT \
             installed; rename yours and install again to have both"
        )?;
    }
    for path in &outcome.changed {
        writeln!(
            console.err,
            "warning: {path} was changed since it was installed and was left alone; delete it and \
             install again to get this version's"
        )?;
    }
    if Repository::discover(&args.project.canonicalize()?).is_none() {
        writeln!(
            console.err,
            "note: {project} is not in a git repository; gates bind their receipts to a git tree, \
             so run `git init` before you need one"
        )?;
    }
    writeln!(out, "Next: `portcullis doctor {project}` proves the guards, then start Claude Code")?;
    writeln!(
        out,
        "there and type /add-feature and what you want. `portcullis uninstall` undoes this."
    )?;
    Ok(Exit::Ok)
}

/// Turns an obstacle into its exit code; other errors go on.
pub(super) fn refused(error: anyhow::Error, console: &mut Console) -> anyhow::Result<Exit> {
    if error.chain().any(|cause| cause.is::<Obstacle>()) {
        writeln!(console.err, "error: {error:#}")?;
        writeln!(console.err, "nothing was changed")?;
        return Ok(Exit::Config);
    }
    Err(error)
}
