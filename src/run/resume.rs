//! What somebody who takes a run up must know, in few words: after a compaction, a restart, or
//! by `portcullis run resume`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::budget;
use super::state::{Standing, State, Task, TaskStanding};
use crate::config::Policy;
use crate::env::Env;
use crate::gate::receipt::Ledger;
use crate::gate::{self, plan};
use crate::state::Repository;

/// Characters of the whole text: under 1,500 tokens even where a token has three characters.
pub const CHARACTERS: usize = 4_200;

/// Tasks of one kind that are named.
const TASKS: usize = 12;

/// How one gate stands for the tree as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateNow {
    /// The gate.
    pub gate: String,
    /// `passed`, `failed`, `stale` or `not_run`.
    pub standing: String,
    /// The same in words, with the command that changes it.
    pub sentence: String,
}

/// How the gates stand that matter to a run: those that a push needs and those that it ran.
///
/// # Errors
/// When the working tree cannot be taken or the policy or the receipts cannot be read.
pub fn gates(run: &State, dir: &Path, env: &Env) -> anyhow::Result<(String, Vec<GateNow>)> {
    let root = Repository::discover(dir).context("there is no git repository here")?.root;
    let policy = Policy::load(&root, env)?;
    let ledger = Ledger::read(&gate::state_folder(&root, env)?)?;
    let tree = gate::working_tree(&root)?;
    let mut names: Vec<String> = policy.needs("push").into_iter().map(str::to_owned).collect();
    let ran = ledger.receipts.iter().filter(|receipt| receipt.started_ms >= run.started_ms);
    for name in ran.map(|receipt| &receipt.gate).chain(run.gates.iter().map(|[gate, ..]| gate)) {
        if !names.contains(name) && gate::names(&policy).contains(name) {
            names.push(name.clone());
        }
    }
    let found = names
        .into_iter()
        .map(|name| match plan::plan(&name, &policy, &root) {
            Ok(plan) => {
                let standing = gate::judge(&name, &tree, &plan.config(&policy), &ledger.receipts);
                GateNow {
                    standing: standing.word().to_owned(),
                    sentence: standing.sentence(&name, &tree),
                    gate: name,
                }
            }
            Err(error) => GateNow {
                standing: "not_available".to_owned(),
                sentence: error.to_string().lines().next().unwrap_or_default().to_owned(),
                gate: name,
            },
        })
        .collect();
    Ok((tree, found))
}

/// What to do next in a run.
pub fn next(run: &State, gates: &[GateNow]) -> String {
    let id = &run.run;
    match run.standing {
        Standing::Aborted => return "nothing: the run was stopped for good".to_owned(),
        Standing::Completed => {
            return format!(
                "nothing is open; `portcullis run verify-report --run {id} FILE` compares the final report"
            );
        }
        _ => {}
    }
    if let Some(broken) = run.open().find(|task| task.standing == TaskStanding::Stopped) {
        return format!(
            "{} stopped with {}: answer it, then hand the task out again",
            broken.name(),
            broken.status.as_deref().unwrap_or("no status")
        );
    }
    let live = run
        .open()
        .filter(|task| task.agent_id.as_ref().is_some_and(|agent| run.live.contains_key(agent)));
    if let (Standing::Running, Some(task)) = (run.standing, live.into_iter().next()) {
        return format!("wait for {}", task.name());
    }
    if let Some(task) = run.open().find(|task| !task.orchestrates) {
        return format!("hand out again: {}", task.name());
    }
    if let Some(red) = gates.iter().find(|gate| gate.standing != "passed") {
        return red.sentence.clone();
    }
    if run.standing == Standing::Waiting {
        let status = run.status.as_deref().unwrap_or("stopped");
        let summary = run.summary.as_deref().unwrap_or_default();
        return format!("the workflow ended with {status}: {summary}");
    }
    if run.tasks.is_empty() {
        return "hand out the first task".to_owned();
    }
    format!("go on after the phase {}", run.phase().unwrap_or("that is done"))
}

/// An accepted report in one line.
pub fn accepted(task: &Task) -> String {
    let mut text = format!(
        "{}: {}; {}",
        task.name(),
        task.status.as_deref().unwrap_or("accepted"),
        task.summary.as_deref().unwrap_or("no summary")
    );
    if !task.files.is_empty() {
        let _ = write!(text, " Files: {}.", task.files.join(", "));
    }
    if let Some(passing) = task.tests_passing {
        let _ = write!(text, " tests_passing: {passing}.");
    }
    text
}

