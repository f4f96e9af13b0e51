//! What a change weakens: tests, assertions, thresholds, the files that decide how it is checked.
//!
//! Counts are compared over the whole change, so that a test that moved is none that is gone.

use std::path::Path;
use std::sync::LazyLock;

use ignore::gitignore::Gitignore;
use regex::bytes::{Regex, RegexBuilder};
use serde::Serialize;

use super::catalog::model::{LanguageFile, Weaker};
use super::catalog::{GUARDS, LANGUAGES};
use super::change::{Change, File};
use super::matcher;

/// What a person approves to accept findings.
pub const APPROVAL: &str = "tamper";

/// Findings that a summary spells out.
const SAID: usize = 8;

/// One way in which a change weakens its own checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The class: `tests-deleted`, `tests-skipped`, `assertions-fewer`, `threshold-lowered`,
    /// `guard-touched` or `suppression-added`.
    pub class: &'static str,
    /// The file.
    pub file: String,
    /// The line in the new file, where there is one.
    pub line: Option<u32>,
    /// What, in words.
    pub what: String,
}

/// The patterns of one language, compiled.
struct Language {
    file: &'static LanguageFile,
    cases: Vec<Regex>,
    skips: Vec<Regex>,
    assertions: Vec<Regex>,
    suppressions: Vec<Regex>,
}

static COMPILED: LazyLock<Vec<Language>> = LazyLock::new(|| {
    LANGUAGES
        .iter()
        .map(|file| Language {
            file,
            cases: compile(&file.cases),
            skips: compile(&file.skips),
            assertions: compile(&file.assertions),
            suppressions: compile(&file.suppressions),
        })
        .collect()
});

fn compile(patterns: &[String]) -> Vec<Regex> {
    // The build compiled each of them.
    patterns.iter().filter_map(|pattern| one(pattern)).collect()
}

