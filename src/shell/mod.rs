//! A command line -> the simple commands it really runs -> the guarded actions among them.

use std::path::{Path, PathBuf};

/// One command that a line would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Program and arguments, quotes removed.
    pub words: Vec<Word>,
    /// Files its redirections write.
    pub writes: Vec<Word>,
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, Word)>,
    /// The folder it runs in: the line's, moved by literal `cd`s; `None` when that cannot be told.
    pub dir: Option<PathBuf>,
}

/// A word, and whether it is known for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text as far as it is known.
    pub text: String,
    /// False when an expansion stands in it whose value the line does not give.
    pub certain: bool,
}

/// What a line would do, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The commands, in the order they stand in the line, those of nested shells included.
    pub commands: Vec<SimpleCommand>,
    /// Why parts could not be read; empty when all was.
    pub unsure: Vec<String>,
}

/// Something a boundary guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// `commit`, `push`, `publish`, `release`, `deploy`, `destroy`.
    pub kind: &'static str,
    /// Index into [`Reading::commands`].
    pub command: usize,
}

/// Reads a line that would run in `dir`.
pub fn read(_line: &str, _dir: &Path) -> Reading {
    Reading::default()
}

/// The guarded actions of a reading.
pub fn actions(_reading: &Reading) -> Vec<Action> {
    Vec::new()
}

/// Whether a text holds a word that pushes, publishes or deploys. A superset of what [`actions`]
/// finds; allocates nothing and cannot fail, because it decides what a failure means.
pub fn hints_boundary(_text: &[u8]) -> bool {
    false
}
