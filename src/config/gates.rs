//! What the policy says of the gates: their checks, thresholds and what a deployment declares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Program and arguments, run at the root of the project without a shell. Takes the place of
    /// all built-in checks of this gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// As `command`, but a line for `sh -c`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Seconds until the whole process group of a check is killed. Default 900.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// How the number of tests is known.
    #[serde(default)]
    pub counts: Counts,
    /// Gates that must have passed on the same tree before this one can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Checks that are added to the built-in ones, or change them, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, CheckPolicy>,
}

impl Gate {
    /// A gate that runs `command` with the built-in settings.
    pub fn of(command: Vec<String>) -> Self {
        Self { command: Some(command), ..Self::default() }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            command: None,
            shell: None,
            timeout: default_timeout(),
            counts: Counts::default(),
            requires: Vec::new(),
            checks: BTreeMap::new(),
        }
    }
}

fn default_timeout() -> u64 {
    900
}

/// What the policy says of one check of a gate. What is absent keeps its built-in value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckPolicy {
    /// Program and arguments, run at the root of the project without a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// As `command`, but a line for `sh -c`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Seconds until its process group is killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// How the number of tests is known. Absent: the exit code decides, except in the test gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// The gate does not pass without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// It is left out. `required: true` of another layer wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off: Option<bool>,
    /// It talks to a server: a failure to reach it is tried again, and its breaker may open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<bool>,
    /// Result files to read counts and coverage from, relative to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<String>>,
}

/// How the number of tests that ran is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Read from the runner's output or its JUnit XML; when none can be read, the gate was not run.
    #[default]
    Parsed,
    /// The exit code alone decides. For commands that print no count.
    ExitCode,
}

/// Least coverage in percent, where a run leaves a coverage report.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Coverage {
    /// Of all lines. Default 80.
    pub lines: f64,
    /// Of the lines that the change adds or edits. Default 80.
    pub changed: f64,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { lines: 80.0, changed: 80.0 }
    }
}

/// What the deploy gate needs to be declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deploy {
    /// Where the deployment is watched: a dashboard, an alert rule, a runbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<String>,
    /// The command that takes a deployment back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Vec<String>>,
    /// The command that rehearses the rollback; it is run by the deploy gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Vec<String>>,
    /// The smoke tests, run by the deploy gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoke: Option<Vec<String>>,
}

/// How a person approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Approval {
    /// Minutes that an approval or a bypass holds. Default 30.
    pub minutes: u64,
    /// Whether a headless session or one started from another session may approve. Default false.
    pub unattended: bool,
}

impl Default for Approval {
    fn default() -> Self {
        Self { minutes: 30, unattended: false }
    }
}

/// How a check that talks to a server is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Runs in all. Default 3.
    pub attempts: u32,
    /// Milliseconds before the second run; doubled for each further one, plus up to half of it by
    /// chance. Default 1000.
    pub wait_ms: u64,
    /// Failures in a row after which the tool is not called any more for a while. Default 3.
    pub breaker: u32,
    /// Seconds until one call is tried again after that. Default 600.
    pub pause_s: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 3, wait_ms: 1000, breaker: 3, pause_s: 600 }
    }
}
