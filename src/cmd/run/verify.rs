//! `portcullis run verify-report`: a final report against the journal of its run.

use std::io::Read as _;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{Place, VERSION, choose};
use crate::cli::RunVerifyArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::run::{closing, message};

/// Compares and prints what disagrees.
///
/// # Errors
/// When the report or the state cannot be read, or the output cannot be written.
pub(super) fn run(
    args: &RunVerifyArgs,
    place: &Place,
    as_json: bool,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let text = if args.file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        let file = env.cwd.join(&args.file);
        std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let report = match message::object(&text) {
        Ok(report) => report,
        Err(problem) => {
            let name = args.file.display();
            writeln!(console.err, "error: {name}: the final report {problem}")?;
            return Ok(Exit::Config);
        }
    };
    let named = args.run.as_deref().or_else(|| report.get("run").and_then(Value::as_str));
    let Some(run) = choose(place, named, console)? else { return Ok(Exit::Nothing) };
    let facts = closing::facts(&place.state, run, &place.dir, env)?;
    let found = closing::disagreements(&place.state, &facts, &report)?;
    if as_json {
        let answer = json!({
            "v": VERSION, "run": facts.state.run, "agrees": found.is_empty(),
            "disagreements": found, "degraded": facts.degraded,
        });
        writeln!(console.out, "{answer:#}")?;
    } else if found.is_empty() {
        writeln!(console.out, "the report agrees with the journal of run {}", facts.state.run)?;
    } else {
        for problem in &found {
            writeln!(console.out, "{problem}")?;
        }
    }
    Ok(if found.is_empty() { Exit::Ok } else { Exit::No })
}
