//! The project's policy, `portcullis.yaml`: what gates run and which boundaries need them.
//!
//! Zero configuration works: without the file, every value is the built-in one.

mod checkpoints;
mod gates;
pub mod layers;
pub mod profiles;
mod runs;
mod web;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::env::Env;
use crate::shell::UserRow;

pub use checkpoints::{Checkpoints, Effects};
pub use gates::{Approval, CheckPolicy, Counts, Coverage, Deploy, Gate, Retry};
pub use runs::{Grading, Limits, Runs};
pub use web::{Accessibility, Bundle, Web};

/// Name of the policy file, at the root of the project.
pub const FILE: &str = "portcullis.yaml";

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Version of this format; 1.
    pub version: u32,
    /// What the journal keeps.
    pub log: Log,
    /// How the secret check answers.
    pub secrets: Secrets,
    /// The profile that this project follows: a built-in one (`standard`, `strict`) or one of
    /// `profiles`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Named policies of an organisation, in the managed or the user's file; a project picks one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, Value>,
    /// The branch or commit that a change is compared with. Built in: the upstream's default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The gates, by name: `design`, `implementation`, `review`, `test`, `security`, `deploy`, and
    /// any of your own.
    pub gates: BTreeMap<String, Gate>,
    /// Which gates each boundary needs, by boundary: `commit`, `push`, `publish`, `release`,
    /// `deploy`, `done`, `worker`, `phase:NAME`. Built in: what goes out needs `test`, and for a publication,
    /// release or deployment the person is asked too.
    pub boundaries: BTreeMap<String, Vec<String>>,
    /// Files that need no gate when nothing else changed, in the form of `.gitignore` lines. Built
    /// in: text files that nothing reads as code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs_only: Option<Vec<String>>,
    /// Files that hold the record of a design, in the form of `.gitignore` lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub design_records: Option<Vec<String>>,
    /// Least coverage, where a run leaves a coverage report.
    pub coverage: Coverage,
    /// Most cyclomatic complexity of a function.
    pub complexity: u32,
    /// What an agent may write, by its name: patterns in the form of `.gitignore` lines, none for
    /// nothing. Takes the place of the agent's row in the built-in table.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Variables that checks see besides the built-in list; `*` at the end stands for any rest.
    pub env: Vec<String>,
    /// What the deploy gate needs to be declared.
    pub deploy: Deploy,
    /// Pages and bundles, and what they may weigh and cost.
    pub web: Web,
    /// How a person approves.
    pub approval: Approval,
    /// How checks that talk to a server are tried again.
    pub retry: Retry,
    /// What a workflow run may cost, and when it stops.
    pub runs: Runs,
    /// How a change is graded into the short, standard or full route.
    pub route: Grading,
    /// How many checkpoints are kept, and what goes into one.
    pub checkpoints: Checkpoints,
    /// Whether effects outside of the working tree have to be registered.
    pub effects: Effects,
    /// Rows that this project adds to the action table (`docs/actions.md`).
    pub actions: Vec<UserRow>,
    /// What `portcullis validate` looks at and says.
    pub validate: Validate,
    /// The model of an agent, by its bare name (`portcullis explain models`).
    pub models: BTreeMap<String, Model>,
}

/// What `portcullis validate` looks at and says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Validate {
    /// Files and folders that are not looked at, in the form of `.gitignore` lines.
    pub ignore: Vec<String>,
    /// Only rules of these presets; empty for all but those of the documentation standard.
    pub presets: Vec<ValidatePreset>,
    /// Other verdicts, by rule.
    pub rules: BTreeMap<String, RuleLevel>,
    /// Findings that do not count.
    pub waivers: Vec<Waiver>,
}

/// A choice of rules for definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of `validate --preset`")]
pub enum ValidatePreset {
    Plugin,
    Project,
    Marketplace,
    Portable,
    Standard,
}

