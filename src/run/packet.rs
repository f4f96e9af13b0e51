//! What an orchestrator hands to a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A task packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// Short name of the task, in kebab case.
    pub task: String,
    /// What must be true when it is done.
    pub requirements: String,
    /// What must not happen or change.
    #[serde(default)]
    pub constraints: String,
    /// Files to read first, relative to the root of the project.
    #[serde(default)]
    pub context_files: Vec<String>,
    /// What to hand back: code, tests, documents.
    #[serde(default)]
    pub expected_output: String,
    /// The run this belongs to.
    #[serde(default)]
    pub run: String,
    /// The phase of the run.
    #[serde(default)]
    pub phase: String,
    /// The git tree the task starts from, as its id; what was changed is measured from there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_tree: String,
    /// What the task may change: paths and globs as in a `.gitignore`, relative to the root of the
    /// project. Empty for the whole project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_set: Vec<String>,
    /// What the task may cost.
    #[serde(default, skip_serializing_if = "Budget::is_empty")]
    pub budget: Budget,
}

/// What a task may cost; a part that is missing has no bound here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Tokens of context, input and output together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub tokens: Option<u64>,
    /// Answers of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub turns: Option<u64>,
    /// Minutes from the start of the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub minutes: Option<u64>,
}

impl Budget {
    /// Whether it bounds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
