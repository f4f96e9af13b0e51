//! A command line -> the simple commands it really runs -> the guarded actions among them.
//!
//! [`read`] walks the syntax tree of the line (tree-sitter-bash), follows what the line itself
//! decides (quotes, variables, functions, nested shells, wrappers) and says where it cannot.
//! [`actions`] looks the commands up in `gates/actions/`, compiled in by `build/actions.rs`.

mod action;
mod blocks;
mod broken;
mod declared;
mod decode;
mod escapes;
mod expand;
mod feed;
mod folder;
mod follow;
mod git;
mod glob;
mod hints;
mod inline;
mod language;
mod launch;
mod nested;
mod options;
mod output;
mod parameter;
mod parse;
mod peel;
mod powershell;
mod recipes;
mod redirect;
mod source;
mod surroundings;
mod table;
mod tasks;
mod tree;
mod user;
mod word;

use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use action::{
    Action, ActionKind, Row, ToolRow, actions, actions_with, hints,
    hints_boundary as names_guarded, rows, tool_action, tool_rows,
};
pub use hints::hints_boundary;
pub use surroundings::{Disk, FileText, Given, Nowhere, Surroundings};
pub use user::{Rows, UserRow};

/// Longest line that is read, in bytes: 256 KiB.
pub const LONGEST: usize = 256 << 10;

/// One command that a line would run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Program and arguments, quotes removed, wrappers such as `env` and `sudo` taken off. Empty
    /// when the line only redirects.
    pub words: Vec<Word>,
    /// Files its redirections write.
    pub writes: Vec<Word>,
    /// What it reads on its standard input, when the line or a file that it names gives it: the text of a
    /// here-document, of a here-string, of a pipe from `echo`.
    pub input: Option<Rc<str>>,
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, Word)>,
    /// The folder it runs in: the line's, moved by literal `cd`s; `None` when that cannot be told.
    pub dir: Option<PathBuf>,
    /// What was taken off to get here, outermost first: `sudo`, `bash -c`, `Makefile: deploy`.
    pub layers: Vec<Rc<str>>,
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
    /// Why it cannot be told whether something guarded runs; empty when that can be told. What is
    /// merely unknown (`ls $DIR`) is not here.
    pub unsure: Vec<String>,
    /// The line, or a file that it runs, names something guarded.
    pub near: bool,
    /// Files that were read because they decide what runs.
    pub followed: Vec<PathBuf>,
}

/// The three answers that a reading gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing guarded runs.
    None,
    /// Something guarded runs.
    Guarded,
    /// It cannot be told.
    Unsure,
}

impl Answer {
    /// The word used in `shell explain`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Guarded => "guarded",
            Self::Unsure => "unsure",
        }
    }
}

impl Reading {
    /// The answer, given what [`actions`] found in it. What is proved outweighs what is not known.
    pub fn answer(&self, actions: &[Action]) -> Answer {
        match (actions.is_empty(), self.unsure.is_empty()) {
            (false, _) => Answer::Guarded,
            (true, false) => Answer::Unsure,
            (true, true) => Answer::None,
        }
    }
}

/// The language a line is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Bash, and what is close to it.
    #[default]
    Bash,
    /// PowerShell: quotes, `;`, `&&`, the call operator, `Start-Process`, `Invoke-Expression`.
    PowerShell,
}

/// Reads a line of Bash that would run in `dir`, looking at nothing but the line.
///
/// Never fails and never runs anything: what is too long, too deep or not decided by the line
/// itself is named in [`Reading::unsure`].
pub fn read(line: &str, dir: &Path) -> Reading {
    read_in(line, dir, Dialect::Bash, &Nowhere)
}

/// Reads a line that would run in `dir`, and the files there that decide what it does: scripts,
/// `package.json`, Makefiles and their kin, two levels deep.
pub fn read_in(
    line: &str,
    dir: &Path,
    dialect: Dialect,
    surroundings: &dyn Surroundings,
) -> Reading {
    tree::read(line, dir, dialect, surroundings)
}

/// The last part of a program's path, without the `.exe` of Windows.
fn base_name(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name)
}
