//! One integration crate; a module per subject.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]

mod actions;
mod audit;
mod boundary;
mod bundle;
mod callgrind;
mod checkpoint;
mod claims;
mod definitions;
mod doctor;
mod eval;
mod evals;
mod events;
mod gate;
mod generated;
mod git_hooks;
mod hook;
mod init;
mod install;
mod journal;
mod lint;
mod people;
mod project;
mod protect;
mod run;
mod scan;
mod secrets;
mod shell;
mod shell_explain;
mod skills;
mod speed;
mod support;