fn one(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

fn hits(regexes: &[Regex], line: &str) -> bool {
    regexes.iter().any(|regex| regex.is_match(line.as_bytes()))
}

fn is_in(matcher: &Gitignore, path: &str) -> bool {
    matcher.matched_path_or_any_parents(path, false).is_ignore()
}

fn patterns(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// What a change weakens, by file.
///
/// # Errors
/// When a pattern of a data file cannot be used.
pub fn findings(root: &Path, change: &Change) -> anyhow::Result<Vec<Finding>> {
    let mut found = Vec::new();
    for language in COMPILED.iter() {
        let tests = matcher(root, &patterns(&language.file.tests))?;
        let of_tests: Vec<(&String, &File)> =
            change.files.iter().filter(|(path, _)| is_in(&tests, path)).collect();
        found.extend(language.fewer("tests-deleted", "tests", &language.cases, &of_tests));
        found.extend(language.fewer(
            "assertions-fewer",
            "assertions",
            &language.assertions,
            &of_tests,
        ));
        found.extend(language.more(
            "tests-skipped",
            "leaves tests out",
            &language.skips,
            &of_tests,
        ));
        let places = match language.file.suppressed.is_empty() {
            true => tests,
            false => matcher(root, &patterns(&language.file.suppressed))?,
        };
        let of_places: Vec<(&String, &File)> =
            change.files.iter().filter(|(path, _)| is_in(&places, path)).collect();
        found.extend(language.more(
            "suppression-added",
            "silences a tool",
            &language.suppressions,
            &of_places,
        ));
    }
    for guard in &GUARDS.guards {
        let files = matcher(root, &patterns(&guard.files))?;
        for (path, file) in change.files.iter().filter(|(path, _)| is_in(&files, path)) {
            let how = match (file.deleted, file.added) {
                (true, _) => "deleted",
                (_, true) => "new",
                _ => "changed",
            };
            let what = format!("{}: {how}", guard.what);
            found.push(Finding { class: "guard-touched", file: path.clone(), line: None, what });
        }
    }
    found.extend(thresholds(root, change)?);
    found.sort_by(|a, b| (&a.file, a.line, a.class).cmp(&(&b.file, b.line, b.class)));
    found.dedup();
    Ok(found)
}

impl Language {
    /// A finding for each file that lost more than it got, where the whole change did.
    fn fewer(
        &self,
        class: &'static str,
        noun: &str,
        regexes: &[Regex],
        files: &[(&String, &File)],
    ) -> Vec<Finding> {
        let count = |file: &File| -> (usize, usize) {
            (
                file.minus.iter().filter(|line| hits(regexes, line)).count(),
                file.plus.iter().filter(|(_, line)| hits(regexes, line)).count(),
            )
        };
        let counts: Vec<_> = files.iter().map(|(path, file)| (*path, *file, count(file))).collect();
        let gone: usize = counts.iter().map(|(.., (minus, _))| minus).sum();
        let come: usize = counts.iter().map(|(.., (_, plus))| plus).sum();
        if gone <= come {
            return Vec::new();
        }
        counts
            .into_iter()
            .filter(|(.., (minus, plus))| minus > plus)
            .map(|(path, file, (minus, plus))| Finding {
                class,
                file: path.clone(),
                line: None,
                what: match file.deleted {
                    true => format!("the file with {minus} {noun} is deleted"),
                    false => {
                        format!("{minus} {noun} are gone and {plus} came ({})", self.file.language)
                    }
                },
            })
            .collect()
    }

    /// A finding for each line that came, where more came than went.
    fn more(
        &self,
        class: &'static str,
        what: &str,
        regexes: &[Regex],
        files: &[(&String, &File)],
    ) -> Vec<Finding> {
        let mut found = Vec::new();
        for (path, file) in files {
            let mut gone: Vec<&str> = file
                .minus
                .iter()
                .filter(|line| hits(regexes, line))
                .map(|line| line.trim())
                .collect();
            for (number, line) in file.plus.iter().filter(|(_, line)| hits(regexes, line)) {
                // A line that only moved, or was indented, is not new.
                if let Some(at) = gone.iter().position(|old| *old == line.trim()) {
                    gone.swap_remove(at);
                    continue;
                }
                found.push(Finding {
                    class,
                    file: (*path).clone(),
                    line: Some(*number),
                    what: format!("this line {what}: {}", clip(line)),
                });
            }
        }
        found
    }
}

/// Numbers that became weaker, paired by what stands around them.
fn thresholds(root: &Path, change: &Change) -> anyhow::Result<Vec<Finding>> {
    let mut found = Vec::new();
    for threshold in &GUARDS.thresholds {
        let Some(regex) = one(&threshold.pattern) else { continue };
        let files = matcher(root, &patterns(&threshold.files))?;
        // The text with the number cut out, and the number.
        let read = |line: &str| -> Option<(Vec<u8>, f64)> {
            let number = regex.captures(line.as_bytes())?.get(1)?;
            let value = std::str::from_utf8(number.as_bytes()).ok()?.parse().ok()?;
            let bytes = line.trim().as_bytes();
            let start = number.start() - (line.len() - line.trim_start().len());
            let mut around = bytes[..start].to_vec();
            around.extend_from_slice(&bytes[start + number.as_bytes().len()..]);
            Some((around, value))
        };
        for (path, file) in change.files.iter().filter(|(path, _)| is_in(&files, path)) {
            let mut old: Vec<(Vec<u8>, f64)> =
                file.minus.iter().filter_map(|line| read(line)).collect();
            for (number, line) in &file.plus {
                let Some((around, value)) = read(line) else { continue };
                // The same line before, else any of its kind that went.
                let at = old.iter().position(|(before, _)| *before == around);
                let Some(at) = at.or_else(|| (!old.is_empty()).then_some(0)) else { continue };
                let (_, before) = old.swap_remove(at);
                let weaker = match threshold.weaker {
                    Weaker::Lower => value < before,
                    Weaker::Higher => value > before,
                };
                if weaker {
                    found.push(Finding {
                        class: "threshold-lowered",
                        file: path.clone(),
                        line: Some(*number),
                        what: format!("{} goes from {before} to {value}", threshold.what),
                    });
                }
            }
            for (_, before) in old.into_iter().filter(|_| !file.deleted) {
                found.push(Finding {
                    class: "threshold-lowered",
                    file: path.clone(),
                    line: None,
                    what: format!("{} of {before} is gone", threshold.what),
                });
            }
        }
    }
    Ok(found)
}

/// The findings in one sentence.
pub fn summary(found: &[Finding]) -> String {
    let mut said: Vec<String> = found.iter().take(SAID).map(Finding::words).collect();
    if found.len() > SAID {
        said.push(format!("and {} more (`portcullis gate tamper` lists all)", found.len() - SAID));
    }
    said.join("; ")
}

impl Finding {
    /// `class: file:line: what`.
    pub fn words(&self) -> String {
        match self.line {
            Some(line) => format!("{}: {}:{line}: {}", self.class, self.file, self.what),
            None => format!("{}: {}: {}", self.class, self.file, self.what),
        }
    }
}

fn clip(line: &str) -> String {
    let line = crate::secrets::redact(line.trim()).into_owned();
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
