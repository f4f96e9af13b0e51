//! Gates: a gate passes on a receipt that this binary wrote after running the check on that tree.

pub mod counts;
pub mod detect;
mod output;
pub mod receipt;
mod runner;
mod scratch;
pub mod tree;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::config::{Counts, FILE, Gate, Policy};
use crate::env::Env;
use crate::{journal, state};
use counts::Tests;
use receipt::{Ledger, Receipt, Status};
use runner::{End, Outcome};
use tree::Snapshot;

pub use tree::{NotARepository, commit_tree};

/// The gates that need no policy: their command is detected.
const BUILT_IN: &[&str] = &["test"];

/// At most so many changed paths are kept in a receipt.
const PATHS: usize = 20;

/// Why a gate has no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// Nobody defined it.
    #[error("no gate is called {gate:?}; known: {}; a gate is defined under `gates:` in {FILE}", known.join(", "))]
    Unknown {
        /// The name that was asked for.
        gate: String,
        /// The names that are defined.
        known: Vec<String>,
    },
    /// It is built in, and nothing in the project says how to run it.
    #[error(
        "the {gate} gate is not available: nothing at the root of {} says how its tests are run; \
         write to {FILE}:\n\ngates:\n  {gate}:\n    command: [program, argument]\n",
        root.display()
    )]
    NotAvailable {
        /// The gate.
        gate: String,
        /// Root of the project.
        root: PathBuf,
    },
}

/// A gate with the command that it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its definition.
    pub gate: Gate,
    /// Where the command comes from, in words.
    pub source: String,
}

impl Resolved {
    /// SHA-256 of everything that decides what the gate runs and how it is judged.
    pub fn config(&self) -> String {
        // Serialising strings and a number cannot fail.
        receipt::sha256(&serde_json::to_vec(&self.gate).unwrap_or_default())
    }
}

/// The names of all gates of a policy, built-in ones first.
pub fn names(policy: &Policy) -> Vec<String> {
    let built_in = BUILT_IN.iter().map(|&name| name.to_owned());
    let defined = policy.gates.keys().filter(|name| !BUILT_IN.contains(&name.as_str())).cloned();
    built_in.chain(defined).collect()
}

/// Finds the command of a gate: the policy's, else a detected one. `root` is the project's root.
///
/// # Errors
/// When there is no such gate, or none of its commands fits the project.
pub fn resolve(name: &str, policy: &Policy, root: &Path) -> Result<Resolved, GateError> {
    if let Some(gate) = policy.gates.get(name) {
        return Ok(Resolved { gate: gate.clone(), source: format!("{FILE}, gates.{name}") });
    }
    if !BUILT_IN.contains(&name) {
        return Err(GateError::Unknown { gate: name.to_owned(), known: names(policy) });
    }
    detect::detect(root)
        .map(|found| Resolved { gate: Gate::of(found.command), source: found.reason })
        .ok_or_else(|| GateError::NotAvailable { gate: name.to_owned(), root: root.to_path_buf() })
}

/// What the receipts say of one gate for one tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// The newest receipt for this tree and this command passed.
    Passed(Box<Receipt>),
    /// The newest receipt for this tree and this command did not pass.
    Failed(Box<Receipt>),
    /// There are receipts, for other trees or commands only.
    Stale(Box<Receipt>),
    /// There is none.
    NotRun,
}

impl Standing {
    /// One word: `passed`, `failed`, `stale` or `not_run`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Failed(_) => "failed",
            Self::Stale(_) => "stale",
            Self::NotRun => "not_run",
        }
    }

    /// The receipt that decides.
    pub const fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Passed(receipt) | Self::Failed(receipt) | Self::Stale(receipt) => Some(receipt),
            Self::NotRun => None,
        }
    }

    /// The standing in words, with the command that changes it. `tree` is what it was asked for.
    pub fn sentence(&self, gate: &str, tree: &str) -> String {
        let run = next(gate);
        match self {
            Self::Passed(receipt) => {
                let tests = receipt.tests.map(|tests| format!(" with {}", count(tests)));
                format!(
                    "the {gate} gate passed on this tree{} (receipt {})",
                    tests.unwrap_or_default(),
                    receipt.id
                )
            }
            Self::Failed(receipt) => format!(
                "the {gate} gate did not pass on this tree: {}: {}; mend it, then run `{run}`",
                receipt.status.words(),
                receipt.reason
            ),
            Self::Stale(receipt) if receipt.tree == tree => format!(
                "the {gate} gate ran on this tree with another command or setting; run `{run}`"
            ),
            Self::Stale(receipt) => format!(
                "the {gate} gate's last receipt ({}) is for tree {}, and the files are another tree now ({}); run `{run}`",
                receipt.status.words(),
                short(&receipt.tree),
                short(tree)
            ),
            Self::NotRun => format!("the {gate} gate has not been run here; run `{run}`"),
        }
    }
}

