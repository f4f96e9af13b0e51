//! Gates: a gate passes on a receipt that this binary wrote after running the check on that tree.

pub mod receipt;

use std::path::Path;

use crate::config::Policy;
use crate::env::Env;
use receipt::Receipt;

/// What the receipts say of one gate for one tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// The newest receipt for this tree and this command passed.
    Passed(Box<Receipt>),
    /// The newest receipt for this tree and this command did not pass.
    Failed(Box<Receipt>),
    /// There are receipts, for other trees only.
    Stale(Box<Receipt>),
    /// There is none.
    NotRun,
}

/// Looks up the standing of `gate` for `tree` (a git tree id) in the repository of `dir`.
///
/// # Errors
/// When the receipts cannot be read.
pub fn standing(
    _gate: &str,
    _tree: &str,
    _policy: &Policy,
    _dir: &Path,
    _env: &Env,
) -> anyhow::Result<Standing> {
    anyhow::bail!("SKELETON")
}

/// The git tree id of the working tree as it is: tracked, staged, unstaged and untracked files,
/// without the ignored ones.
///
/// # Errors
/// When `dir` is not inside a git working tree or git fails.
pub fn working_tree(_dir: &Path) -> anyhow::Result<String> {
    anyhow::bail!("SKELETON")
}
