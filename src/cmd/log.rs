//! `portcullis log`: the journal of a project, filtered, for people or as stored.

use std::time::Duration;

use anyhow::Context;

use crate::cli::{Decision, LogArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::journal::read::{Filter, Reader, Stored, parse_time, render};
use crate::{journal, state};

/// How long `--follow` sleeps when nothing new was written.
const PAUSE: Duration = Duration::from_millis(200);

/// Prints the wanted lines. A line that is no journal line is named on standard error and the
/// command ends with [`Exit::No`].
///
/// # Errors
/// When the journal cannot be read or the output not written.
pub fn run(args: &LogArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let now = journal::now_ms();
    let time = |text: &Option<String>| text.as_deref().map(|t| parse_time(t, now)).transpose();
    let (since, until) = match (time(&args.since), time(&args.until)) {
        (Ok(since), Ok(until)) => (since, until),
        (Err(error), _) | (_, Err(error)) => {
            writeln!(console.err, "error: {error:#}")?;
            return Ok(Exit::Usage);
        }
    };
    let filter = Filter {
        session: args.session.clone(),
        agent: args.agent.clone(),
        event: args.event.clone(),
        decision: args.decision.map(word),
        level: args.level,
        since,
        until,
    };
    let project = args
        .project
        .canonicalize()
        .with_context(|| format!("cannot find the project {}", args.project.display()))?;
    let state = state::folder(&project, env).context("there is no repository and no HOME")?;
    let path = journal::file(&state);
    let mut reader = Reader::open(&path)?;
    if reader.is_none() && !args.follow {
        writeln!(
            console.err,
            "there is no journal yet at {}; it begins with the first hook call",
            path.display()
        )?;
        return Ok(Exit::Nothing);
    }
    let mut exit = Exit::Ok;
    loop {
        while let Some(stored) = reader.as_mut().map(Reader::next_line).transpose()?.flatten() {
            match stored {
                Stored::Line(line, raw) if filter.wants(&line) => {
                    let text = if args.json { raw } else { render(&line) };
                    writeln!(console.out, "{text}")?;
                }
                Stored::Line(..) => {}
                Stored::Bad(number, problem) => {
                    exit = Exit::No;
                    writeln!(console.err, "{}:{number}: {problem}", path.display())?;
                }
            }
        }
        if !args.follow {
            return Ok(exit);
        }
        console.out.flush()?;
        std::thread::sleep(PAUSE);
        if reader.is_none() {
            reader = Reader::open(&path)?;
        }
    }
}

fn word(decision: Decision) -> String {
    match decision {
        Decision::Pass => "pass",
        Decision::Notice => "notice",
        Decision::Context => "context",
        Decision::Ask => "ask",
        Decision::Deny => "deny",
    }
    .to_owned()
}
