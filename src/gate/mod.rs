//! Gates: a gate passes on a receipt that this binary wrote after running the check on that tree.

mod allow;
pub mod approval;
pub mod backstop;
mod breaker;
pub(crate) mod catalog;
pub mod change;
pub mod counts;
mod ends;
mod fault;
mod fresh;
mod installed;
pub mod measure;
mod output;
mod own;
pub mod plan;
mod progress;
pub mod prove;
pub mod receipt;
pub(crate) mod relief;
mod reports;
mod run;
mod runner;
mod scratch;
mod serve;
mod stack;
mod store;
pub mod tamper;
pub mod tree;
pub mod verdict;
mod web;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config::{FILE, Policy};
use crate::digest;
use crate::env::Env;
use crate::state;
use counts::Tests;
use receipt::{Ledger, Receipt, Status};
use tree::Snapshot;

pub(crate) use installed::{chosen, not_installed};
pub(crate) use own::records;
pub use run::{Options, run_gate};
pub use tree::{NotARepository, commit_tree};

/// The boundaries that the policy can name, besides `phase:NAME`.
pub const BOUNDARIES: &[&str] =
    &["commit", "push", "publish", "release", "deploy", "done", "worker"];

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
        "the {gate} gate is not available: nothing in {} says how it is run; \
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

/// Whether a gate is one of the built-in ones.
pub fn is_built_in(name: &str) -> bool {
    catalog::gate(name).is_some()
}

/// The names of all gates of a policy: the built-in ones in the order of the pipeline, then others.
pub fn names(policy: &Policy) -> Vec<String> {
    let built_in = plan::built_in().map(str::to_owned);
    let defined = policy.gates.keys().filter(|name| !is_built_in(name)).cloned();
    built_in.chain(defined).collect()
}

/// Compiles patterns in the form of `.gitignore` lines.
pub(crate) fn matcher(
    root: &Path,
    patterns: &[&str],
) -> anyhow::Result<ignore::gitignore::Gitignore> {
    let mut builder = ignore::gitignore::GitignoreBuilder::new(root);
    for pattern in patterns {
        builder.add_line(None, pattern).with_context(|| format!("{pattern:?} is no pattern"))?;
    }
    Ok(builder.build()?)
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
    let plan = plan::plan(gate, policy, &root)?;
    let ledger = Ledger::read(&state_folder(&root, env)?)?;
    Ok(judge(gate, tree, &plan.config(policy), &ledger.receipts))
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

/// The state folder of a repository.
pub(crate) fn state_folder(root: &Path, env: &Env) -> anyhow::Result<PathBuf> {
    state::folder(root, env).context("there is no state folder (no repository and no HOME)")
}

/// One run of a gate at a time in a working tree; a second one waits. The lock goes with the
/// process, however that ends.
fn lock(name: &str, root: &Path, state: &Path, sink: &mut dyn Write) -> anyhow::Result<File> {
    let folder = state.join("locks");
    let key =
        digest::sha256([name.as_bytes(), b"\0", root.as_os_str().as_encoded_bytes()].concat());
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
