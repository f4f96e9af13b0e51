//! What a worker hands back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Done; every requirement is met.
    Completed,
    /// Done, with something the reader must know.
    CompletedWithConcerns,
    /// Stopped: a question only the sender can answer.
    NeedsContext,
    /// Stopped: something outside the task is in the way.
    Blocked,
    /// Tried and not done.
    Failed,
}

/// A worker's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// How the task ended.
    pub status: Status,
    /// What was done, in at most 1,500 characters; details stay in files.
    pub summary: String,
    /// Files changed, relative to the root of the project.
    pub files_changed: Vec<String>,
    /// Whether the project's tests pass on the tree as it is now. Compared with the receipts.
    pub tests_passing: bool,
    /// What should happen next.
    pub next_steps: Vec<String>,
    /// Commands run and what they showed.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// What a reviewer says of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// Nothing that must change.
    Approve,
    /// At least one finding must be fixed.
    RequestChanges,
}

/// How bad a review finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Data loss, security hole, or the requirement is not met.
    Critical,
    /// Wrong in a case that will occur.
    Major,
    /// Right, but costs the next reader.
    Minor,
}

/// One finding of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewFinding {
    /// How bad it is.
    pub severity: Severity,
    /// The file, relative to the root of the project.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The line as it stands.
    pub quote: String,
    /// What goes wrong, with the input that shows it.
    pub problem: String,
    /// What to write instead.
    pub fix: String,
}

/// A reviewer's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// The verdict; `approve` is refused beside a critical or major finding.
    pub verdict: ReviewVerdict,
    /// What was read and how, in at most 1,500 characters.
    pub summary: String,
    /// The findings, worst first.
    pub findings: Vec<ReviewFinding>,
}
