//! What a run used of what it may use: by run, by role and by agent.

use std::path::Path;

use serde::Serialize;

use super::journal::{self, Kind, Line};
use super::packet::Packet;
use super::state::{Cost, State};
use super::transcript::Usage;
use crate::config::Runs;
use crate::gate::approval;
use crate::hook::transcript;
use crate::state as place;

/// What a person types to raise the limits of a run: `/approve budget`.
pub const APPROVAL: &str = "budget";

/// Bytes of text that count as one token when nothing has counted them yet.
const BYTES: u64 = 4;

/// What was used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Spent {
    /// What the run added to the orchestrator's context.
    pub context: u64,
    /// Tokens of the orchestrator's thread in this session since it took the run up.
    pub tokens: u64,
    /// Its answers.
    pub turns: u64,
    /// All agents by their bare type, the live ones as far as their transcripts go.
    pub agents: std::collections::BTreeMap<String, Cost>,
    /// Minutes since the run began.
    pub minutes: u64,
}

impl Spent {
    /// Everything together.
    pub fn total(&self) -> Cost {
        let own = Cost { tokens: self.tokens, turns: self.turns, ..Cost::default() };
        self.agents.values().fold(own, |sum, cost| Cost {
            agents: sum.agents + cost.agents,
            tokens: sum.tokens + cost.tokens,
            context: sum.context.max(cost.context),
            turns: sum.turns + cost.turns,
            ms: sum.ms + cost.ms,
        })
    }
}

/// One limit with what was used of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `total.agents`, `orchestrator.context`, `backend-developer.tokens` …
    pub limit: String,
    /// What was used, or what the next dispatch would make it.
    pub used: u64,
    /// The most.
    pub most: u64,
}

impl Part {
    /// The part in words.
    pub fn words(&self) -> String {
        format!("{} is {} of {}", self.limit, self.used, self.most)
    }

    /// Whether nothing is left.
    pub const fn is_spent(&self) -> bool {
        self.used >= self.most
    }

    /// Whether it comes near its end.
    pub const fn is_near(&self, percent: u32) -> bool {
        self.used.saturating_mul(100) >= self.most.saturating_mul(percent as u64)
    }
}

/// Counts from now on what this session's own thread uses for the run.
pub fn begin(state: &Path, session: Option<&str>, run: &str, transcript: Option<&str>) {
    let usage = transcript.map(|file| Usage::from_now(Path::new(file))).unwrap_or_default();
    keep(state, session, &format!("usage-{run}"), &usage);
}

fn keep(state: &Path, session: Option<&str>, what: &str, usage: &Usage) {
    // What cannot be kept is read again the next time.
    if let Ok(text) = serde_json::to_string(usage) {
        let _ = place::note(state, session, what, &text);
    }
}