/// The command that runs a gate.
pub fn next(gate: &str) -> String {
    format!("portcullis gate run {gate}")
}

/// The start of a tree id, as shown to people.
pub fn short(tree: &str) -> &str {
    tree.get(..8).unwrap_or(tree)
}

/// Counts in words: `12 tests, 1 failed, 2 skipped`.
pub fn count(tests: Tests) -> String {
    let mut text = match tests.ran() {
        1 => "1 test".to_owned(),
        ran => format!("{ran} tests"),
    };
    for (number, word) in [(tests.failed, "failed"), (tests.skipped, "skipped")] {
        if number > 0 {
            text += &format!(", {number} {word}");
        }
    }
    text
}

/// Looks up the standing of `gate` for `tree` (a git tree id) in the repository of `dir`.
///
/// # Errors
/// When the gate is unknown or has no command ([`GateError`]), or the receipts cannot be read.
pub fn standing(
    gate: &str,
    tree: &str,
    policy: &Policy,
    dir: &Path,
    env: &Env,
) -> anyhow::Result<Standing> {
    let root = tree::repository(dir)?.root;
    let resolved = resolve(gate, policy, &root)?;
    let ledger = Ledger::read(&state_folder(&root, env)?)?;
    Ok(judge(gate, tree, &resolved.config(), &ledger.receipts))
}

/// As [`standing`], from receipts that were read already.
pub fn judge(gate: &str, tree: &str, config: &str, receipts: &[Receipt]) -> Standing {
    let mut of_gate = receipts.iter().rev().filter(|receipt| receipt.gate == gate);
    let Some(newest) = of_gate.clone().next() else { return Standing::NotRun };
    match of_gate.find(|receipt| receipt.tree == tree && receipt.config == config) {
        Some(receipt) if receipt.status == Status::Passed => {
            Standing::Passed(Box::new(receipt.clone()))
        }
        Some(receipt) => Standing::Failed(Box::new(receipt.clone())),
        None => Standing::Stale(Box::new(newest.clone())),
    }
}

/// The git tree id of the working tree as it is: tracked, staged, unstaged and untracked files,
/// without the ignored ones.
///
/// # Errors
/// When `dir` is not inside a git working tree or git fails.
pub fn working_tree(dir: &Path) -> anyhow::Result<String> {
    Ok(Snapshot::take(dir)?.tree)
}

/// Runs a gate on the tree as it is and writes the receipt. The command's output goes to `sink`.
///
/// # Errors
/// When the gate has no command ([`GateError`]), `dir` is in no working tree, git fails, the state
/// folder cannot be written, or a signal stopped the run: no receipt is written then.
pub fn run_gate(
    name: &str,
    policy: &Policy,
    dir: &Path,
    env: &Env,
    sink: &mut dyn Write,
) -> anyhow::Result<Receipt> {
    let root = tree::repository(dir)?.root;
    let resolved = resolve(name, policy, &root)?;
    let state = state_folder(&root, env)?;
    let _lock = lock(name, &root, &state, sink)?;

    let before = Snapshot::take(&root)?;
    let head = tree::head(&root);
    let started_ms = journal::now_ms();
    let started = Instant::now();
    let limit = Duration::from_secs(resolved.gate.timeout);
    let Outcome { end, output, summary } = runner::run(&resolved.gate.command, &root, limit, sink)?;
    let dur_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);

    let after = Snapshot::take(&root).and_then(|after| tree::changed_paths(&before, &after));
    let (status, reason) = verdict(name, &resolved.gate, &end, summary, &after);
    let mut changed_paths = after.unwrap_or_default();
    changed_paths.truncate(PATHS);
    let output = output.text();
    let receipt = Receipt {
        v: receipt::VERSION,
        id: String::new(),
        gate: name.to_owned(),
        tree: before.tree.clone(),
        config: resolved.config(),
        command: resolved
            .gate
            .command
            .iter()
            .map(|part| crate::secrets::redact(part).into_owned())
            .collect(),
        status,
        reason: crate::secrets::redact(&reason).into_owned(),
        exit_code: if let End::Exit(code) = end { Some(code) } else { None },
        signal: if let End::Signal(signal) = end { Some(signal) } else { None },
        tests: summary.tests,
        started_ms,
        dur_ms,
        output_sha256: receipt::sha256(output.as_bytes()),
        head,
        worktree: root.to_string_lossy().into_owned(),
        portcullis: env!("CARGO_PKG_VERSION").to_owned(),
        changed_paths,
        prev: String::new(),
    };
    receipt::append(&state, receipt, &output)
}

