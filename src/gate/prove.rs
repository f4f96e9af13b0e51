//! Red on the base, green here: a test that shows a fix must fail without it, by its assertion.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::catalog::LANGUAGES;
use super::counts::Tests;
use super::installed::first_folders;
use super::runner::{self, End, Job, Stop, Why};
use super::scratch::Scratch;
use super::{allow, change, fresh, matcher, state_folder, tree};
use crate::config::Policy;
use crate::env::Env;
use crate::git;

/// What is to be shown.
#[derive(Debug)]
pub struct Claim<'a> {
    /// Program and arguments that run the test.
    pub command: &'a [String],
    /// Files that hold it, relative to the root; the changed test files when empty.
    pub files: &'a [PathBuf],
    /// How long each run may take.
    pub limit: Duration,
}

/// One run of the test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// `passed`, `failed`, or `broken`: it did not come to its assertion.
    pub outcome: Outcome,
    /// In words.
    pub reason: String,
    /// The counted tests.
    pub tests: Option<Tests>,
    /// The end of the output, redacted.
    pub output: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A test ran and none failed.
    Passed,
    /// A test ran and failed.
    Failed,
    /// No test ran to its end: it could not be built, started or counted.
    Broken,
}

/// Both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// True when it is red on the base and green here.
    pub proved: bool,
    /// In words.
    pub reason: String,
    /// The commit of the base.
    pub base: String,
    /// Files that were brought to the base.
    pub files: Vec<PathBuf>,
    /// On the base.
    pub before: Ran,
    /// Here; absent when the base did not show a failure.
    pub after: Option<Ran>,
}

/// Lines by which a compiler or loader says that the test itself could not be built; a runner
/// may count that as a failed test.
const NOT_BUILT: &[&str] = &[
    "could not compile",
    "error[E",
    "Cannot find module",
    "ERR_MODULE_NOT_FOUND",
    "SyntaxError",
    "ModuleNotFoundError",
    "ImportError",
    "errors during collection",
    "error collecting",
    "[build failed]",
    "[setup failed]",
    "COMPILATION ERROR",
    "Compilation failed",
    "error CS",
    "LoadError",
    "Failed to load url",
    "error TS",
    "undefined reference",
    "PHP Parse error",
    "Class \"",
];

/// Characters of the output that are kept.
const KEPT: usize = 4000;

/// Runs the test on the base, in a worktree of its own, and then here.
///
/// # Errors
/// When the base is no commit, git fails, or a signal stopped the run.
pub fn prove(
    claim: &Claim,
    policy: &Policy,
    dir: &Path,
    env: &Env,
    sink: &mut dyn std::io::Write,
) -> anyhow::Result<Proof> {
    let root = tree::repository(dir)?.root;
    let base = change::base(&root, policy)?.context("there is no commit to compare with")?;
    let stop = Stop::on_signals()?;
    let files = files(claim, &root, &base)?;
    let state = state_folder(&root, env)?;
    let scratch = Scratch::new(&state)?;
    let worktree = Worktree::add(&root, &scratch.path().join("base"), &base)?;
    for file in &files {
        let to = worktree.path.join(file);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(root.join(file), &to)
            .with_context(|| format!("cannot bring {} to the base", file.display()))?;
    }
    let allowed = allow::filter(std::env::vars_os(), &policy.env);
    let run = |dir: &Path, sink: &mut dyn std::io::Write| {
        let caches = scratch.path().join(if dir == root { "fresh-here" } else { "fresh-base" });
        let env = fresh::environment(allowed.clone(), &caches);
        one(claim, dir, &root, &env, &stop, sink)
    };
    let _ = writeln!(sink, "on the base {}:", super::short(&base));
    let before = run(&worktree.path, sink)?;
    drop(worktree);
    let mut proof =
        Proof { proved: false, reason: String::new(), base, files, before, after: None };
    match proof.before.outcome {
        Outcome::Failed => {}
        Outcome::Passed => {
            proof.reason = "the test passes without the fix, so it does not show it".to_owned();
            return Ok(proof);
        }
        Outcome::Broken => {
            proof.reason = format!(
                "on the base the test does not come to its assertion: {}; a test that cannot be built there shows nothing",
                proof.before.reason
            );
            return Ok(proof);
        }
    }
    let _ = writeln!(sink, "here:");
    let after = run(&root, sink)?;
    proof.proved = after.outcome == Outcome::Passed;
    proof.reason = match after.outcome {
        Outcome::Passed => "red on the base, green here".to_owned(),
        _ => format!("red on the base, and not green here: {}", after.reason),
    };
    proof.after = Some(after);
    Ok(proof)
}