fn kept(state: &Path, session: Option<&str>, what: &str) -> Usage {
    let text = place::noted(state, session, what).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// What the run used so far. Reads only what the transcripts gained since the last time.
///
/// # Errors
/// When a transcript is there and cannot be read.
pub fn measure(
    folder: &Path,
    session: Option<&str>,
    transcript: Option<&str>,
    run: &State,
    now_ms: u64,
) -> std::io::Result<Spent> {
    let mut spent = Spent {
        agents: run.costs.clone(),
        minutes: now_ms.saturating_sub(run.started_ms) / 60_000,
        ..Spent::default()
    };
    let Some(transcript) = transcript.filter(|path| !path.is_empty()).map(Path::new) else {
        return Ok(spent);
    };
    let name = format!("usage-{}", run.run);
    let mut own = kept(folder, session, &name);
    own.read(transcript)?;
    keep(folder, session, &name, &own);
    (spent.context, spent.tokens, spent.turns) = (own.growth(), own.tokens(), own.turns);
    for (id, agent) in &run.live {
        let Some(file) = transcript::of_agent(transcript, id) else { continue };
        let name = format!("usage-{id}");
        let mut usage = kept(folder, session, &name);
        usage.read(&file)?;
        keep(folder, session, &name, &usage);
        let cost = spent.agents.entry(agent.clone()).or_default();
        cost.tokens += usage.tokens();
        cost.turns += usage.turns;
        cost.ms += usage.ms();
        cost.context = cost.context.max(usage.peak());
    }
    Ok(spent)
}

/// Adds what the hook counted of the orchestrator's own thread, in all sessions of the run.
pub fn with_kept(folder: &Path, run: &State, mut spent: Spent) -> Spent {
    for session in &run.sessions {
        let own = kept(folder, Some(session), &format!("usage-{}", run.run));
        spent.context = own.growth();
        spent.tokens += own.tokens();
        spent.turns += own.turns;
    }
    spent
}

/// How often a person raised the limits since the run began.
pub fn raises(folder: &Path, run: &State) -> u64 {
    let of_run = |given: &&(String, approval::Given)| {
        given.1.kind == approval::Kind::Approve
            && given.1.what == APPROVAL
            && given.1.at_ms >= run.started_ms
            && run.sessions.contains(&given.1.session)
    };
    let given = approval::all(folder).unwrap_or_default();
    u64::try_from(given.iter().filter(of_run).count()).unwrap_or(u64::MAX)
}

/// Tokens that a worker is handed: its packet and the files that the packet names.
pub fn handed(packet: &Packet, root: &Path) -> u64 {
    let size = |file: &String| std::fs::metadata(root.join(file)).map_or(0, |meta| meta.len());
    let files: u64 = packet.context_files.iter().map(size).sum();
    let text = [&packet.requirements, &packet.constraints, &packet.expected_output];
    let text: usize = text.iter().map(|part| part.len()).sum();
    (files + u64::try_from(text).unwrap_or_default()) / BYTES
}

/// The limits that concern the next dispatch of an agent, with what is used of each. `None` for the
/// agent gives those of the run and the orchestrator. Each raise by a person adds a limit once more.
pub fn parts(runs: &Runs, raises: u64, spent: &Spent, agent: Option<&str>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |name: &str, used: &[(&str, Option<u64>, u64)]| {
        for (key, most, used) in used {
            if let Some(most) = most {
                parts.push(Part {
                    limit: format!("{name}.{key}"),
                    used: *used,
                    most: most.saturating_mul(raises + 1),
                });
            }
        }
    };
    let total = spent.total();
    let all = &runs.total;
    add(
        "total",
        &[
            ("tokens", all.tokens, total.tokens),
            ("turns", all.turns, total.turns),
            ("minutes", all.minutes, spent.minutes),
            ("agents", all.agents, total.agents),
        ],
    );
    let own = &runs.orchestrator;
    add(
        "orchestrator",
        &[
            ("context", own.context, spent.context),
            ("tokens", own.tokens, spent.tokens),
            ("turns", own.turns, spent.turns),
        ],
    );
    if let Some(agent) = agent {
        let limits = runs.of_agent(agent);
        let cost = spent.agents.get(agent).copied().unwrap_or_default();
        add(
            agent,
            &[
                ("tokens", limits.tokens, cost.tokens),
                ("turns", limits.turns, cost.turns),
                ("minutes", limits.minutes, cost.ms / 60_000),
                ("agents", limits.agents, cost.agents),
            ],
        );
    }
    parts
}

/// Says once in a run that a limit comes near; true the first time.
///
/// # Errors
/// When the run's journal cannot be written.
pub fn warn(
    folder: &Path,
    session: Option<&str>,
    run: &State,
    part: &Part,
) -> std::io::Result<bool> {
    if run.warned.contains(&part.limit) {
        return Ok(false);
    }
    let line = Line {
        session: session.map(str::to_owned),
        limit: Some(part.limit.clone()),
        used: Some(part.used),
        most: Some(part.most),
        ..Line::new(&run.run, Kind::Warned)
    };
    journal::append(folder, &line).map(|()| true)
}

/// What agents of a type cost in this repository's runs: the median of tokens, and of how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// The agent's bare type.
    pub agent: String,
    /// How many are planned.
    pub planned: u64,
    /// Median tokens of one; none when no run here ever ended one.
    pub median: Option<u64>,
    /// How many were measured.
    pub seen: usize,
}

/// What a fan-out will cost, from the journals of this repository's own runs.
///
/// # Errors
/// When the journals cannot be read.
pub fn expected(folder: &Path, planned: &[(String, u64)]) -> std::io::Result<Vec<Expected>> {
    let mut seen: std::collections::BTreeMap<String, Vec<u64>> = Default::default();
    let runs = match std::fs::read_dir(folder.join("runs")) {
        Ok(runs) => runs,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(unknown(planned));
        }
        Err(error) => return Err(error),
    };
    for run in runs.flatten() {
        let name = run.file_name().to_string_lossy().into_owned();
        let (lines, _) = journal::read(folder, &name)?;
        for line in lines.into_iter().filter(|line| line.kind == Kind::Ended) {
            if let (Some(agent), Some(tokens)) = (line.agent, line.tokens) {
                seen.entry(agent).or_default().push(tokens);
            }
        }
    }
    let mut expected = unknown(planned);
    for part in &mut expected {
        let Some(all) = seen.get_mut(&part.agent) else { continue };
        all.sort_unstable();
        part.seen = all.len();
        part.median = all.get(all.len() / 2).copied();
    }
    Ok(expected)
}

fn unknown(planned: &[(String, u64)]) -> Vec<Expected> {
    let one = |(agent, planned): &(String, u64)| Expected {
        agent: agent.clone(),
        planned: *planned,
        median: None,
        seen: 0,
    };
    planned.iter().map(one).collect()
}
