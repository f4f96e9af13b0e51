//! How a run stands, computed from its journal. Nothing of this is stored anywhere.

use std::collections::BTreeMap;

use serde::Serialize;

use super::breaker::Breaker;
use super::journal::{Kind, Line};
use super::route::Route;

/// How a run as a whole stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It goes on.
    #[default]
    Running,
    /// The client went away with work open; the run can be taken up again.
    Interrupted,
    /// It stopped for a person: it needs context, is blocked or failed.
    Waiting,
    /// It came to its end.
    Completed,
    /// A person stopped it for good.
    Aborted,
}

impl Standing {
    /// Whether work may still be handed out.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Interrupted | Self::Waiting)
    }

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Aborted => "aborted",
        }
    }
}

/// How a task stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStanding {
    /// It was handed over and nothing came back yet.
    #[default]
    Open,
    /// Its report was accepted, and says that it is done.
    Done,
    /// Its report was accepted, and says that it is not done.
    Stopped,
    /// Its last report was sent back and no other came yet.
    Returned,
    /// Its report was still wrong after its returns.
    Invalid,
    /// Its agent came to its end without a report.
    Died,
}

/// One task: what one packet asks of one type of agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Its name.
    pub task: String,
    /// Its phase.
    pub phase: String,
    /// What it asks, as a digest.
    pub digest: String,
    /// The agent's bare type.
    pub agent: String,
    /// Whether the agent hands out tasks itself.
    pub orchestrates: bool,
    /// Times it was handed over.
    pub dispatched: u32,
    /// How it stands.
    pub standing: TaskStanding,
    /// What its accepted report says: how it ended, or a review's verdict.
    pub status: Option<String>,
    /// The accepted report's summary.
    pub summary: Option<String>,
    /// The files that the accepted report names.
    pub files: Vec<String>,
    /// What the accepted report says of the tests.
    pub tests_passing: Option<bool>,
    /// Reports sent back.
    pub returned: u32,
    /// Agents that came to their end without a report.
    pub died: u32,
    /// Marks of what it is about, when its report was accepted.
    #[serde(skip)]
    pub marks: Option<String>,
    /// The agent that works on it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

impl Task {
    /// The task with its agent, in words.
    pub fn name(&self) -> String {
        match self.phase.as_str() {
            "" => format!("{} ({})", self.task, self.agent),
            phase => format!("{} ({}, {phase})", self.task, self.agent),
        }
    }
}

/// What agents of one type cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Agents that began or were handed a task.
    pub agents: u64,
    /// Tokens of those that ended.
    pub tokens: u64,
    /// Most context that one of them used.
    pub context: u64,
    /// Answers of the model.
    pub turns: u64,
    /// Milliseconds that they worked, added up.
    pub ms: u64,
}

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct State {
    /// Its id.
    pub run: String,
    /// The slash command that began it.
    pub command: String,
    /// What was typed after the command.
    pub request: String,
    /// The workflow script's name.
    pub workflow: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_ms: u64,
    /// When its last line was written.
    pub last_ms: u64,
    /// The tree that it began on.
    pub base_tree: String,
    /// The client's sessions, the one it began in first.
    pub sessions: Vec<String>,
    /// How it stands.
    pub standing: Standing,
    /// What its end said: `completed`, `needs_context` …
    pub status: Option<String>,
    /// The words of its end.
    pub summary: Option<String>,
    /// The route, and who said it last.
    pub route: Option<Route>,
    /// Why this route.
    pub route_reasons: Vec<String>,
    /// Whether the user chose a lower route than was measured.
    pub route_by: String,
    /// Its phases, in the order they began.
    pub phases: Vec<String>,
    /// Its tasks, in the order they were first handed over.
    pub tasks: Vec<Task>,
    /// What agents cost, by their bare type.
    pub costs: BTreeMap<String, Cost>,
    /// Breakers, by the agent's bare type.
    pub breakers: BTreeMap<String, Breaker>,
    /// Agents that began and did not end, with their type.
    pub live: BTreeMap<String, String>,
    /// Versions, oldest first: binary, bundle, client.
    pub versions: Vec<[String; 3]>,
    /// The client's own file and id of the running script.
    pub script: Option<(String, String)>,
    /// The client's id of the background task that the script runs in.
    #[serde(skip)]
    pub background: Option<String>,
    /// Gate results that were handed over: gate, status, receipt.
    pub gates: Vec<[String; 3]>,
    /// What was done worse than planned.
    pub degraded: Vec<String>,
    /// Limits that were warned about.
    pub warned: Vec<String>,
    /// The last refusal: its time, rules and reason.
    pub refused: Option<(u64, Vec<String>, String)>,
    /// Times the client went away with work open.
    pub interruptions: u32,
    /// Lines of the journal that could not be read.
    pub unreadable: usize,
}

