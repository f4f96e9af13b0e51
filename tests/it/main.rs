//! One integration crate; a module per subject.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot be set up fails")]

mod boundary;
mod bundle;
mod callgrind;
mod claims;
mod doctor;
mod events;
mod gate;
mod generated;
mod hook;
mod install;
mod journal;
mod project;
mod protect;
mod secrets;
mod shell;
mod speed;
mod support;
