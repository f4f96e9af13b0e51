//! A command line -> the simple commands it really runs -> the guarded actions among them.
//!
//! [`read`] walks the syntax tree of the line (tree-sitter-bash), follows what the line itself
//! decides (quotes, variables, functions, nested shells, wrappers) and says where it cannot.
//! [`actions`] looks the commands up in `gates/actions.yaml`, compiled in by `build/actions.rs`.

mod action;
mod expand;
mod options;
mod peel;
mod redirect;
mod tree;
mod word;

use std::path::{Path, PathBuf};

pub use action::{Action, ActionKind, Row, actions, hints_boundary, rows};

/// Longest line that is read, in bytes: 256 KiB.
pub const LONGEST: usize = 256 << 10;

/// One command that a line would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Program and arguments, quotes removed, wrappers such as `env` and `sudo` taken off. Empty
    /// when the line only redirects.
    pub words: Vec<Word>,
    /// Files its redirections write.
    pub writes: Vec<Word>,
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, Word)>,
    /// The folder it runs in: the line's, moved by literal `cd`s; `None` when that cannot be told.
    pub dir: Option<PathBuf>,
}

impl SimpleCommand {
    /// The program's name without its folder, when it is known: `/usr/bin/git` is `git`.
    pub fn program(&self) -> Option<&str> {
        self.words.first().filter(|word| word.certain).map(|word| base_name(&word.text))
    }
}

/// A word, and whether it is known for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text as far as it is known. `$HOME` and a leading `~` are both written `~`.
    pub text: String,
    /// False when an expansion stands in it whose value the line does not give.
    pub certain: bool,
}

impl Word {
    /// A word known for certain.
    pub fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), certain: true }
    }

    /// A word of which at most a part is known.
    pub fn unknown(text: impl Into<String>) -> Self {
        Self { text: text.into(), certain: false }
    }
}

/// What a line would do, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The commands, in the order they stand in the line, those of nested shells included.
    pub commands: Vec<SimpleCommand>,
    /// Why parts could not be read; empty when all was.
    pub unsure: Vec<String>,
}

/// Reads a line that would run in `dir`.
///
/// Never fails and never runs anything: what is too long, too deep or not decided by the line
/// itself is named in [`Reading::unsure`].
pub fn read(line: &str, dir: &Path) -> Reading {
    tree::read(line, dir)
}

/// The last part of a program's path, without the `.exe` of Windows.
fn base_name(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}
