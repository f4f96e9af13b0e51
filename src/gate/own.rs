//! The checks that are no command: coverage, verdicts, records, declarations, approval.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::catalog::model::By;
use super::change::{self, Change};
use super::plan::Own;
use super::receipt::{CheckStatus, Covered};
use super::reports::Lines;
use super::verdict::{self, Verdict};
use super::{approval, short, tamper, tree, web};
use crate::config::Policy;
use crate::digest;

/// What such a check looks at.
pub(super) struct Scene<'a> {
    pub(super) root: &'a Path,
    pub(super) state: &'a Path,
    pub(super) policy: &'a Policy,
    pub(super) gate: &'a str,
    pub(super) tree: &'a str,
    /// Coverage that the run's commands left, by file.
    pub(super) lines: &'a BTreeMap<String, Lines>,
    pub(super) change: OnceCell<Result<Change, String>>,
}

/// What it found.
pub(super) struct Answer {
    pub(super) status: CheckStatus,
    pub(super) reason: String,
    pub(super) coverage: Option<Covered>,
}

impl Answer {
    pub(super) fn new(status: CheckStatus, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), coverage: None }
    }
}

impl Scene<'_> {
    fn change(&self) -> Result<&Change, &String> {
        let found = self.change.get_or_init(|| {
            change::base(self.root, self.policy)
                .and_then(|base| change::of(self.root, base))
                .map_err(|error| format!("{error:#}"))
        });
        found.as_ref()
    }

    /// Judges one check.
    pub(super) fn judge(&self, own: &Own) -> Answer {
        let answer = match own.by {
            By::Coverage => self.coverage(),
            By::Verdict => self.verdict(&own.roles),
            By::Record => self.record(&own.roles),
            By::Tamper => self.tamper(),
            By::Declared => self.declared(&own.key),
            By::Committed => self.committed(),
            By::Approval => self.approval(),
            By::Bundle => web::bundle(self.root, self.policy),
            By::Pages => Ok(Answer::new(
                CheckStatus::NotRun,
                format!("web.pages names no page; write its address to {}", crate::config::FILE),
            )),
            By::Command => Ok(Answer::new(CheckStatus::NotAvailable, "it has no command")),
        };
        answer.unwrap_or_else(|error| Answer::new(CheckStatus::Error, format!("{error:#}")))
    }

    fn coverage(&self) -> anyhow::Result<Answer> {
        if self.lines.is_empty() {
            return Ok(Answer::new(
                CheckStatus::NotAvailable,
                "no command of this run left a coverage report (lcov, cobertura, JaCoCo, llvm-cov or coverage.py JSON)",
            ));
        }
        let share = |reached: u64, all: u64| {
            #[expect(clippy::cast_precision_loss, reason = "line counts are small")]
            let percent = if all == 0 { 100.0 } else { reached as f64 * 100.0 / all as f64 };
            (percent * 100.0).round() / 100.0
        };
        let (mut reached, mut all) = (0, 0);
        for covered in self.lines.values().flat_map(BTreeMap::values) {
            all += 1;
            reached += u64::from(*covered);
        }
        let change = self.change().map_err(|error| anyhow::anyhow!("{error}"))?;
        let (mut changed_reached, mut changed) = (0, 0);
        for (path, file) in &change.files {
            let Some(lines) = of_file(self.lines, path, self.root) else { continue };
            for (number, _) in &file.plus {
                if let Some(covered) = lines.get(number) {
                    changed += 1;
                    changed_reached += u64::from(*covered);
                }
            }
        }
        let covered = Covered {
            lines: share(reached, all),
            changed: (changed > 0).then(|| share(changed_reached, changed)),
            changed_lines: changed,
        };
        let least = self.policy.coverage;
        let mut said = format!("{} % of {all} lines", covered.lines);
        let mut wrong = Vec::new();
        if covered.lines < least.lines {
            wrong.push(format!(
                "{} % of all lines, at least {} are wanted",
                covered.lines, least.lines
            ));
        }
        if let Some(part) = covered.changed {
            said += &format!(", {part} % of {changed} changed lines");
            if part < least.changed {
                wrong.push(format!(
                    "{part} % of the {changed} changed lines, at least {} are wanted",
                    least.changed
                ));
            }
        }
        let mut answer = match wrong.is_empty() {
            true => Answer::new(CheckStatus::Passed, format!("the tests reach {said}")),
            false => {
                Answer::new(CheckStatus::Failed, format!("the tests reach {}", wrong.join("; ")))
            }
        };
        answer.coverage = Some(covered);
        Ok(answer)
    }

    fn newest(
        &self,
        roles: &[String],
        fits: impl Fn(&Verdict) -> bool,
    ) -> anyhow::Result<Option<(String, Verdict)>> {
        let all = verdict::all(self.state)?;
        Ok(all
            .into_iter()
            .rev()
            .find(|(_, verdict)| roles.contains(&verdict.role) && fits(verdict)))
    }

    fn verdict(&self, roles: &[String]) -> anyhow::Result<Answer> {
        let who = roles.join(" or ");
        let of_tree = |verdict: &Verdict| verdict.after == self.tree;
        let Some((id, verdict)) = self.newest(roles, of_tree)? else {
            let reason = match self.newest(roles, |_| true)? {
                Some((_, stale)) => format!(
                    "the last verdict of {who} is for tree {}, and the files are another tree now ({}); have it read this one",
                    short(&stale.after),
                    short(self.tree)
                ),
                None => format!("no {who} gave a verdict here; start the agent on this tree"),
            };
            return Ok(Answer::new(CheckStatus::NotRun, reason));
        };
        if let Some(why) = verdict.void() {
            return Ok(Answer::new(
                CheckStatus::NotRun,
                format!("the verdict {id} does not count: {why}"),
            ));
        }
        Ok(match verdict.approve {
            true => Answer::new(
                CheckStatus::Passed,
                format!("{} {} approved this tree (verdict {id})", verdict.role, verdict.agent),
            ),
            false => Answer::new(
                CheckStatus::Failed,
                format!(
                    "{} {} asks for changes (verdict {id}): {}",
                    verdict.role, verdict.agent, verdict.summary
                ),
            ),
        })
    }

    fn record(&self, roles: &[String]) -> anyhow::Result<Answer> {
        let change = self.change().map_err(|error| anyhow::anyhow!("{error}"))?;
        let matcher = records_matcher(self.root, self.policy)?;
        let changed: Vec<&String> = change
            .files
            .iter()
            .filter(|(path, file)| {
                !file.deleted && matcher.matched(path.as_str(), false).is_ignore()
            })
            .map(|(path, _)| path)
            .collect();
        if changed.is_empty() {
            return Ok(Answer::new(
                CheckStatus::NotRun,
                format!(
                    "no design record is among the changed files; write one ({})",
                    record_patterns(self.policy).join(", ")
                ),
            ));
        }
        let now = records(self.root, self.policy)?;
        let same = |verdict: &Verdict| {
            changed.iter().all(|path| {
                verdict
                    .records
                    .get(path.as_str())
                    .is_some_and(|hash| now.get(path.as_str()) == Some(hash))
            })
        };
        let names = changed.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ");
        let Some((id, verdict)) = self.newest(roles, same)? else {
            return Ok(Answer::new(
                CheckStatus::NotRun,
                format!("no {} gave a verdict on {names} as it is now", roles.join(" or ")),
            ));
        };
        Ok(match verdict.approve {
            true => Answer::new(
                CheckStatus::Passed,
                format!("{} found {names} feasible (verdict {id})", verdict.role),
            ),
            false => Answer::new(
                CheckStatus::Failed,
                format!(
                    "{} did not find {names} feasible (verdict {id}): {}",
                    verdict.role, verdict.summary
                ),
            ),
        })
    }

    fn tamper(&self) -> anyhow::Result<Answer> {
        let change = self.change().map_err(|error| anyhow::anyhow!("{error}"))?;
        let found = tamper::findings(self.root, change)?;
        if found.is_empty() {
            return Ok(Answer::new(
                CheckStatus::Passed,
                "no test, threshold or guard was weakened",
            ));
        }
        let said = tamper::summary(&found);
        let now = crate::journal::now_ms();
        let given = approval::standing(
            self.state,
            approval::Kind::Approve,
            tamper::APPROVAL,
            Some(self.tree),
            now,
        )?;
        Ok(match given {
            Some((id, given)) => Answer::new(
                CheckStatus::Passed,
                format!("{} accepted this (approval {id}: {}): {said}", given.who, given.reason),
            ),
            None => Answer::new(
                CheckStatus::Failed,
                format!(
                    "{said}; undo it, or the person says why: `/approve {} WHY`",
                    tamper::APPROVAL
                ),
            ),
        })
    }

    fn declared(&self, key: &str) -> anyhow::Result<Answer> {
        let deploy = serde_json::to_value(&self.policy.deploy)?;
        let said = deploy.get(key).filter(|value| match value {
            serde_json::Value::String(text) => !text.trim().is_empty(),
            serde_json::Value::Array(words) => !words.is_empty(),
            _ => false,
        });
        Ok(match said {
            Some(_) => {
                Answer::new(CheckStatus::Passed, format!("deploy.{key} is declared in the policy"))
            }
            None => Answer::new(
                CheckStatus::NotAvailable,
                format!("deploy.{key} is not declared; write it to {}", crate::config::FILE),
            ),
        })
    }

    fn committed(&self) -> anyhow::Result<Answer> {
        let Some(head) = tree::head(self.root) else {
            return Ok(Answer::new(CheckStatus::Failed, "there is no commit yet"));
        };
        Ok(match tree::commit_tree(self.root, &head)? == self.tree {
            true => Answer::new(
                CheckStatus::Passed,
                format!("the working tree is commit {}", short(&head)),
            ),
            false => Answer::new(
                CheckStatus::Failed,
                "the working tree holds changes that are not committed (see `git status`)",
            ),
        })
    }

    fn approval(&self) -> anyhow::Result<Answer> {
        let now = crate::journal::now_ms();
        Ok(
            match approval::standing(
                self.state,
                approval::Kind::Approve,
                self.gate,
                Some(self.tree),
                now,
            )? {
                Some((id, given)) => Answer::new(
                    CheckStatus::Passed,
                    format!("{} approved this tree (approval {id})", given.who),
                ),
                None => Answer::new(
                    CheckStatus::NotRun,
                    format!(
                        "no person approved this tree; the person types `/approve {}` in an attended session",
                        self.gate
                    ),
                ),
            },
        )
    }
}

