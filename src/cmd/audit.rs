//! `portcullis audit`: proves what the journal can prove, offline, and says what it cannot.

use std::path::Path;

use anyhow::Context;

use crate::cli::{AuditAction, AuditArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::journal::checkpoint::{self, Checkpoint, PublicKey};
use crate::journal::gaps::{self, Session};
use crate::journal::verify::{self, Anchor, Report};
use crate::{git, journal, state};

/// The trailer of a commit message that holds a checkpoint: `SIZE ROOT`.
pub const TRAILER: &str = "Portcullis-Journal";

/// Most missed calls that are named for one session.
const NAMED: usize = 5;

/// Runs one form of `audit`.
///
/// # Errors
/// When a file that exists cannot be read, or the output cannot be written.
pub fn run(args: &AuditArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let project = args
        .project
        .canonicalize()
        .with_context(|| format!("cannot find the project {}", args.project.display()))?;
    let state = state::folder(&project, env).context("there is no repository and no HOME")?;
    match &args.action {
        AuditAction::Verify { key, anchor, transcripts, json } => {
            let key = match key {
                Some(text) => match PublicKey::parse(text) {
                    Some(key) => Some(key),
                    None => {
                        return usage(console, "--key", text, "`portcullis audit key` prints one");
                    }
                },
                None => checkpoint::public_key(&state)?,
            };
            let mut anchors = pushed(&project);
            for text in anchor {
                let Some((size, root)) = Checkpoint::parse_short(text) else {
                    return usage(
                        console,
                        "--anchor",
                        text,
                        "`portcullis audit checkpoint` prints one",
                    );
                };
                anchors.push(Anchor { size, root, place: "--anchor".into() });
            }
            let Some(report) = verify::verify(&state, key.as_ref(), &anchors)? else {
                writeln!(
                    console.err,
                    "there is no journal yet; it begins with the first hook call"
                )?;
                return Ok(Exit::Nothing);
            };
            let projects = transcripts
                .clone()
                .or_else(|| env.config_dir.as_ref().map(|folder| folder.join("projects")));
            let sessions = match projects {
                Some(projects) => gaps::sessions(&journal::file(&state), &projects)?,
                None => Vec::new(),
            };
            if *json {
                let value = serde_json::json!({"v": 1, "journal": report, "sessions": sessions});
                writeln!(console.out, "{value}")?;
            } else {
                print(&report, &sessions, console)?;
            }
            let missed = sessions.iter().any(|session| !session.missed.is_empty());
            Ok(match (report.intact, missed) {
                (false, _) => Exit::No,
                (true, true) => Exit::Incomplete,
                (true, false) => Exit::Ok,
            })
        }
        AuditAction::Checkpoint => match checkpoint::make(&state)? {
            Some(made) => {
                writeln!(console.out, "{}", made.short())?;
                Ok(Exit::Ok)
            }
            None => {
                writeln!(
                    console.err,
                    "there is no journal yet; it begins with the first hook call"
                )?;
                Ok(Exit::Nothing)
            }
        },
        AuditAction::Key => match checkpoint::public_key(&state)? {
            Some(key) => {
                writeln!(console.out, "{}", key.text())?;
                Ok(Exit::Ok)
            }
            None => {
                writeln!(
                    console.err,
                    "there is no key yet; `portcullis audit checkpoint` makes one"
                )?;
                Ok(Exit::Nothing)
            }
        },
    }
}

fn usage(console: &mut Console, flag: &str, text: &str, way_out: &str) -> anyhow::Result<Exit> {
    writeln!(console.err, "error: {flag} {text:?} cannot be read; {way_out}")?;
    Ok(Exit::Usage)
}

/// The checkpoints in commits that a remote holds, as far as this repository knows.
fn pushed(project: &Path) -> Vec<Anchor> {
    let format = format!("--format=%h %(trailers:key={TRAILER},valueonly,separator=%x2c)");
    let Ok(text) = git::text(project, ["log", "--remotes", &format]) else { return Vec::new() };
    let anchors = text.lines().filter_map(|line| {
        let (commit, trailers) = line.split_once(' ')?;
        let (size, root) = trailers.split(',').find_map(Checkpoint::parse_short)?;
        Some(Anchor { size, root, place: format!("the pushed commit {commit}") })
    });
    anchors.collect()
}

fn print(report: &Report, sessions: &[Session], console: &mut Console) -> anyhow::Result<()> {
    let out = &mut console.out;
    let word = if report.intact { "yes" } else { "NO" };
    writeln!(out, "intact      {word}: {} lines", report.lines)?;
    for problem in &report.problems {
        writeln!(out, "            {problem}")?;
    }
    match report.complete_to {
        Some(size) => writeln!(
            out,
            "complete    up to line {size}, by {} signed checkpoints; {} lines after it rest on the tree alone",
            report.checkpoints,
            report.lines.saturating_sub(size)
        )?,
        None => writeln!(out, "complete    not shown: no signed checkpoint holds")?,
    }
    match &report.anchored_to {
        Some((size, place)) => writeln!(out, "anchored    up to line {size}, in {place}")?,
        None => writeln!(
            out,
            "anchored    nowhere: no pushed commit holds a {TRAILER} trailer, so who can write the state folder could have made all of it anew"
        )?,
    }
    if report.pending > 0 {
        writeln!(
            out,
            "pending     {} lines whose writer was killed; the next call takes them in",
            report.pending
        )?;
    }
    for (line, said) in &report.said {
        writeln!(out, "line {line:<6} {said}")?;
    }
    for session in sessions {
        let Some(calls) = session.calls else {
            writeln!(
                out,
                "session     {}: {} lines, no transcript found",
                session.session, session.lines
            )?;
            continue;
        };
        let missed = session.missed.len();
        writeln!(
            out,
            "session     {}: {calls} tool calls, {missed} without a line",
            session.session
        )?;
        for (id, tool) in session.missed.iter().take(NAMED) {
            writeln!(out, "            {tool} {id}")?;
        }
        if missed > NAMED {
            writeln!(out, "            and {} more", missed - NAMED)?;
        }
    }
    Ok(())
}
