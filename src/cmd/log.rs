//! `portcullis log`.

use crate::cli::LogArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;

/// Runs the subcommand.
///
/// # Errors
/// When the machine fails it.
pub fn run(_args: &LogArgs, _env: &Env, _console: &mut Console) -> anyhow::Result<Exit> {
    anyhow::bail!("SKELETON: not there yet")
}
