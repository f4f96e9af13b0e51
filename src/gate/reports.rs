//! The result files that a run left: JUnit XML and coverage, other ones than before the run.

mod coverage;
mod junit;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) use coverage::Lines;

use super::counts::Tests;
use super::stack::Folder;

/// Bytes of a report that are read; a larger one is left out, loudly.
const MOST: u64 = 64 << 20;

/// What the reports of a run say.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// Tests, from JUnit XML.
    pub(crate) tests: Option<Tests>,
    /// Lines that can be covered, by file as the report names it: whether each was reached.
    pub(crate) lines: BTreeMap<String, Lines>,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
    /// Files that could not be read, and why.
    pub(crate) problems: Vec<String>,
}

/// The reports that are there already, each with what changes when it is written again. The
/// clock is not asked: a file's time is coarser than it.
#[derive(Debug, Default)]
pub(crate) struct Old(BTreeMap<PathBuf, (Option<SystemTime>, u64, u64)>);

impl Old {
    /// Looks at the files that `patterns` name in `dir`.
    pub(crate) fn of(dir: &Path, patterns: &[String]) -> Self {
        let known = paths(dir, patterns).into_iter().filter_map(|path| {
            let meta = path.metadata().ok()?;
            Some((path, state(&meta)))
        });
        Self(known.collect())
    }
}

fn state(meta: &std::fs::Metadata) -> (Option<SystemTime>, u64, u64) {
    (meta.modified().ok(), meta.ino(), meta.len())
}

fn paths(dir: &Path, patterns: &[String]) -> Vec<PathBuf> {
    let folder = Folder::new(dir);
    let mut paths: Vec<PathBuf> = patterns.iter().flat_map(|pattern| folder.all(pattern)).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Reads the reports that `patterns` name in `dir` and that were written since `old` was taken.
pub(crate) fn read(dir: &Path, patterns: &[String], old: &Old) -> Read {
    let mut read = Read::default();
    for path in paths(dir, patterns) {
        let Ok(meta) = path.metadata() else { continue };
        // What an earlier run left says nothing of this one.
        if old.0.get(&path) == Some(&state(&meta)) {
            continue;
        }
        if meta.len() > MOST {
            read.problems.push(format!("{}: is over {} MiB", path.display(), MOST >> 20));
            continue;
        }
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                read.problems.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        match one(&text) {
            Ok(One::Tests(tests)) => {
                let sum = read.tests.get_or_insert_with(Tests::default);
                *sum = Tests {
                    passed: sum.passed.saturating_add(tests.passed),
                    failed: sum.failed.saturating_add(tests.failed),
                    skipped: sum.skipped.saturating_add(tests.skipped),
                };
            }
            Ok(One::Lines(files)) => {
                for (file, lines) in files {
                    let known = read.lines.entry(file).or_default();
                    for (line, reached) in lines {
                        *known.entry(line).or_default() |= reached;
                    }
                }
            }
            Err(problem) => {
                read.problems.push(format!("{}: {problem}", path.display()));
                continue;
            }
        }
        read.files.push(path);
    }
    read
}

enum One {
    Tests(Tests),
    Lines(BTreeMap<String, Lines>),
}

/// Knows the format by the text itself.
fn one(text: &str) -> Result<One, String> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('{') {
        return coverage::json(text).map(One::Lines);
    }
    if !start.starts_with('<') {
        return coverage::lcov(text).map(One::Lines);
    }
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| error.to_string())?;
    match document.root_element().tag_name().name() {
        "testsuites" | "testsuite" => Ok(One::Tests(junit::tests(&document))),
        "coverage" => coverage::cobertura(&document).map(One::Lines),
        "report" => coverage::jacoco(&document).map(One::Lines),
        other => Err(format!("<{other}> is no report that is known")),
    }
}
