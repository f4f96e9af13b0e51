//! `portcullis gate prove-fix`: red on the base, green here.

use std::time::Duration;

use serde_json::json;

use super::{VERSION, project};
use crate::cli::GateProveFixArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::prove::{self, Claim, Outcome};

/// Runs the test twice.
///
/// # Errors
/// When the base is no commit, git fails, or a signal stopped the run.
pub(super) fn run(
    args: &GateProveFixArgs,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let mut policy = Policy::load(&dir, env)?;
    if let Some(base) = &args.base {
        policy.base = Some(base.clone());
    }
    let claim = Claim {
        command: &args.command,
        files: &args.files,
        limit: Duration::from_secs(args.timeout),
    };
    let sink: &mut dyn std::io::Write =
        if args.json { &mut std::io::sink() } else { &mut *console.err };
    let proof = prove::prove(&claim, &policy, &dir, env, sink)?;
    if args.json {
        writeln!(console.out, "{:#}", json!({"v": VERSION, "proof": proof}))?;
    } else {
        let word = if proof.proved { "PROVED" } else { "NOT PROVED" };
        writeln!(console.out, "{word}: {}", proof.reason)?;
    }
    Ok(match (proof.proved, proof.before.outcome) {
        (true, _) => Exit::Ok,
        (false, Outcome::Broken) => Exit::Nothing,
        _ => Exit::No,
    })
}