/// Patterns of design records when the policy names none.
const RECORDS: &[&str] = &[
    "docs/design/**",
    "docs/designs/**",
    "docs/adr/**",
    "docs/decisions/**",
    "doc/adr/**",
    "design/**/*.md",
    "adr/**/*.md",
];

fn record_patterns(policy: &Policy) -> Vec<&str> {
    match &policy.design_records {
        Some(patterns) => patterns.iter().map(String::as_str).collect(),
        None => RECORDS.to_vec(),
    }
}

fn records_matcher(root: &Path, policy: &Policy) -> anyhow::Result<ignore::gitignore::Gitignore> {
    super::matcher(root, &record_patterns(policy))
}

/// SHA-256 of every design record of a working tree, by path.
pub(crate) fn records(root: &Path, policy: &Policy) -> anyhow::Result<BTreeMap<String, String>> {
    let matcher = records_matcher(root, policy)?;
    let listed = crate::git::text(
        root,
        ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    )?;
    let mut found = BTreeMap::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        if matcher.matched(path, false).is_ignore()
            && let Ok(bytes) = std::fs::read(root.join(path))
        {
            found.insert(path.to_owned(), digest::sha256(&bytes));
        }
    }
    Ok(found)
}

/// The lines of a file in reports that name files in their own way: absolute, relative to a
/// source folder, or with a package for a folder.
fn of_file<'l>(lines: &'l BTreeMap<String, Lines>, path: &str, root: &Path) -> Option<&'l Lines> {
    let absolute = root.join(path);
    lines.get(path).or_else(|| lines.get(&*absolute.to_string_lossy())).or_else(|| {
        let ends = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let mut fitting = lines.iter().filter(|(name, _)| {
            let name = name.strip_prefix("./").unwrap_or(name);
            ends(path, name) || (!name.starts_with('/') && ends(name, path))
        });
        let first = fitting.next();
        // Two files of the same name cannot be told apart.
        first.filter(|_| fitting.next().is_none()).map(|(_, lines)| lines)
    })
}
