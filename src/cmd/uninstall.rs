//! `portcullis uninstall [PROJECT]`: everything out again that `install` put in.

use crate::cli::UninstallArgs;
use crate::cmd::{Console, install};
use crate::env::Env;
use crate::exit::Exit;
use crate::install::remove::{self, Restored};
use crate::install::settings;
use crate::state;

/// Uninstalls and says what stays.
///
/// # Errors
/// When the machine fails it.
pub fn run(args: &UninstallArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let outcome = match remove::uninstall(&args.project) {
        Ok(outcome) => outcome,
        Err(error) => return install::refused(error, console),
    };
    let project = args.project.display();
    let out = &mut console.out;
    let Some(outcome) = outcome else {
        writeln!(out, "nothing to do: Portcullis is not installed in {project}")?;
        return Ok(Exit::Nothing);
    };
    writeln!(out, "Portcullis is out of {project}; {} files removed", outcome.removed)?;
    let file = settings::FILE;
    match outcome.settings {
        Restored::Exactly => writeln!(out, "  {file} is byte for byte what it was")?,
        Restored::Unmerged => {
            writeln!(out, "  {file} was edited since: our hooks are out, your edits stay")?;
        }
        Restored::Untouched => writeln!(out, "  {file} held nothing of ours")?,
    }
    for path in &outcome.kept {
        writeln!(console.err, "warning: {path} was changed since it was installed and stays")?;
    }
    let state = state::folder(&args.project.canonicalize()?, env).filter(|state| state.exists());
    if let Some(state) = state {
        let state = state.display();
        writeln!(out, "  the journal and the receipts stay in {state}; delete it if you want")?;
    }
    Ok(Exit::Ok)
}