/// The status of a run and the reason for it.
fn verdict(
    name: &str,
    gate: &Gate,
    end: &End,
    summary: counts::Summary,
    after: &anyhow::Result<Vec<String>>,
) -> (Status, String) {
    let tests = summary.tests.unwrap_or_default();
    let command = gate.command.join(" ");
    let (status, reason) = match end {
        End::NotStarted(why) => {
            return (
                Status::Error,
                format!(
                    "`{command}` cannot be started: {why}; install it or change gates.{name}.command in {FILE}"
                ),
            );
        }
        End::TimedOut => {
            return (
                Status::TimedOut,
                format!(
                    "`{command}` was killed after {} s; raise gates.{name}.timeout in {FILE} or find out what hangs",
                    gate.timeout
                ),
            );
        }
        End::Signal(signal) => {
            return (Status::Failed, format!("`{command}` was ended by signal {signal}"));
        }
        // 5 is what pytest and unittest end with when they found no test.
        End::Exit(code) if *code != 0 && !(*code == 5 && summary.said_none && tests.ran() == 0) => {
            let counted = summary.tests.map(|tests| format!(" ({})", count(tests)));
            return (
                Status::Failed,
                format!("`{command}` ended with code {code}{}", counted.unwrap_or_default()),
            );
        }
        End::Exit(code) => match (gate.counts, summary.tests) {
            (Counts::ExitCode, _) if *code == 0 => {
                (Status::Passed, format!("`{command}` ended with code 0, which decides by policy"))
            }
            (_, Some(tests)) if tests.failed > 0 => {
                return (
                    Status::Failed,
                    format!("`{command}` ended with code 0, but its output says {}", count(tests)),
                );
            }
            (_, Some(tests)) if tests.passed > 0 => (Status::Passed, count(tests)),
            (_, Some(tests)) if tests.skipped > 0 => (
                Status::NotRun,
                format!("`{command}` ran no test: all {} were skipped", tests.skipped),
            ),
            (_, None) if !summary.said_none => (
                Status::NotRun,
                format!(
                    "no number of tests can be read from what `{command}` printed; write `counts: exit-code` under gates.{name} in {FILE} if its exit code is enough, or let it print `N passed, N failed`"
                ),
            ),
            _ => (Status::NotRun, format!("`{command}` ran no test: it found none")),
        },
    };
    match after {
        Ok(paths) if paths.is_empty() => (status, reason),
        Ok(paths) => {
            let shown: Vec<_> = paths.iter().take(5).map(String::as_str).collect();
            let more = match paths.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            (
                Status::Changed,
                format!(
                    "the working tree changed while the gate ran: {}{more}; if the command writes them, ignore them in .gitignore or clean them up, then run it again",
                    shown.join(", ")
                ),
            )
        }
        Err(error) => {
            (Status::Error, format!("the working tree cannot be read after the run: {error:#}"))
        }
    }
}

/// The state folder of a repository.
pub(crate) fn state_folder(root: &Path, env: &Env) -> anyhow::Result<PathBuf> {
    state::folder(root, env).context("there is no state folder (no repository and no HOME)")
}

/// One run of a gate at a time in a working tree; a second one waits. The lock goes with the
/// process, however that ends.
fn lock(name: &str, root: &Path, state: &Path, sink: &mut dyn Write) -> anyhow::Result<File> {
    let folder = state.join("locks");
    let key =
        receipt::sha256(&[name.as_bytes(), b"\0", root.as_os_str().as_encoded_bytes()].concat());
    let file = folder.join(format!("gate-{}", &key[..16]));
    let about = || format!("cannot lock {}", file.display());
    std::fs::create_dir_all(&folder).with_context(about)?;
    let lock = File::create(&file).with_context(about)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let _ =
                writeln!(sink, "the {name} gate runs in this working tree already; waiting for it");
            let _ = sink.flush();
            lock.lock().with_context(about)?;
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(error).with_context(about),
    }
    Ok(lock)
}
