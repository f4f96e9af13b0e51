//! `portcullis gate measure`: a benchmark before and after, in one run.

use std::time::Duration;

use serde_json::json;

use super::{VERSION, project};
use crate::cli::GateMeasureArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::measure::{self, Bench, Verdict};

/// Runs both sides in turn.
///
/// # Errors
/// When the base is no commit, git fails, or a signal stopped the run.
pub(super) fn run(
    args: &GateMeasureArgs,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    let bench = Bench {
        command: &args.command,
        base: &args.base,
        runs: usize::from(args.runs),
        least: f64::from(args.least),
        limit: Duration::from_secs(args.timeout),
    };
    let sink: &mut dyn std::io::Write =
        if args.json { &mut std::io::sink() } else { &mut *console.err };
    let measured = measure::measure(&bench, &policy, &dir, env, sink)?;
    if args.json {
        writeln!(console.out, "{:#}", json!({"v": VERSION, "measured": measured}))?;
    } else {
        let word = match measured.verdict {
            Verdict::Better => "BETTER",
            Verdict::Same => "SAME",
            Verdict::Worse => "WORSE",
            Verdict::Broken => "BROKEN",
        };
        writeln!(console.out, "{word}: {}", measured.reason)?;
        writeln!(console.out, "the measured tree: {}", measured.kept)?;
    }
    Ok(match measured.verdict {
        Verdict::Better => Exit::Ok,
        Verdict::Same | Verdict::Worse => Exit::No,
        Verdict::Broken => Exit::Nothing,
    })
}