/// How the findings of a rule for definitions count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// The rule is not asked.
    Off,
    /// For information.
    Portability,
    /// Counts with `--strict`.
    Warning,
    /// The answer is no.
    Error,
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
            profile: None,
            profiles: BTreeMap::new(),
            base: None,
            gates: BTreeMap::new(),
            boundaries: BTreeMap::new(),
            docs_only: None,
            design_records: None,
            coverage: Coverage::default(),
            complexity: 15,
            roles: BTreeMap::new(),
            env: Vec::new(),
            deploy: Deploy::default(),
            web: Web::default(),
            approval: Approval::default(),
            retry: Retry::default(),
            runs: Runs::default(),
            route: Grading::default(),
            checkpoints: Checkpoints::default(),
            effects: Effects::default(),
            actions: Vec::new(),
            validate: Validate::default(),
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
    /// The policy that holds in `dir`: the project's file (at the root of its repository, or in
    /// `dir` itself outside of git) together with the user's and the administrator's.
    ///
    /// # Errors
    /// When a file exists and cannot be read, parsed or understood.
    pub fn load(dir: &Path, env: &Env) -> Result<Self, PolicyError> {
        let texts = layers::texts(dir, env)?;
        match &texts[..] {
            [] => Ok(Self::default()),
            // One file without a profile is read as it is: most hook calls come here.
            [(_, file, text)] => {
                let policy = Self::read(text)
                    .map_err(|problem| PolicyError { file: file.clone(), problem })?;
                match policy.profile {
                    None => Ok(policy),
                    Some(_) => layers::combine(texts).map(|layered| layered.policy),
                }
            }
            _ => layers::combine(texts).map(|layered| layered.policy),
        }
    }

    /// What the project's own file says, without the other layers: for waivers, which only a
    /// project has.
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn of_project(dir: &Path) -> Result<Self, PolicyError> {
        Self::load(dir, &Env::default())
    }

    /// Reads the text of a policy file.
    ///
    /// # Errors
    /// Says what is not understood, with its line or its key.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let policy: Self = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        policy.check()?;
        for (name, profile) in &policy.profiles {
            let inner = |problem: String| format!("profiles.{name}: {problem}");
            let own: Self = serde_json::from_value(profile.clone())
                .map_err(|error| inner(error.to_string()))?;
            own.check().map_err(inner)?;
            if own.profile.is_some() || !own.profiles.is_empty() {
                return Err(inner("a profile cannot name or hold profiles".to_owned()));
            }
        }
        Ok(policy)
    }

    /// What the form alone does not say.
    fn check(&self) -> Result<(), String> {
        if self.version != 1 {
            return Err(format!("version: {} is not known; write 1", self.version));
        }
        for (name, gate) in &self.gates {
            let about = |problem: &str| format!("gates.{name}.{problem}");
            if gate.command.as_ref().is_some_and(Vec::is_empty) {
                return Err(about("command: is empty; name a program"));
            }
            if gate.command.is_some() && gate.shell.is_some() {
                return Err(about("shell: stands beside command; keep one of the two"));
            }
            for (id, check) in &gate.checks {
                let about = |problem: &str| format!("gates.{name}.checks.{id}.{problem}");
                if check.command.as_ref().is_some_and(Vec::is_empty) {
                    return Err(about("command: is empty; name a program"));
                }
                if check.command.is_some() && check.shell.is_some() {
                    return Err(about("shell: stands beside command; keep one of the two"));
                }
            }
        }
        for (name, part) in [("lines", self.coverage.lines), ("changed", self.coverage.changed)] {
            if !(0.0..=100.0).contains(&part) {
                return Err(format!("coverage.{name}: {part} is no percentage; write 0 to 100"));
            }
        }
        self.web.check().map_err(|problem| format!("web.{problem}"))?;
        if !(1..=100).contains(&self.runs.warn) {
            let warn = self.runs.warn;
            return Err(format!("runs.warn: {warn} is no percentage of a limit; write 1 to 100"));
        }
        for (index, row) in self.actions.iter().enumerate() {
            if let Some(problem) = row.problem() {
                return Err(format!("actions[{index}].{problem}"));
            }
        }
        for (at, waiver) in self.secrets.waivers.iter().enumerate() {
            waiver.check().map_err(|problem| format!("secrets.waivers[{at}].{problem}"))?;
        }
        for (at, waiver) in self.validate.waivers.iter().enumerate() {
            waiver.check().map_err(|problem| format!("validate.waivers[{at}].{problem}"))?;
        }
        Ok(())
    }

    /// Whether the person is asked besides: what is published, released or deployed cannot be taken
    /// back, and nobody said under `boundaries` that its gates are enough (docs/decisions/0010).
    pub fn asks(&self, boundary: &str) -> bool {
        matches!(boundary, "publish" | "release" | "deploy")
            && !self.boundaries.contains_key(boundary)
    }

    /// The gates that a boundary needs.
    pub fn needs(&self, boundary: &str) -> Vec<&str> {
        match self.boundaries.get(boundary) {
            Some(gates) => gates.iter().map(String::as_str).collect(),
            // What stays inside the session is asked for by policy only.
            None if matches!(boundary, "commit" | "done" | "worker") || boundary.contains(':') => {
                Vec::new()
            }
            None => vec!["test"],
        }
    }
}
