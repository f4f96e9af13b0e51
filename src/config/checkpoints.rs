//! What the policy says of checkpoints and of effects outside of the working tree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many checkpoints are kept, and what goes into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Checkpoints {
    /// Most checkpoints of a repository; older ones go when a new one is made. Default 200.
    pub keep: usize,
    /// Days after which a checkpoint goes when a new one is made. Default 30.
    pub days: u64,
    /// Megabytes that all checkpoints may hold alone; `portcullis checkpoint prune` removes the
    /// oldest beyond it. Default 2000.
    pub max_mb: u64,
    /// Megabytes of a new or changed file above which it is left out and listed. Default 50.
    pub max_file_mb: u64,
}

impl Checkpoints {
    /// The largest file that is kept, in bytes.
    pub const fn max_bytes(&self) -> u64 {
        self.max_file_mb.saturating_mul(1024 * 1024)
    }
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { keep: 200, days: 30, max_mb: 2000, max_file_mb: 50 }
    }
}

/// Effects outside of the working tree: deployments, migrations, pull requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Effects {
    /// A run may deploy or publish only what it registered with `portcullis effect register`.
    /// Otherwise the user is told. Default false.
    pub required: bool,
}
