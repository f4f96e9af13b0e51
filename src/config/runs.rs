//! What the policy says of workflow runs: what they may cost, when they stop, how a change is graded.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of the runs of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Runs {
    /// Repair rounds of one task; another one is refused. Default 3.
    pub rounds: u32,
    /// Percent of a limit from which on the orchestrator is warned, once. Default 80.
    pub warn: u32,
    /// All of a run together. Default: 60 agents.
    pub total: Limits,
    /// The thread that hands out the tasks. Default: 50000 tokens of context.
    pub orchestrator: Limits,
    /// Each agent that gets a task. Default: 20000 tokens of context.
    pub worker: Limits,
    /// Agents by their bare name; what is absent is taken from `worker`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<String, Limits>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            rounds: 3,
            warn: 80,
            total: Limits { agents: Some(60), ..Limits::default() },
            orchestrator: Limits { context: Some(50_000), ..Limits::default() },
            worker: Limits { context: Some(20_000), ..Limits::default() },
            agents: BTreeMap::new(),
        }
    }
}

impl Runs {
    /// What holds for an agent, by its bare name.
    pub fn of_agent(&self, name: &str) -> Limits {
        let own = self.agents.get(name).copied().unwrap_or_default();
        Limits {
            context: own.context.or(self.worker.context),
            tokens: own.tokens.or(self.worker.tokens),
            turns: own.turns.or(self.worker.turns),
            minutes: own.minutes.or(self.worker.minutes),
            agents: own.agents.or(self.worker.agents),
        }
    }
}

/// What something may cost; what is absent has no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Tokens in the context. Of the orchestrator: what the run added to it. Of a worker: what it
    /// is handed with its packet and the files that the packet names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Tokens that were read for the first time, written to the cache or answered, in the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Answers of the model, in the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// Minutes: of the run since it began; of an agent, those that all of its type worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u64>,
    /// How many agents a run starts: in all, or of one type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agents: Option<u64>,
}

/// How a change is graded into short, standard or full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grading {
    /// Files that make a change full, in the form of `.gitignore` lines; added to the built-in ones.
    pub risk: Vec<String>,
    /// Most lines of a short change. Default 40.
    pub short_lines: u64,
    /// Most files of a short change. Default 2.
    pub short_files: u64,
    /// Most lines of a standard change. Default 400.
    pub standard_lines: u64,
    /// Most files of a standard change. Default 15.
    pub standard_files: u64,
}

impl Default for Grading {
    fn default() -> Self {
        Self {
            risk: Vec::new(),
            short_lines: 40,
            short_files: 2,
            standard_lines: 400,
            standard_files: 15,
        }
    }
}