impl State {
    /// Computes the state from the lines of a run's journal.
    pub fn of(run: &str, lines: &[Line], unreadable: usize) -> Self {
        let mut state = Self { run: run.to_owned(), unreadable, ..Self::default() };
        for line in lines {
            state.take(line);
        }
        state
    }

    fn take(&mut self, line: &Line) {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        self.last_ms = self.last_ms.max(line.ts);
        if let Some(session) = &line.session
            && !self.sessions.contains(session)
        {
            self.sessions.push(session.clone());
        }
        match line.kind {
            Kind::Started => {
                self.started_ms = line.ts;
                self.command = text(&line.command);
                self.request = text(&line.request);
                self.workflow = text(&line.workflow);
                self.base_tree = text(&line.base_tree);
            }
            Kind::Versions => {
                self.versions.push([text(&line.binary), text(&line.bundle), text(&line.client)]);
            }
            Kind::Route => {
                self.route = line.route;
                self.route_reasons.clone_from(&line.reasons);
                self.route_by = text(&line.by);
            }
            Kind::Script => {
                self.script = line.script.clone().zip(line.workflow_run.clone());
                self.background.clone_from(&line.task_id);
                self.reopen();
            }
            Kind::Phase => {
                let phase = text(&line.phase);
                if self.phases.last() != Some(&phase) {
                    self.phases.push(phase);
                }
            }
            Kind::Dispatched => {
                let task = self.task(line);
                task.dispatched += 1;
                task.standing = TaskStanding::Open;
                task.orchestrates = line.orchestrates;
                let agent = text(&line.agent);
                self.costs.entry(agent).or_default().agents += 1;
                self.reopen();
            }
            Kind::Refused => {
                self.refused = Some((line.ts, line.rules.clone(), text(&line.reason)));
            }
            Kind::Began => {
                let id = text(&line.agent_id);
                self.live.insert(id.clone(), text(&line.agent));
                if let Some(task) = self.task_of(line) {
                    task.agent_id = Some(id);
                } else {
                    self.costs.entry(text(&line.agent)).or_default().agents += 1;
                }
                self.reopen();
            }
            Kind::Accepted => {
                self.breaker(line).success();
                let Some(task) = self.task_of(line) else { return };
                let done =
                    !matches!(line.status.as_deref(), Some("needs_context" | "blocked" | "failed"));
                task.standing = if done { TaskStanding::Done } else { TaskStanding::Stopped };
                task.status.clone_from(&line.status);
                task.summary.clone_from(&line.summary);
                task.files.clone_from(&line.files);
                task.tests_passing = line.tests_passing;
                task.marks.clone_from(&line.marks);
            }
            Kind::Returned => {
                if let Some(task) = self.task_of(line) {
                    task.returned += 1;
                    task.standing = TaskStanding::Returned;
                }
            }
            Kind::Invalid => {
                if let Some(task) = self.task_of(line) {
                    task.standing = TaskStanding::Invalid;
                }
                self.breaker(line).failure(line.ts, &text(&line.reason));
            }
            Kind::Died => {
                if let Some(task) = self.task_of(line) {
                    task.died += 1;
                    task.standing = TaskStanding::Died;
                }
                self.breaker(line).failure(line.ts, &text(&line.reason));
                self.live.remove(&text(&line.agent_id));
            }
            Kind::Ended => {
                self.live.remove(&text(&line.agent_id));
                let cost = self.costs.entry(text(&line.agent)).or_default();
                cost.tokens += line.tokens.unwrap_or_default();
                cost.turns += line.turns.unwrap_or_default();
                cost.ms += line.ms.unwrap_or_default();
                cost.context = cost.context.max(line.context.unwrap_or_default());
            }
            Kind::Gate => {
                self.gates.push([text(&line.gate), text(&line.status), text(&line.receipt)]);
            }
            Kind::Breaker => self.breaker(line).opened = true,
            Kind::Degraded => self.degraded.push(text(&line.reason)),
            Kind::Warned => self.warned.push(text(&line.limit)),
            Kind::Interrupted => {
                self.interruptions += 1;
                self.live.clear();
                if self.standing.is_open() {
                    self.standing = Standing::Interrupted;
                }
            }
            Kind::Resumed => self.reopen(),
            Kind::Aborted => {
                self.standing = Standing::Aborted;
                self.summary.clone_from(&line.reason);
                self.live.clear();
            }
            Kind::Finished => self.finish(line),
            Kind::Unknown => {}
        }
    }

