//! The form of the data files in `gates/` and `gates/stacks/`; the build reads them with it too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One gate: `gates/<name>.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateFile {
    /// Its name.
    pub(crate) gate: String,
    /// Place in the pipeline; the gates are shown and run in this order.
    pub(crate) order: u32,
    /// What it stands for, one line.
    pub(crate) title: String,
    /// Gates that must have passed on the same tree before it can.
    #[serde(default)]
    pub(crate) requires: Vec<String>,
    /// Its checks.
    pub(crate) checks: Vec<CheckFile>,
}

/// One check of a gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckFile {
    /// Its id, unlike that of any other check.
    pub(crate) check: String,
    /// What it looks at, one line.
    pub(crate) title: String,
    /// How it is done.
    #[serde(default)]
    pub(crate) by: By,
    /// The gate does not pass without it.
    #[serde(default)]
    pub(crate) required: bool,
    /// Passed means that tests ran, and none failed.
    #[serde(default)]
    pub(crate) counted: bool,
    /// For `verdict`: the agents whose verdict counts.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// For `declared`: the key under `deploy` of the policy.
    #[serde(default)]
    pub(crate) key: String,
}

/// How a check is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum By {
    /// A command of the project's stack or of the policy.
    #[default]
    Command,
    /// A report that a command of the same gate left.
    Coverage,
    /// What an agent of `roles` answered about this tree.
    Verdict,
    /// A record of the design among the changed files, with the verdict of one of `roles`.
    Record,
    /// The difference to the base does not weaken tests, thresholds or guards.
    Tamper,
    /// A key of the policy's `deploy` is set; where it is a command, it is run.
    Declared,
    /// The working tree is the tree of HEAD.
    Committed,
    /// A person approved this tree.
    Approval,
    /// A command for each page of `web.pages` of the policy.
    Pages,
    /// The files of `web.bundle` of the policy are within their budgets.
    Bundle,
}

/// Checks that a project switches on in any gate: `gates/extra/<name>.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtraFile {
    /// The checks.
    pub(crate) checks: Vec<CheckFile>,
    /// Their commands, one run a page of the policy.
    pub(crate) commands: Vec<CommandFile>,
}

/// Whose JSON a command leaves in `{report}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reads {
    /// `@axe-core/cli --stdout`: a list of pages, each with `violations` and their `nodes`.
    Axe,
    /// `pa11y --reporter json`: a list of issues with a `type`.
    Pa11y,
    /// Lighthouse: `categories` with a `score` up to 1, `audits` with a `numericValue`.
    Lighthouse,
}

/// One ecosystem: `gates/stacks/<name>.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StackFile {
    /// Its name.
    pub(crate) stack: String,
    /// Files by which a folder is known to hold it: any of them.
    pub(crate) markers: Vec<String>,
    /// Looked at only where no other ecosystem has a command for the check.
    #[serde(default)]
    pub(crate) fallback: bool,
    /// Looked for at the root only, and always there.
    #[serde(default)]
    pub(crate) everywhere: bool,
    /// Its tools write the same folder and do not wait for each other, so that two of its checks
    /// must not run at the same time.
    #[serde(default)]
    pub(crate) alone: bool,
    /// Ways to call its tools; the first that fits is taken, the last is for everyone else.
    #[serde(default)]
    pub(crate) managers: Vec<ManagerFile>,
    /// Variables that keep the caches of its tools out of a run, because these go by size and time
    /// and would answer for another file. `{fresh}` is a folder of the run, `{before}` the value
    /// that the variable had.
    #[serde(default)]
    pub(crate) fresh: BTreeMap<String, String>,
    /// Its commands. Of those for the same check the first that fits and is installed is run.
    pub(crate) commands: Vec<CommandFile>,
}

/// A package manager or wrapper.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManagerFile {
    /// Its name, as `packageManager` of `package.json` has it.
    pub(crate) name: String,
    /// Files that tell it, here or at the root.
    #[serde(default)]
    pub(crate) locks: Vec<String>,
    /// What `{word}` in a command stands for.
    pub(crate) words: BTreeMap<String, Vec<String>>,
}

/// A command for a check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandFile {
    /// Id of the check.
    pub(crate) check: String,
    /// Program and arguments.
    #[serde(default)]
    pub(crate) command: Vec<String>,
    /// Or a line for `sh -c`.
    #[serde(default)]
    pub(crate) shell: String,
    /// Conditions, all of which must hold; judged by files only, so that the same tree always
    /// gives the same plan.
    #[serde(default)]
    pub(crate) when: When,
    /// The program that must be installed; the command's own first word when absent.
    #[serde(default)]
    pub(crate) needs: Option<String>,
    /// Where it comes from when it is not installed.
    #[serde(default)]
    pub(crate) get: String,
    /// It talks to a server.
    #[serde(default)]
    pub(crate) network: bool,
    /// Texts in its output that say that the server could not be reached.
    #[serde(default)]
    pub(crate) unreachable: Vec<String>,
    /// Result files: JUnit XML and coverage.
    #[serde(default)]
    pub(crate) reports: Vec<String>,
    /// What prints the tool's version.
    #[serde(default)]
    pub(crate) version: Vec<String>,
    /// For a check of web pages: whose report it leaves.
    #[serde(default)]
    pub(crate) reads: Option<Reads>,
}

/// When a command fits; every field that is given must hold.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    /// One of these files is there; `*` stands for any text in a name.
    pub(crate) has: Vec<String>,
    /// None of these files is there.
    pub(crate) lacks: Vec<String>,
    /// `package.json` has this script.
    pub(crate) script: Option<String>,
    /// `package.json` names this package.
    pub(crate) package: Option<String>,
    /// The file has this JSON pointer.
    pub(crate) key: BTreeMap<String, String>,
    /// The file holds one of these texts.
    pub(crate) text: BTreeMap<String, Vec<String>>,
    /// The Makefile has this target.
    pub(crate) target: Option<String>,
}

/// How tests and suppressions of a language look: `gates/tamper/languages/<name>.yaml`. The
/// patterns are regular expressions over one line, bytes, without Unicode classes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageFile {
    /// Its name, for people.
    pub(crate) language: String,
    /// Files that hold tests, in the form of `.gitignore` lines.
    pub(crate) tests: Vec<String>,
    /// Files that may hold suppressions; those with tests when absent.
    #[serde(default)]
    pub(crate) suppressed: Vec<String>,
    /// A line that begins a test.
    pub(crate) cases: Vec<String>,
    /// A line that leaves tests out.
    pub(crate) skips: Vec<String>,
    /// A line that asserts something.
    pub(crate) assertions: Vec<String>,
    /// A line that silences a tool.
    pub(crate) suppressions: Vec<String>,
}

/// What else decides how a change is checked: `gates/tamper/guards.yaml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardsFile {
    /// Files that are named when they are touched.
    pub(crate) guards: Vec<GuardFile>,
    /// Numbers that must not become weaker.
    pub(crate) thresholds: Vec<ThresholdFile>,
}

/// Files of one kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardFile {
    /// What they are, in words.
    pub(crate) what: String,
    /// In the form of `.gitignore` lines.
    pub(crate) files: Vec<String>,
}

/// One kind of number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThresholdFile {
    /// What it limits, in words.
    pub(crate) what: String,
    /// In the form of `.gitignore` lines.
    pub(crate) files: Vec<String>,
    /// A regular expression whose only group is the number.
    pub(crate) pattern: String,
    /// Which direction is less strict.
    pub(crate) weaker: Weaker,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Weaker {
    Lower,
    Higher,
}
