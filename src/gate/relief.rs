//! What opens a boundary besides a receipt: nothing but documentation changed, or a person let it pass.

use std::path::Path;

use super::approval::{self, Given};
use super::receipt::{Ledger, Receipt, Status};
use super::{Standing, judge, matcher, plan, short, state_folder};
use crate::config::Policy;
use crate::env::Env;
use crate::{git, journal};

/// Text that nothing reads as code. What an agent is made of is code.
const DOCUMENTS: &[&str] = &[
    "*.md",
    "*.markdown",
    "*.rst",
    "*.adoc",
    "docs/**/*.png",
    "docs/**/*.svg",
    "docs/**/*.jpg",
    "docs/**/*.gif",
    "LICENSE",
    "LICENSE-*",
    "COPYING",
    "NOTICE",
    "AUTHORS",
    "!CLAUDE.md",
    "!AGENTS.md",
    "!SKILL.md",
    "!.claude/**",
    "!agents/**",
    "!commands/**",
    "!skills/**",
    "!**/templates/**",
    "!**/fixtures/**",
    "!**/testdata/**",
];

/// Passed receipts that are compared with, newest first.
const RECEIPTS: usize = 20;

/// The patterns of documents; none where the policy says that nothing is one.
fn documents(policy: &Policy, root: &Path) -> anyhow::Result<Option<ignore::gitignore::Gitignore>> {
    let patterns: Vec<&str> = match &policy.docs_only {
        Some(patterns) if patterns.is_empty() => return Ok(None),
        Some(patterns) => patterns.iter().map(String::as_str).collect(),
        None => DOCUMENTS.to_vec(),
    };
    matcher(root, &patterns).map(Some)
}

/// Whether all of these files are documents.
pub(crate) fn are_documents<'a>(
    mut paths: impl Iterator<Item = &'a str>,
    policy: &Policy,
    root: &Path,
) -> anyhow::Result<bool> {
    let Some(matcher) = documents(policy, root)? else { return Ok(false) };
    Ok(paths.all(|path| matcher.matched_path_or_any_parents(path, false).is_ignore()))
}

/// Why a gate need not run for a tree: only documents differ from a tree on which it passed, or,
/// for a push, from what the remote has. `None` when something else differs.
pub(crate) fn only_documents(
    boundary: &str,
    gate: &str,
    tree: &str,
    policy: &Policy,
    root: &Path,
    env: &Env,
) -> anyhow::Result<Option<String>> {
    let Some(matcher) = documents(policy, root)? else { return Ok(None) };
    // How many files differ, when all of them are documents.
    let differ = |other: &str| -> Option<usize> {
        let args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", other, tree];
        let listed = git::text(root, args).ok()?;
        let mut paths = listed.split('\0').filter(|path| !path.is_empty());
        let count = paths.clone().count();
        paths
            .all(|path| matcher.matched_path_or_any_parents(path, false).is_ignore())
            .then_some(count)
    };
    let ledger = Ledger::read(&state_folder(root, env)?)?;
    let config = plan::plan(gate, policy, root)?.config(policy);
    let passed = |receipt: &&Receipt| {
        receipt.gate == gate && receipt.config == config && receipt.status == Status::Passed
    };
    for receipt in ledger.receipts.iter().rev().filter(passed).take(RECEIPTS) {
        // The newest receipt for that tree decides, and it may not be this one.
        let standing = judge(gate, &receipt.tree, &config, &ledger.receipts);
        if matches!(standing, Standing::Passed(_))
            && let Some(count) = differ(&receipt.tree)
        {
            return Ok(Some(format!(
                "{count} documents differ from tree {}, on which it passed (receipt {})",
                short(&receipt.tree),
                receipt.id
            )));
        }
    }
    if boundary == "push" {
        for upstream in ["@{upstream}", "refs/remotes/origin/HEAD"] {
            let there =
                git::text(root, ["rev-parse", "--verify", "-q", &format!("{upstream}^{{tree}}")]);
            if let Some(count) = there.ok().and_then(|there| differ(&there)) {
                return Ok(Some(format!("{count} documents differ from what the remote has")));
            }
        }
    }
    Ok(None)
}

/// The bypass that holds for this boundary and tree, with its id.
pub(crate) fn bypass(
    boundary: &str,
    tree: &str,
    root: &Path,
    env: &Env,
) -> anyhow::Result<Option<(String, Given)>> {
    let state = state_folder(root, env)?;
    approval::standing(&state, approval::Kind::Bypass, boundary, Some(tree), journal::now_ms())
}
