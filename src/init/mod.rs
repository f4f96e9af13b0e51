//! What a project's `CLAUDE.md` should say, found from its files, and how it joins what is there.

pub mod commands;
pub mod merge;
pub mod parts;
pub mod standards;

use std::path::{Path, PathBuf};

use crate::config::Policy;
use crate::gate::plan::{self, Act};

/// The file that the client reads at the start of a session.
pub const FILE: &str = "CLAUDE.md";

/// A section and its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Its lines, each one item of a list.
    pub items: Vec<String>,
}

/// Files looked at, at most; a repository with more is described by what comes first.
const MOST_FILES: usize = 50_000;

/// The files of a project, as paths from its root, without what ignore files name.
#[derive(Debug)]
pub struct Files {
    /// The root.
    pub root: PathBuf,
    /// Sorted paths, with `/`.
    pub paths: Vec<String>,
}

impl Files {
    /// Lists the files under `root`.
    pub fn of(root: &Path) -> Self {
        let walk = ignore::WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        let mut paths: Vec<String> = walk
            .flatten()
            .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
            .filter_map(|entry| {
                Some(entry.path().strip_prefix(root).ok()?.to_str()?.replace('\\', "/"))
            })
            .take(MOST_FILES)
            .collect();
        paths.sort();
        Self { root: root.to_path_buf(), paths }
    }

    /// Whether this file is there.
    pub fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok()
    }

    /// The first of these files that is there.
    pub fn first<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| self.has(name))
    }

    /// The text of a file at most 1 MiB long; none when it is not there.
    pub fn text(&self, path: &str) -> Option<String> {
        let file = self.root.join(path);
        let size = std::fs::metadata(&file).ok()?.len();
        (self.has(path) && size <= 1 << 20).then(|| std::fs::read_to_string(file).ok())?
    }
}

/// Whether a name can stand in prose that a model reads as instructions: letters, digits and the
/// usual marks of paths, so that no file name brings sentences, links or code marks in.
pub fn plain(name: &str) -> bool {
    name.len() <= 200
        && name.chars().all(|letter| letter.is_alphanumeric() || "._/@+-".contains(letter))
}

/// The command by which the test gate runs this project's tests, as one line.
fn tests(root: &Path) -> Option<String> {
    let plan = plan::sketch("test", &Policy::default(), root).ok()?;
    plan.steps.into_iter().find_map(|step| match step.act {
        Act::Run(candidates) => candidates.into_iter().next().map(|first| first.command.join(" ")),
        Act::Own(_) | Act::Missing => None,
    })
}

/// The sections for the project at `root`. One without anything found is left out.
pub fn sections(root: &Path) -> Vec<Section> {
    let files = Files::of(root);
    let gate = tests(root);
    let mut guidelines = vec![
        "The last step before a report of finished work is `portcullis gate run test`; an edit after it voids its receipt.".to_owned(),
        "A refused call names a rule: read `portcullis explain ID`, and do not try the same effect by another command.".to_owned(),
    ];
    guidelines.extend(standards::guidelines(&files));
    let all = [
        Section { title: "Architecture", items: parts::architecture(&files) },
        Section { title: "Standards", items: standards::standards(&files) },
        Section { title: "Commands", items: commands::commands(&files, gate.as_deref()) },
        Section { title: "Guidelines", items: guidelines },
    ];
    all.into_iter().filter(|section| !section.items.is_empty()).collect()
}
