//! `portcullis run`: how the workflow runs of a project stand, computed each time.

mod route;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::{RunAction, RunArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::journal::read::{Filter, Reader, Stored};
use crate::run::closing::{self, Facts};
use crate::run::journal::{self, Kind, Line};
use crate::run::state::{State, TaskStanding};
use crate::run::{budget, follow, resume};
use crate::{journal as log, run as runs, state};

/// Version of what `--json` prints.
const VERSION: u32 = 1;

/// Where the runs are.
struct Place {
    dir: PathBuf,
    state: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// When the state, the policy or git cannot be read, or the output cannot be written.
pub fn run(args: &RunArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = env.cwd.join(&args.project);
    let dir = dir.canonicalize().with_context(|| format!("cannot use {}", dir.display()))?;
    let state = state::folder(&dir, env).context("there is no repository and no HOME")?;
    let place = Place { dir, state };
    match &args.action {
        RunAction::List => list(&place, args.json, console),
        RunAction::Status(which) => {
            let Some(run) = choose(&place, which.run.as_deref(), console)? else {
                return Ok(Exit::Nothing);
            };
            status(&place, run, args.json, env, console)
        }
        RunAction::Show(which) => {
            let Some(run) = choose(&place, which.run.as_deref(), console)? else {
                return Ok(Exit::Nothing);
            };
            show(&place, &run, args.json, console)
        }
        RunAction::Resume(which) => {
            let Some(run) = choose(&place, which.run.as_deref(), console)? else {
                return Ok(Exit::Nothing);
            };
            take_up(&place, &run, args.json, env, console)
        }
        RunAction::Report(which) => {
            let Some(run) = choose(&place, which.run.as_deref(), console)? else {
                return Ok(Exit::Nothing);
            };
            let facts = closing::facts(&place.state, run, &place.dir, env)?;
            if args.json {
                writeln!(console.out, "{:#}", serde_json::to_value(&facts)?)?;
            } else {
                print(&facts, None, console)?;
                for fact in &facts.degraded {
                    writeln!(console.out, "to be stated: {fact}")?;
                }
            }
            Ok(Exit::Ok)
        }
        RunAction::Abort(which) => {
            let Some(run) = choose(&place, Some(&which.run), console)? else {
                return Ok(Exit::Nothing);
            };
            let reason = which.reason.as_deref().map(follow::short);
            let line = Line { reason, ..Line::new(&run.run, Kind::Aborted) };
            journal::append(&place.state, &line)?;
            let said = json!({"v": VERSION, "run": run.run, "standing": "aborted"});
            match args.json {
                true => writeln!(console.out, "{said:#}")?,
                false => writeln!(console.out, "run {}: stopped for good", run.run)?,
            }
            Ok(Exit::Ok)
        }
        RunAction::Route(which) => route::run(which, &place, args.json, env, console),
        RunAction::Forecast(which) => forecast(&which.agents, &place, args.json, console),
        RunAction::VerifyReport(which) => verify::run(which, &place, args.json, env, console),
    }
}

/// The run that is meant: the named one, else the newest open one, else the newest.
fn choose(
    place: &Place,
    named: Option<&str>,
    console: &mut Console,
) -> anyhow::Result<Option<State>> {
    if let Some(id) = named {
        if runs::exists(&place.state, id) {
            return runs::load(&place.state, id).map(Some);
        }
        writeln!(
            console.err,
            "error: no run {id:?} was begun here; `portcullis run list` shows them"
        )?;
        return Ok(None);
    }
    let mut all = runs::all(&place.state)?;
    let open = all.iter().position(|run| run.standing.is_open());
    if all.is_empty() {
        writeln!(console.err, "no run was begun here; a command such as /add-feature begins one")?;
        return Ok(None);
    }
    Ok(Some(all.swap_remove(open.unwrap_or(0))))
}

fn list(place: &Place, as_json: bool, console: &mut Console) -> anyhow::Result<Exit> {
    let all = runs::all(&place.state)?;
    if as_json {
        writeln!(console.out, "{:#}", json!({"v": VERSION, "runs": all}))?;
        return Ok(Exit::Ok);
    }
    if all.is_empty() {
        writeln!(console.err, "no run was begun here; a command such as /add-feature begins one")?;
        return Ok(Exit::Nothing);
    }
    for run in &all {
        let done = run.tasks.iter().filter(|task| task.standing == TaskStanding::Done).count();
        writeln!(
            console.out,
            "{}  {}  /{}  {}  {}  tasks {done}/{}  {}",
            run.run,
            time(run.started_ms),
            run.command,
            run.standing.word(),
            run.phase().unwrap_or("no phase yet"),
            run.tasks.len(),
            run.request
        )?;
    }
    Ok(Exit::Ok)
}

/// A time as people of any zone read it.
fn time(ms: u64) -> String {
    let ms = i64::try_from(ms).unwrap_or_default();
    let seconds = Timestamp::from_second(ms / 1000);
    seconds.map_or_else(|_| ms.to_string(), |time| time.to_string())
}

fn status(
    place: &Place,
    run: State,
    as_json: bool,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let denial = last_denial(place, &run)?;
    let facts = closing::facts(&place.state, run, &place.dir, env)?;
    if as_json {
        let mut answer = serde_json::to_value(&facts)?;
        answer["last_denial"] = json!(denial);
        writeln!(console.out, "{answer:#}")?;
    } else {
        print(&facts, denial.as_deref(), console)?;
    }
    Ok(Exit::Ok)
}

/// The last call that was refused in a session of the run since it began.
fn last_denial(place: &Place, run: &State) -> anyhow::Result<Option<String>> {
    let filter = Filter {
        decision: Some("deny".to_owned()),
        since: Some(run.started_ms),
        ..Filter::default()
    };
    let mut last = None;
    let mut reader = Reader::open(&log::file(&place.state))?;
    while let Some(stored) = reader.as_mut().map(Reader::next_line).transpose()?.flatten() {
        let Stored::Line(line, _) = stored else { continue };
        let of_run = line.session.as_ref().is_some_and(|session| run.sessions.contains(session));
        if of_run && filter.wants(&line) {
            let what = line.tool.as_deref().unwrap_or(&line.event);
            let subject = line.subject.as_deref().unwrap_or_default();
            let rules = line.rules.join(", ");
            last = Some(format!("{} {what} {subject}: {rules}", time(line.ts)));
        }
    }
    Ok(last)
}

fn print(facts: &Facts, denial: Option<&str>, console: &mut Console) -> anyhow::Result<()> {
    let out = &mut console.out;
    let run = &facts.state;
    writeln!(out, "run {} of /{}: {}", run.run, run.command, run.standing.word())?;
    if !run.request.is_empty() {
        writeln!(out, "  request: {}", run.request)?;
    }
    if let (Some(status), summary) = (&run.status, run.summary.as_deref().unwrap_or_default()) {
        writeln!(out, "  ended with {status}: {summary}")?;
    }
    if let Some(route) = run.route {
        let why = run.route_reasons.first().map(String::as_str).unwrap_or_default();
        writeln!(out, "  route: {} ({}): {why}", route.word(), run.route_by)?;
    }
    let phase = run.phase().unwrap_or("none begun yet");
    writeln!(out, "  phase: {phase} (begun: {})", run.phases.join(", "))?;
    for task in &run.tasks {
        let how = match task.standing {
            TaskStanding::Done => "done",
            TaskStanding::Open => "open",
            TaskStanding::Stopped => "stopped",
            TaskStanding::Returned => "report sent back",
            TaskStanding::Invalid => "report invalid",
            TaskStanding::Died => "agent died",
        };
        let status = task.status.as_deref().map(|status| format!(" ({status})"));
        let times = match task.dispatched {
            0 | 1 => String::new(),
            count => format!(", handed out {count} times"),
        };
        writeln!(out, "  task: {}: {how}{}{times}", task.name(), status.unwrap_or_default())?;
    }
    writeln!(out, "  tree now: {}", closing::tree(facts))?;
    for gate in &facts.gates {
        writeln!(out, "  gate: {}", gate.sentence)?;
    }
    for [id, phase] in &facts.checkpoints {
        let phase = if phase.is_empty() { "no phase" } else { phase };
        writeln!(out, "  checkpoint: {id} ({phase})")?;
    }
    for part in &facts.budget {
        writeln!(out, "  budget: {}", part.words())?;
    }
    let total = facts.spent.total();
    writeln!(
        out,
        "  used: {} tokens, {} answers, {} agents, {} minutes",
        total.tokens, total.turns, total.agents, facts.spent.minutes
    )?;
    for change in &facts.versions {
        writeln!(out, "  version changed: {change}")?;
    }
    if let Some(denial) = denial {
        writeln!(out, "  last refusal: {denial}")?;
    }
    if run.unreadable > 0 {
        writeln!(out, "  {} lines of the run's journal cannot be read", run.unreadable)?;
    }
    writeln!(out, "  next: {}", facts.next)?;
    Ok(())
}

fn show(place: &Place, run: &State, as_json: bool, console: &mut Console) -> anyhow::Result<Exit> {
    let (lines, bad) = journal::read(&place.state, &run.run)?;
    for line in &lines {
        let mut value = serde_json::to_value(line)?;
        if as_json {
            writeln!(console.out, "{value}")?;
            continue;
        }
        let Some(fields) = value.as_object_mut() else { continue };
        for known in ["v", "ts", "kind", "run", "session", "digest"] {
            fields.remove(known);
        }
        let rest: Vec<String> = fields
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(text) => format!("{key}={text}"),
                None => format!("{key}={value}"),
            })
            .collect();
        let kind = serde_json::to_value(line.kind)?;
        let kind = kind.as_str().unwrap_or_default().to_owned();
        writeln!(console.out, "{}  {kind:<11}  {}", time(line.ts), rest.join("  "))?;
    }
    if bad > 0 {
        writeln!(
            console.err,
            "{bad} lines cannot be read: their writer was killed, or they were altered"
        )?;
        return Ok(Exit::No);
    }
    Ok(Exit::Ok)
}

