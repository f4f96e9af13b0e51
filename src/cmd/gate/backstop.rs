//! `portcullis gate backstop`: what git's own hooks call.

use std::io::Read as _;

use crate::cli::{BackstopAction, GateBackstopArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::backstop;

/// Bytes of the list of refs that are read; a push of more refs than that is refused.
const MOST: u64 = 4 << 20;

/// Judges a push or a commit for git.
///
/// # Errors
/// When it cannot be judged; git takes any exit code but 0 for a refusal.
pub(super) fn run(
    args: &GateBackstopArgs,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let (what, refused) = match &args.action {
        BackstopAction::PrePush { .. } => {
            let mut lines = String::new();
            std::io::stdin().take(MOST + 1).read_to_string(&mut lines)?;
            anyhow::ensure!(
                lines.len() as u64 <= MOST,
                "the list of refs is over {} MiB",
                MOST >> 20
            );
            ("push", backstop::pre_push(&lines, &env.cwd, env)?)
        }
        BackstopAction::CommitMsg { file } => {
            ("commit", backstop::commit_msg(file, &env.cwd, env)?)
        }
    };
    for reason in &refused {
        writeln!(console.err, "portcullis: {what} refused: {reason}")?;
    }
    Ok(if refused.is_empty() { Exit::Ok } else { Exit::No })
}
