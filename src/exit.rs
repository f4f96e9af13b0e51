//! Every exit code of the command line, in one place. The README's table is generated from [`ALL`].

use std::process::ExitCode;

/// How a command ended.
///
/// `portcullis hook` uses only [`Exit::Ok`]: to the client, 2 means "block" and every other
/// code means "no decision", so a hook speaks through its reply and never through its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or the answer is yes.
    Ok = 0,
    /// The answer is no: a gate failed, a check is disarmed, something was found.
    No = 1,
    /// The command line itself is wrong (clap's own code).
    Usage = 2,
    /// There was nothing to check or to run, so nothing can be said to have passed.
    Nothing = 3,
    /// A file that a person wrote is wrong: policy, settings, manifest.
    Config = 4,
    /// Nothing was found, but a part could not be looked at, so it is no "yes".
    Incomplete = 5,
    /// A bug or a broken machine: I/O, git, a panic.
    Internal = 70,
}

/// Code, name and meaning of every variant, in order.
pub const ALL: &[(Exit, &str)] = &[
    (Exit::Ok, "done, or the answer is yes"),
    (Exit::No, "the answer is no: a gate failed, a check is disarmed, something was found"),
    (Exit::Usage, "the command line is wrong"),
    (Exit::Nothing, "nothing to check or to run, so nothing passed"),
    (Exit::Config, "a file a person wrote is wrong: policy, settings, manifest"),
    (Exit::Incomplete, "nothing was found, but a part could not be looked at"),
    (Exit::Internal, "a bug or a broken machine: I/O, git, a panic"),
];

impl Exit {
    /// The number the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