/// The files that hold the new test.
fn files(claim: &Claim, root: &Path, base: &str) -> anyhow::Result<Vec<PathBuf>> {
    if !claim.files.is_empty() {
        return claim
            .files
            .iter()
            .map(|file| {
                let full = root.join(file);
                let relative = full.strip_prefix(root).unwrap_or(file).to_path_buf();
                match full.is_file() {
                    true => Ok(relative),
                    false => bail!("{} is no file of the working tree", file.display()),
                }
            })
            .collect();
    }
    let change = change::of(root, Some(base.to_owned()))?;
    // A Rust file may hold tests beside code; bringing it over would bring the fix too.
    let patterns: Vec<&str> = LANGUAGES
        .iter()
        .flat_map(|language| language.tests.iter().map(String::as_str))
        .filter(|pattern| *pattern != "*.rs")
        .chain(["**/tests/**/*.rs", "**/src/**/tests.rs", "**/src/**/tests/**/*.rs"])
        .collect();
    let tests = matcher(root, &patterns)?;
    let found: Vec<PathBuf> = change
        .files
        .iter()
        .filter(|(path, file)| {
            !file.deleted && tests.matched_path_or_any_parents(path, false).is_ignore()
        })
        .map(|(path, _)| PathBuf::from(path))
        .collect();
    if found.is_empty() {
        bail!(
            "no test file is among the changed files; name the one that holds the new test with --test-file"
        );
    }
    Ok(found)
}

fn one(
    claim: &Claim,
    dir: &Path,
    root: &Path,
    env: &[(OsString, OsString)],
    stop: &Stop,
    sink: &mut dyn std::io::Write,
) -> anyhow::Result<Ran> {
    // What is installed for the project serves the base too; it is ignored by git.
    let first = first_folders(dir, root);
    let modules = root.join("node_modules");
    if modules.is_dir() && dir != root && !dir.join("node_modules").exists() {
        std::os::unix::fs::symlink(&modules, dir.join("node_modules"))?;
    }
    let job = Job { argv: claim.command, dir, limit: claim.limit, env, first: &first };
    let done = runner::run(&job, stop, sink)?;
    if let Some(Why::Signal(signal)) = stop.why() {
        bail!("stopped by {}", signal.as_str());
    }
    let text = done.output.text();
    let tests = done.summary.tests;
    let failed = tests.map_or(0, |tests| tests.failed);
    let passed = tests.map_or(0, |tests| tests.passed);
    let not_built = NOT_BUILT.iter().find(|said| text.contains(**said));
    let (outcome, reason) = match (&done.end, not_built) {
        (End::Exit(0), _) if failed == 0 && passed > 0 => {
            (Outcome::Passed, format!("{passed} passed"))
        }
        (End::Exit(0), _) => (Outcome::Broken, "no test ran".to_owned()),
        (End::Exit(_), Some(said)) => (Outcome::Broken, format!("it was not built: {said}")),
        (End::Exit(_), None) if failed > 0 => (Outcome::Failed, format!("{failed} failed")),
        (End::Exit(code), None) => {
            (Outcome::Broken, format!("it ended with code {code} and counted no failed test"))
        }
        (End::TimedOut, _) => (Outcome::Broken, "it was killed at the time limit".to_owned()),
        (End::Signal(signal), _) => (Outcome::Broken, format!("it was ended by signal {signal}")),
        (End::NotStarted(why), _) => (Outcome::Broken, format!("it cannot be started: {why}")),
        (End::Stopped, _) => (Outcome::Broken, "it was stopped".to_owned()),
    };
    let start = text.char_indices().rev().nth(KEPT).map_or(0, |(at, _)| at);
    Ok(Ran { outcome, reason, tests, output: text[start..].to_owned() })
}

/// A throw-away worktree; gone when it is dropped.
pub(super) struct Worktree<'r> {
    root: &'r Path,
    pub(super) path: PathBuf,
}

impl<'r> Worktree<'r> {
    pub(super) fn add(root: &'r Path, path: &Path, commit: &str) -> anyhow::Result<Self> {
        let mut command = git::command(root);
        // The repository's own hooks have nothing to do with a throw-away checkout.
        command.args(["-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", "--quiet"]);
        command.arg(path).arg(commit);
        git::run(command).context("cannot make a worktree of the base")?;
        Ok(Self { root, path: path.to_path_buf() })
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        let mut command = git::command(self.root);
        command.args(["worktree", "remove", "--force"]).arg(&self.path);
        // What stays behind lies in the scratch folder, which the next run sweeps.
        let _ = git::run(command);
        let _ = git::text(self.root, ["worktree", "prune"]);
    }
}