fn take_up(
    place: &Place,
    run: &State,
    as_json: bool,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let gates = resume::gates(run, &place.dir, env).map(|(_, gates)| gates).unwrap_or_default();
    let open = run.standing.is_open();
    if as_json {
        let done: Vec<String> = run
            .tasks
            .iter()
            .filter(|task| task.standing == TaskStanding::Done)
            .map(resume::accepted)
            .collect();
        let tasks: Vec<String> = run.open().map(runs::state::Task::name).collect();
        let script = run
            .script
            .as_ref()
            .map(|(file, id)| json!({"scriptPath": file, "resumeFromRunId": id}));
        let answer = json!({
            "v": VERSION, "run": run.run, "command": run.command, "request": run.request,
            "base_tree": run.base_tree, "workflow": run.workflow, "standing": run.standing,
            "route": run.route, "phases": run.phases, "open": tasks, "accepted": done,
            "gates": gates, "script": script, "next": resume::next(run, &gates),
        });
        writeln!(console.out, "{answer:#}")?;
    } else {
        writeln!(console.out, "{}", resume::compact(run, &gates))?;
    }
    Ok(if open { Exit::Ok } else { Exit::Nothing })
}

fn forecast(
    agents: &[String],
    place: &Place,
    as_json: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let mut planned = Vec::new();
    for agent in agents {
        let (name, count) = agent.split_once('=').unwrap_or((agent, "1"));
        let Ok(count) = count.parse::<u64>() else {
            writeln!(console.err, "error: {agent:?}: {count:?} is no number; write AGENT=COUNT")?;
            return Ok(Exit::Usage);
        };
        let name = name.rsplit(':').next().unwrap_or(name);
        planned.push((name.to_owned(), count));
    }
    let expected = budget::expected(&place.state, &planned)?;
    if as_json {
        writeln!(console.out, "{:#}", json!({"v": VERSION, "agents": expected}))?;
    } else {
        writeln!(console.out, "{}", resume::forecast(&expected))?;
    }
    Ok(if expected.iter().all(|part| part.median.is_none()) { Exit::Nothing } else { Exit::Ok })
}

/// The folder of the project's working tree.
fn root(dir: &Path) -> anyhow::Result<PathBuf> {
    let found = state::Repository::discover(dir);
    Ok(found.with_context(|| format!("{} is in no git repository", dir.display()))?.root)
}
