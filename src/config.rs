//! The project's policy, `portcullis.yaml`: what gates run and which boundaries need them.
//!
//! Zero configuration works: without the file, every value is the built-in one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shell::UserRow;
use crate::state::Repository;

/// Name of the policy file, at the root of the project.
pub const FILE: &str = "portcullis.yaml";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Version of this format; 1.
    pub version: u32,
    /// What the journal keeps.
    pub log: Log,
    /// How the secret check answers.
    pub secrets: Secrets,
    /// The gates, by name. In this version: `test`.
    pub gates: BTreeMap<String, Gate>,
    /// Which gates each boundary needs, by boundary. Built in: every boundary needs `test`.
    pub boundaries: BTreeMap<String, Vec<String>>,
    /// Rows that this project adds to the action table (`docs/actions.md`).
    pub actions: Vec<UserRow>,
    /// The model of an agent, by its bare name (`portcullis explain models`).
    pub models: BTreeMap<String, Model>,
}

/// A model as the client's `Agent` tool names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the client's own words, seen with 2.1.330")]
pub enum Model {
    Fable,
    Haiku,
    Opus,
    Sonnet,
}

impl Model {
    /// Its word in the call.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fable => "fable",
            Self::Haiku => "haiku",
            Self::Opus => "opus",
            Self::Sonnet => "sonnet",
        }
    }
}

/// What the journal keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The lowest level that is written.
    pub level: Level,
}

/// Level of a journal line.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Adds what each check cost.
    Debug,
    /// One line for each hook call.
    #[default]
    Info,
    /// Only refusals, questions, notices and errors.
    Warn,
    /// Only internal errors.
    Error,
}

/// How the secret check answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// What happens to a prompt that holds a secret.
    pub prompts: OnPrompt,
    /// What happens to a command that would show a secret.
    pub reads: OnRead,
    /// What happens to a tool's result that holds a secret.
    pub results: OnResult,
    /// What happens to a tool call that may hold a secret, by a rule that only warns.
    pub warn: OnWarn,
    /// Findings of `portcullis scan` that do not count.
    pub waivers: Vec<Waiver>,
}

/// What happens to a command that would show a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnRead {
    /// It runs, unsaid.
    Off,
    /// The model is told to keep what it sees to itself; the command runs.
    #[default]
    Warn,
    /// The person decides.
    Ask,
    /// It is refused.
    Deny,
}

/// What happens to a tool's result that holds a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnResult {
    /// The model is told as by a refusal; the tool has run all the same.
    Block,
    /// The model reads the result with the secret replaced; the user is told.
    Redact,
    /// The user and the model are told.
    #[default]
    Warn,
    /// Results are not looked at.
    Off,
}

/// What happens to a tool call that may hold a secret, by a rule that only warns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnWarn {
    /// Nothing is said.
    Off,
    /// The model is told in one line; the call goes on.
    #[default]
    Context,
    /// The person decides.
    Ask,
    /// The call is refused.
    Deny,
}

/// Findings that do not count, for a reason and for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule; absent for every rule. `incomplete` stands for what could not be looked at.
    #[serde(default)]
    pub rule: Option<String>,
    /// Files, relative to the root, in the form of a `.gitignore` line; absent for every file.
    #[serde(default)]
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub expires: String,
}

/// What happens to a prompt that holds a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnPrompt {
    /// The prompt is erased before the model sees it.
    Block,
    /// The user is told; the prompt goes on.
    #[default]
    Warn,
    /// Prompts are not looked at.
    Off,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Program and arguments, run at the root of the project without a shell.
    pub command: Vec<String>,
    /// Seconds until the whole process group is killed. Default 900.
    #[serde(default = "default_timeout")]
    pub timeout: u64,
    /// How the number of tests is known.
    #[serde(default)]
    pub counts: Counts,
}

impl Gate {
    /// A gate that runs `command` with the built-in settings.
    pub fn of(command: Vec<String>) -> Self {
        Self { command, timeout: default_timeout(), counts: Counts::default() }
    }
}

fn default_timeout() -> u64 {
    900
}

/// How the number of tests that ran is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Read from the runner's output; when none can be read, the gate was not run.
    #[default]
    Parsed,
    /// The exit code alone decides. For commands that print no count.
    ExitCode,
}

impl Waiver {
    fn check(&self) -> Result<(), String> {
        if self.rule.is_none() && self.path.is_none() {
            return Err("rule: is missing, and path too; one of them is needed".to_owned());
        }
        if self.reason.trim().is_empty() {
            return Err("reason: is empty; say why it is no harm".to_owned());
        }
        // The form too: dates are compared as texts.
        let valid = self.expires.len() == 10 && self.expires.parse::<jiff::civil::Date>().is_ok();
        if !valid {
            return Err(format!("expires: {:?} is no date; write YYYY-MM-DD", self.expires));
        }
        Ok(())
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            log: Log::default(),
            secrets: Secrets::default(),
            gates: BTreeMap::new(),
            boundaries: BTreeMap::new(),
            actions: Vec::new(),
            models: BTreeMap::new(),
        }
    }
}

/// A policy file that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} cannot be used: {problem}", file.display())]
pub struct PolicyError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, with line and column where they are known.
    pub problem: String,
}

impl Policy {
    /// The policy of the project that `dir` lies in: the file at the root of its repository, or
    /// in `dir` itself outside of git.
    ///
    /// # Errors
    /// When the file exists and cannot be read, parsed or understood.
    pub fn load(dir: &Path) -> Result<Self, PolicyError> {
        let root = Repository::discover(dir).map_or_else(|| dir.to_path_buf(), |found| found.root);
        let file = root.join(FILE);
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::parse(&text).map_err(|problem| PolicyError { file, problem }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(PolicyError { file, problem: error.to_string() }),
        }
    }

    /// Reads the text of a policy file.
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let policy: Self = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        if policy.version != 1 {
            return Err(format!("version: {} is not known; write 1", policy.version));
        }
        for (name, gate) in &policy.gates {
            if gate.command.is_empty() {
                return Err(format!("gates.{name}.command: is empty; name a program"));
            }
        }
        for (index, row) in policy.actions.iter().enumerate() {
            if let Some(problem) = row.problem() {
                return Err(format!("actions[{index}].{problem}"));
            }
        }
        for (at, waiver) in policy.secrets.waivers.iter().enumerate() {
            waiver.check().map_err(|problem| format!("secrets.waivers[{at}].{problem}"))?;
        }
        Ok(policy)
    }

    /// The gates that a boundary needs.
    pub fn needs(&self, boundary: &str) -> Vec<&str> {
        match self.boundaries.get(boundary) {
            Some(gates) => gates.iter().map(String::as_str).collect(),
            None => vec!["test"],
        }
    }
}
