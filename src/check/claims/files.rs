//! `claims-files`: `files_changed` against the diff and the agent's own calls, in both directions.
//!
//! A file that a sibling changed is neither a lie nor an omission. A file that was changed and changed back, or that git
//! ignores, is known by the agent's own call or by the time it was written.

use super::facts::Facts;
use super::paths::candidates;
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields::{self, Problem};
use crate::run::report::Report;

/// Compares the list with what is known.
pub(super) fn judge(report: &Report, facts: &Facts) -> Option<Finding> {
    let (root, change) = (facts.root()?, facts.change()?);
    let own = facts.own_writes();
    let cwd = &facts.context().cwd;
    let mut problems = Vec::new();
    let mut named = Vec::new();
    for (index, entry) in report.files_changed.iter().enumerate() {
        let paths = candidates(entry, root, cwd);
        let is_true = |path: &String| {
            let below = format!("{path}/");
            // A folder with something changed in it, or a file in a submodule that changed.
            let around = |other: &String| {
                other == path
                    || other.starts_with(&below)
                    || path.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            let file = !root.join(path).is_dir();
            change.since_any.iter().any(around)
                || own.iter().any(around)
                || file && facts.is_fresh(path)
        };
        match paths.iter().find(|path| is_true(path)) {
            Some(_) => named.extend(paths),
            None if facts.has_written(entry) => {}
            None => {
                problems.push(Problem::new(
                    format!("files_changed[{index}]"),
                    why(entry, &paths, facts),
                ));
            }
        }
    }
    let covered = |path: &str| {
        named.iter().any(|name| {
            name == path
                || path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    for (path, how) in facts.attributed() {
        if !covered(&path) {
            problems.push(Problem::new("files_changed", format!("{path} is missing: {how}")));
        }
    }
    if problems.is_empty() {
        return None;
    }
    Some(
        Finding::new("claims-files", Verdict::Deny, fields::listed(&problems)).way_out(
            "name each file that you changed and no other, relative to the root of the project; undo what you did not mean to change",
        ),
    )
}

/// Why an entry is not true.
fn why(entry: &str, paths: &[String], facts: &Facts) -> String {
    let entry: String = entry.chars().take(80).collect();
    let Some(path) = paths.first() else {
        return format!("{entry:?} is outside of the project, and no call of yours wrote it");
    };
    let there = facts.root().is_some_and(|root| root.join(path).symlink_metadata().is_ok());
    match there {
        true => format!("{entry:?} is as it was before, and no call of yours wrote it"),
        false => format!("{entry:?} is not there, and was not there before"),
    }
}
