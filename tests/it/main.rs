//! One integration crate; a module per subject.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]

mod actions;
mod boundary;
mod bundle;
mod callgrind;
mod claims;
mod doctor;
mod events;
mod gate;
mod generated;
mod git_hooks;
mod hook;
mod install;
mod journal;
mod project;
mod protect;
mod scan;
mod secrets;
mod shell;
mod shell_explain;
mod skills;
mod speed;
mod support;
