//! The facts of a run for its final report, and the comparison of a final report with them.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::budget::{self, Part, Spent};
use super::journal::{self, Kind};
use super::resume::{self, GateNow};
use super::state::{State, TaskStanding};
use crate::checkpoint::store;
use crate::config::Policy;
use crate::env::Env;
use crate::gate;
use crate::gate::approval;
use crate::gate::receipt::{Ledger, Receipt, Status};

/// Version of the facts.
pub const VERSION: u32 = 1;

/// The facts of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// Version of the form; 1.
    pub v: u32,
    /// How the run stands.
    pub state: State,
    /// The tree as it is now; null where there is none.
    pub tree: Option<String>,
    /// How the gates stand for it.
    pub gates: Vec<GateNow>,
    /// Receipts that were written since the run began: gate, status, id, tree.
    pub receipts: Vec<[String; 4]>,
    /// Checkpoints of the run: id and phase.
    pub checkpoints: Vec<[String; 2]>,
    /// What a person approved or let pass in the sessions of the run.
    pub approvals: Vec<String>,
    /// What was used.
    pub spent: Spent,
    /// The limits, with what was used of each.
    pub budget: Vec<Part>,
    /// What a final report has to state: retries, deaths, invalid reports, breakers, bypasses,
    /// interruptions and whatever was done worse than planned.
    pub degraded: Vec<String>,
    /// What changed between the versions that the run met.
    pub versions: Vec<String>,
    /// What to do next.
    pub next: String,
}

/// Gathers the facts of a run.
///
/// # Errors
/// When the policy, the receipts or the journal cannot be read.
pub fn facts(folder: &Path, state: State, dir: &Path, env: &Env) -> anyhow::Result<Facts> {
    let (tree, gates) = match resume::gates(&state, dir, env) {
        Ok((tree, gates)) => (Some(tree), gates),
        Err(_) => (None, Vec::new()),
    };
    let policy = Policy::load(dir, env)?;
    let ledger = Ledger::read(folder)?;
    let until = if state.standing.is_open() { u64::MAX } else { state.last_ms };
    let receipts: Vec<[String; 4]> = ledger
        .receipts
        .iter()
        .filter(|receipt| (state.started_ms..=until).contains(&receipt.started_ms))
        .map(|receipt| {
            let status = receipt.status.words().to_owned();
            [receipt.gate.clone(), status, receipt.id.clone(), receipt.tree.clone()]
        })
        .collect();
    let given: Vec<approval::Given> = approval::all(folder)?
        .into_iter()
        .map(|(_, given)| given)
        .filter(|given| given.at_ms >= state.started_ms && state.sessions.contains(&given.session))
        .collect();
    let approvals = given
        .iter()
        .map(|given| {
            format!("{} {} by {}: {}", given.kind.word(), given.what, given.who, given.reason)
        })
        .collect();
    let checkpoints = store::list(dir)
        .unwrap_or_default()
        .into_iter()
        .filter(|one| one.facts.run.as_deref() == Some(state.run.as_str()))
        .map(|one| [one.id, one.facts.phase.unwrap_or_default()])
        .collect();
    let now = if state.standing.is_open() { crate::journal::now_ms() } else { state.last_ms };
    // Without a transcript: the orchestrator's own thread was counted by the hook.
    let spent = budget::measure(folder, None, None, &state, now)?;
    let spent = budget::with_kept(folder, &state, spent);
    let raises = budget::raises(folder, &state);
    let mut budget = budget::parts(&policy.runs, raises, &spent, None);
    for agent in state.costs.keys() {
        let of_agent = budget::parts(&policy.runs, raises, &spent, Some(agent));
        budget.extend(of_agent.into_iter().filter(|part| part.limit.starts_with(agent.as_str())));
    }
    Ok(Facts {
        v: VERSION,
        degraded: degraded(&state, &given),
        versions: state.version_changes(),
        next: resume::next(&state, &gates),
        tree,
        gates,
        receipts,
        checkpoints,
        approvals,
        spent,
        budget,
        state,
    })
}

/// What a final report has to state.
fn degraded(state: &State, given: &[approval::Given]) -> Vec<String> {
    let mut found = state.degraded.clone();
    for task in &state.tasks {
        let name = task.name();
        if task.died > 0 {
            found.push(format!("{name}: {} died", times(task.died, "agent")));
        }
        if task.standing == TaskStanding::Invalid {
            found.push(format!("{name}: its report stayed invalid"));
        }
        if matches!(task.standing, TaskStanding::Open | TaskStanding::Returned) {
            found.push(format!("{name}: no report was accepted"));
        }
    }
    for (agent, breaker) in state.breakers.iter().filter(|(_, breaker)| breaker.opened) {
        found.push(format!("{agent}: its breaker opened: {}", breaker.reason));
    }
    if state.interruptions > 0 {
        found.push(format!("the run was interrupted {}", times(state.interruptions, "time")));
    }
    for given in given.iter().filter(|given| given.kind == approval::Kind::Bypass) {
        found.push(format!("{} was bypassed: {}", given.what, given.reason));
    }
    found
}