    fn finish(&mut self, line: &Line) {
        if self.standing == Standing::Aborted {
            return;
        }
        self.status.clone_from(&line.status);
        self.summary.clone_from(&line.summary);
        self.standing = match line.status.as_deref() {
            Some("completed" | "completed_with_concerns") => Standing::Completed,
            _ => Standing::Waiting,
        };
    }

    /// Work goes on in a run that was not stopped for good.
    fn reopen(&mut self) {
        if self.standing != Standing::Aborted {
            self.standing = Standing::Running;
        }
    }

    fn breaker(&mut self, line: &Line) -> &mut Breaker {
        self.breakers.entry(line.agent.clone().unwrap_or_default()).or_default()
    }

    /// The task of a line that is about one.
    fn task_of(&mut self, line: &Line) -> Option<&mut Task> {
        line.digest.is_some().then(|| self.task(line))
    }

    fn task(&mut self, line: &Line) -> &mut Task {
        let digest = line.digest.clone().unwrap_or_default();
        let at = self.tasks.iter().position(|task| task.digest == digest).unwrap_or_else(|| {
            self.tasks.push(Task {
                task: line.task.clone().unwrap_or_default(),
                phase: line.phase.clone().unwrap_or_default(),
                agent: line.agent.clone().unwrap_or_default(),
                digest,
                ..Task::default()
            });
            self.tasks.len() - 1
        });
        &mut self.tasks[at]
    }

    /// The phase that is under way.
    pub fn phase(&self) -> Option<&str> {
        self.phases.last().map(String::as_str)
    }

    /// Repair rounds that were handed out for a task, whatever they asked.
    pub fn rounds(&self, task: &str) -> u32 {
        let of_task = |found: &&Task| found.task == task && found.phase == "repair";
        // A repair whose agent died is handed out again and is no other round.
        u32::try_from(self.tasks.iter().filter(of_task).count()).unwrap_or(u32::MAX)
    }

    /// The tasks that are not done.
    pub fn open(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.standing != TaskStanding::Done)
    }

    /// What all agents cost together.
    pub fn total(&self) -> Cost {
        self.costs.values().fold(Cost::default(), |sum, cost| Cost {
            agents: sum.agents + cost.agents,
            tokens: sum.tokens + cost.tokens,
            context: sum.context.max(cost.context),
            turns: sum.turns + cost.turns,
            ms: sum.ms + cost.ms,
        })
    }

    /// What changed between the versions that the run saw.
    pub fn version_changes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for pair in self.versions.windows(2) {
            for (what, (old, new)) in
                ["binary", "bundle", "client"].iter().zip(pair[0].iter().zip(&pair[1]))
            {
                if old != new && !old.is_empty() {
                    found.push(format!("{what}: {old}, then {new}"));
                }
            }
        }
        found
    }
}
