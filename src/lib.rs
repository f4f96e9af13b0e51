//! Portcullis: project orchestration for Claude Code, with gates that re-execute.
//!
//! The binary is the hook of every event of the client and a command line. `ARCHITECTURE.md`
//! says which module does what; this file only routes to them.

pub mod bundle;
pub mod check;
pub mod checkpoint;
pub mod cli;
pub mod cmd;
pub mod config;
pub mod digest;
pub mod effect;
pub mod env;
pub mod eval;
pub mod exit;
pub mod gate;
pub mod git;
pub mod hook;
pub mod init;
pub mod install;
pub mod journal;
pub mod lint;
pub mod report;
pub mod run;
pub mod scan;
pub mod secrets;
pub mod shell;
pub mod state;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program on `args` (program name first) with the real environment and streams.
///
/// `hook` is routed by hand, before clap sees anything: clap exits with 2 on a usage error, and
/// the client reads 2 as "block this call".
pub fn main(args: Vec<OsString>) -> ExitCode {
    if args.get(1).is_some_and(|arg| arg == "hook") {
        return hook::main(&args[2..]);
    }
    cli::main(args)
}
