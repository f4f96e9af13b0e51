//! Installing into a project, taking everything out again, and proving that it works.
//!
//! [`apply`] puts in and [`remove`] takes out, both by the [`manifest`]; [`settings`] merges and
//! unmerges the one file that is not ours; [`probe`] asks the wired process about every check.

pub mod apply;
pub mod files;
pub mod git_backstop;
pub mod layout;
pub mod manifest;
pub mod probe;
pub mod remove;
pub mod scratch;
pub mod settings;
pub mod wiring;

use std::path::PathBuf;

/// Something a person has to change before the work can be done. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}; {way_out}", file.display())]
pub struct Obstacle {
    /// The file or folder in the way.
    pub file: PathBuf,
    /// What is wrong with it, with key and value where there are any.
    pub problem: String,
    /// What to do.
    pub way_out: String,
}

impl Obstacle {
    /// An obstacle at `file`.
    pub fn new(
        file: impl Into<PathBuf>,
        problem: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self { file: file.into(), problem: problem.into(), way_out: way_out.into() }
    }
}