fn times(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What a final report says that is not so, or leaves out; empty when it agrees with the facts.
///
/// # Errors
/// When the journal or the receipts cannot be read.
pub fn disagreements(folder: &Path, facts: &Facts, report: &Value) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let state = &facts.state;
    let said = |key: &str| report.get(key).and_then(Value::as_str);
    let status = said("status").unwrap_or_default();
    if status.is_empty() {
        found.push("status: it has none".to_owned());
    }
    if said("run").is_some_and(|run| run != state.run) {
        found.push(format!("run: the report is of another run than {}", state.run));
    }
    let claims_done = status.starts_with("completed");
    if claims_done {
        for task in state.open().filter(|task| !task.orchestrates) {
            found.push(format!(
                "status: {status}, but {} has no accepted report that says so",
                task.name()
            ));
        }
        // Of a pipeline without any gate result nothing passed.
        let red: Vec<&GateNow> = facts.gates.iter().filter(|g| g.standing != "passed").collect();
        for gate in red.iter().filter(|_| state.standing.is_open()) {
            found.push(format!("status: {status}, but {}", gate.sentence));
        }
        let mut last: std::collections::BTreeMap<&str, &str> = Default::default();
        for [gate, how, ..] in &facts.receipts {
            last.insert(gate, how);
        }
        last.retain(|gate, how| {
            // A project may lack what a gate would run; then the report has to say so.
            let lacking = *how == Status::NotRun.words() && states(report, &format!("{gate} gate"));
            *how != Status::Passed.words() && !lacking
        });
        for (gate, how) in &last {
            found.push(format!(
                "status: {status}, but the last run of the {gate} gate in this run: {how}"
            ));
        }
    }
    if let Some(end) = state.status.as_deref().filter(|end| *end != status) {
        found.push(format!("status: the run ended with {end}, the report says {status}"));
    }
    let ledger = Ledger::read(folder)?;
    for gate in gates_said(report) {
        found.extend(wrong_gate(&gate, &ledger.receipts, state));
    }
    found.extend(wrong_report(report, state));
    let (lines, _) = journal::read(folder, &state.run)?;
    if let Some(review) = report.get("review").filter(|review| review.is_object()) {
        let verdict = review.get("verdict").and_then(Value::as_str).unwrap_or_default();
        let last = lines.iter().rev().find(|line| {
            line.kind == Kind::Accepted
                && matches!(line.status.as_deref(), Some("approve" | "request_changes"))
        });
        match last.and_then(|line| line.status.as_deref()) {
            Some(word) if word == verdict => {}
            Some(word) => {
                found.push(format!("review: it says {verdict}, the accepted one says {word}"))
            }
            None => found.push("review: no review was accepted in this run".to_owned()),
        }
    }
    let text = report.to_string().to_lowercase();
    for fact in &facts.degraded {
        // The report states it in its own words; what it is about must be there.
        let about = fact.split([' ', ':']).next().unwrap_or_default().to_lowercase();
        let is_listed = states(report, &about);
        let interrupted = fact.starts_with("the run was interrupted") && text.contains("interrupt");
        if !is_listed && !interrupted {
            found.push(format!("degraded: it does not state: {fact}"));
        }
    }
    Ok(found)
}

/// Whether the report's list `degraded` holds these words.
fn states(report: &Value, words: &str) -> bool {
    let listed = report.get("degraded").and_then(Value::as_array);
    let words = words.to_lowercase();
    listed.is_some_and(|list| {
        list.iter().any(|item| item.to_string().to_lowercase().contains(&words))
    })
}

/// The gate results that a report names: one object, or a list of them.
fn gates_said(report: &Value) -> Vec<Value> {
    let mut gates = Vec::new();
    for key in ["gate", "gates"] {
        match report.get(key) {
            Some(Value::Array(list)) => gates.extend(list.iter().cloned()),
            Some(Value::Object(map)) if map.contains_key("status") => {
                gates.push(Value::Object(map.clone()));
            }
            Some(Value::Object(map)) => gates.extend(map.values().cloned()),
            _ => {}
        }
    }
    gates.retain(Value::is_object);
    gates
}

fn wrong_gate(said: &Value, receipts: &[Receipt], state: &State) -> Option<String> {
    let text = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default();
    let (gate, status, id) = (text("gate"), text("status"), text("receipt"));
    if id.is_empty() {
        return (status == "passed")
            .then(|| format!("gate {gate}: it is said to have passed and no receipt is named"));
    }
    let Some(receipt) = receipts.iter().find(|receipt| receipt.id == id) else {
        return Some(format!("gate {gate}: there is no receipt {id}"));
    };
    let is = serde_json::to_value(receipt.status).unwrap_or_default();
    if receipt.gate != gate {
        return Some(format!("gate {gate}: the receipt {id} is of the {} gate", receipt.gate));
    }
    if is.as_str() != Some(status) {
        return Some(format!(
            "gate {gate}: it is said to be {status}, the receipt {id} says {}",
            receipt.status.words()
        ));
    }
    (receipt.started_ms < state.started_ms)
        .then(|| format!("gate {gate}: the receipt {id} is older than the run"))
}

/// Files and tests that the inner report claims and no accepted report of the run does.
fn wrong_report(report: &Value, state: &State) -> Vec<String> {
    let inner = report.get("report").filter(|inner| inner.is_object()).unwrap_or(report);
    let mut found = Vec::new();
    let known: Vec<&String> = state.tasks.iter().flat_map(|task| &task.files).collect();
    for file in inner.get("files_changed").and_then(Value::as_array).into_iter().flatten() {
        let file = file.as_str().unwrap_or_default();
        if !known
            .iter()
            .any(|known| known.trim_start_matches("./") == file.trim_start_matches("./"))
        {
            found.push(format!("files_changed: no accepted report of this run names {file}"));
        }
    }
    let passing = inner.get("tests_passing").and_then(Value::as_bool);
    let last = state.tasks.iter().rev().find_map(|task| task.tests_passing);
    if passing == Some(true) && last == Some(false) {
        found.push("tests_passing: the last accepted report of this run says false".to_owned());
    }
    found
}

/// The tree in words.
pub fn tree(facts: &Facts) -> &str {
    facts.tree.as_deref().map_or("none", gate::short)
}
