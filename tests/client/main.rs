//! The real client, pinned, against a scripted Messages API on loopback.
//!
//! This target has its own runner (`harness = false`): libtest cannot say "skipped, and how many",
//! and a skipped client test that reads as passed would be a gate that never ran. A test module
//! is one file with a `TESTS` list, named in [`SUITES`]. A test reads like this:
//!
//! ```ignore
//! fn worker_is_asked() -> Result<()> {
//!     let project = Project::new()?;
//!     let script = Script::new()
//!         .main([Turn::tool("Agent", json!({…})), Turn::text("done")])
//!         .agent("worker", [Turn::tool("Bash", json!({"command": "pwd"})), Turn::text("report")]);
//!     let run = Session::new(&project.path(), "go", script).plugin_dir(plugin).run()?;
//!     assert!(!run.results_of("Bash")[0].is_error);
//!     Ok(())
//! }
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the runner of this target reports like libtest does, on standard output"
)]

mod api;
mod definitions;
mod fixture;
mod npm;
mod own;
mod process;
mod request;
mod runner;
mod script;
mod session;
mod slice;
mod workflows;

use std::process::ExitCode;

/// Every module of tests, in the order they run.
const SUITES: &[runner::Suite] = &[
    runner::Suite { name: "own::plain", tests: own::plain::TESTS },
    runner::Suite { name: "own::agents", tests: own::agents::TESTS },
    runner::Suite { name: "own::facts", tests: own::facts::TESTS },
    runner::Suite { name: "definitions::names", tests: definitions::names::TESTS },
    runner::Suite { name: "definitions::parity", tests: definitions::parity::TESTS },
    runner::Suite { name: "definitions::refused", tests: definitions::refused::TESTS },
    runner::Suite { name: "slice::loading", tests: slice::loading::TESTS },
    runner::Suite { name: "slice::skills", tests: slice::skills::TESTS },
    runner::Suite { name: "slice::guards", tests: slice::guards::TESTS },
    runner::Suite { name: "slice::gates", tests: slice::gates::TESTS },
    runner::Suite { name: "slice::feature", tests: slice::feature::TESTS },
    runner::Suite { name: "slice::messages", tests: slice::messages::TESTS },
    runner::Suite { name: "slice::runs", tests: slice::runs::TESTS },
    runner::Suite { name: "workflows::feature", tests: workflows::feature::TESTS },
    runner::Suite { name: "workflows::bugfix", tests: workflows::bugfix::TESTS },
    runner::Suite { name: "slice::checkpoints", tests: slice::checkpoints::TESTS },
    runner::Suite { name: "workflows::deploy", tests: workflows::deploy::TESTS },
    runner::Suite { name: "workflows::failures", tests: workflows::failures::TESTS },
    runner::Suite { name: "workflows::names", tests: workflows::names::TESTS },
    runner::Suite { name: "workflows::refactor", tests: workflows::refactor::TESTS },
    runner::Suite { name: "workflows::security", tests: workflows::security::TESTS },
    runner::Suite { name: "workflows::performance", tests: workflows::performance::TESTS },
    runner::Suite { name: "workflows::project", tests: workflows::project::TESTS },
    runner::Suite { name: "slice::bench", tests: slice::bench::TESTS },
    runner::Suite { name: "slice::evals", tests: slice::evals::TESTS },
];

fn main() -> ExitCode {
    runner::main(SUITES)
}