/// The state of a run for the orchestrator that takes it up, under 1,500 tokens.
pub fn compact(run: &State, gates: &[GateNow]) -> String {
    let mut text = format!(
        "Portcullis run {} of /{} is {}. base_tree {}.",
        run.run,
        run.command,
        run.standing.word(),
        run.base_tree
    );
    let mut add = |line: String| {
        // A line that does not fit is left out whole; the last lines matter less.
        if text.len() + line.len() < CHARACTERS - 200 {
            text.push('\n');
            text.push_str(&line);
        }
    };
    add(format!("Next: {}.", next(run, gates)));
    if !run.request.is_empty() {
        add(format!("Request: {}", run.request));
    }
    if let Some(route) = run.route {
        add(format!("Route: {} ({}).", route.word(), run.route_by));
    }
    if !run.phases.is_empty() {
        add(format!("Phases begun: {}.", run.phases.join(", ")));
    }
    let open: Vec<String> = run.open().map(Task::name).collect();
    if !open.is_empty() {
        add(format!("Open tasks: {}.", some(&open)));
    }
    for gate in gates {
        add(format!("Gate: {}.", gate.sentence));
    }
    if let Some((file, id)) = &run.script {
        add(format!(
            "The client can go on with the script: Workflow({{scriptPath: {file:?}, resumeFromRunId: {id:?}, args: the same}})."
        ));
    }
    for change in run.version_changes() {
        add(format!("Version changed during the run: {change}."));
    }
    let done: Vec<&Task> =
        run.tasks.iter().filter(|task| task.standing == TaskStanding::Done).collect();
    if !done.is_empty() {
        add("Accepted, not to be handed out again:".to_owned());
    }
    for task in done.iter().rev().take(TASKS) {
        add(format!("- {}", accepted(task)));
    }
    text.push_str(&format!("\nMore: `portcullis run show {}`.", run.run));
    text
}

fn some(names: &[String]) -> String {
    match names.get(..TASKS) {
        Some(first) if names.len() > TASKS => {
            format!("{} and {} more", first.join(", "), names.len() - TASKS)
        }
        _ => names.join(", "),
    }
}

/// What the earlier runs of the same workflow say of what this one will cost; none when there is
/// no workflow to compare with.
///
/// # Errors
/// When the journals cannot be read.
pub fn projected(folder: &Path, run: &State) -> anyhow::Result<Option<String>> {
    let earlier: Vec<State> = super::all(folder)?
        .into_iter()
        .filter(|other| other.run != run.run && other.command == run.command)
        .filter(|other| other.total().tokens > 0)
        .collect();
    if earlier.is_empty() {
        return Ok(Some(format!(
            "Projected cost of run {}: no history; no earlier run of /{} here has ended an agent.",
            run.run, run.command
        )));
    }
    // How many agents of each type the median run had.
    let mut counts: std::collections::BTreeMap<&str, Vec<u64>> = Default::default();
    for other in &earlier {
        for (agent, cost) in &other.costs {
            counts.entry(agent).or_default().push(cost.agents);
        }
    }
    let planned: Vec<(String, u64)> = counts
        .into_iter()
        .map(|(agent, mut numbers)| {
            numbers.sort_unstable();
            (agent.to_owned(), numbers[numbers.len() / 2])
        })
        .collect();
    let expected = budget::expected(folder, &planned)?;
    Ok(Some(format!(
        "Projected cost of run {}, from {} earlier runs of /{} here: {}",
        run.run,
        earlier.len(),
        run.command,
        forecast(&expected)
    )))
}

/// What is expected, in words.
pub fn forecast(expected: &[budget::Expected]) -> String {
    let parts: Vec<String> = expected
        .iter()
        .map(|part| match part.median {
            Some(median) => format!(
                "{} × {} at {median} tokens (median of {})",
                part.planned, part.agent, part.seen
            ),
            None => format!("{} × {}: no history", part.planned, part.agent),
        })
        .collect();
    let known: u64 =
        expected.iter().filter_map(|part| Some(part.median?.saturating_mul(part.planned))).sum();
    let lacking = expected.iter().filter(|part| part.median.is_none()).count();
    match lacking {
        _ if expected.is_empty() => "nothing is planned.".to_owned(),
        0 => format!("{}; {known} tokens together.", parts.join(", ")),
        count if count == expected.len() => format!("{}.", parts.join(", ")),
        _ => format!("{}; {known} tokens without those of no history.", parts.join(", ")),
    }
}
