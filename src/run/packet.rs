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
}
