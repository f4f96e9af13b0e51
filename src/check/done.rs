//! A session that changed files does not say "done" before the gates that the policy names.
//!
//! **What it does.** When the policy names gates under `boundaries.done`, the tree is noted when a prompt comes in. When
//! the agent wants to stop and the tree is another one, those gates must have passed on it. Otherwise the agent is sent
//! back with the facts, at most twice for one prompt; after that it may stop, and the user is told which gate is open.
//!
//! **Rules.** `done-open`: sent back, or told to the user.
//!
//! **Way out.** Run the gate that is named. Without `boundaries.done`, which is the built-in policy, nothing is asked.
//!
//! **Limits.** The client itself ends a session after several refusals in a row, and a person can always interrupt.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::gate::{self, Standing};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::state::{self, Repository};

/// The check.
pub const CHECK: Check =
    Check { id: "done", source: include_str!("done.rs"), applies, judge, planted };

/// Times the agent is sent back for one prompt.
const RETURNS: u32 = 2;

fn applies(event: &Event) -> bool {
    matches!(event.kind, Some(Kind::UserPromptSubmit | Kind::Stop))
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    // The session's policy says cheaply that nothing is asked, which is the usual case.
    if context.policy().is_ok_and(|policy| policy.needs("done").is_empty()) {
        return Ok(Vec::new());
    }
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(Vec::new()) };
    let Some(state) = context.state() else { return Ok(Vec::new()) };
    let policy = Policy::load(&repository.root, context.env)?;
    let session = event.payload.session_id.as_deref();
    let tree = gate::working_tree(&repository.root)?;
    if event.kind == Some(Kind::UserPromptSubmit) {
        // What an earlier prompt of this session left undone stays undone.
        if state::noted(state, session, "done-begin").is_none() {
            state::note(state, session, "done-begin", &tree)?;
        }
        return Ok(Vec::new());
    }
    if state::noted(state, session, "done-begin").is_some_and(|begin| begin == tree) {
        return Ok(Vec::new());
    }
    for gate in policy.needs("done") {
        let said = match gate::standing(gate, &tree, &policy, &repository.root, context.env) {
            Ok(Standing::Passed(_)) => continue,
            Ok(standing) => standing.sentence(gate, &tree),
            Err(error) => format!("{error:#}"),
        };
        let prompt = event.payload.prompt_id.as_deref().unwrap_or("none");
        let sent_back =
            (1..=RETURNS).any(|n| state::first_time(state, session, &format!("done-{n}-{prompt}")));
        let finding = match sent_back {
            true => Finding::new("done-open", Verdict::Deny, format!("this is not done: {said}"))
                .way_out(format!(
                    "run `{}`, or say to the user that it is not done and why",
                    gate::next(gate)
                )),
            false => Finding::new(
                "done-open",
                Verdict::Notice,
                format!("the agent stops, and this is not done: {said}"),
            ),
        };
        return Ok(vec![finding]);
    }
    // A tree that passed is the new beginning.
    state::note(state, session, "done-begin", &tree)?;
    Ok(Vec::new())
}

/// A policy that asks for the test gate, and a file that nobody tested.
fn planted(dir: &Path) -> Value {
    let policy = "gates: {test: {command: [sh, -c, 'exit 1']}}\nboundaries: {done: [test]}\n";
    let _ = std::fs::write(dir.join(crate::config::FILE), policy);
    json!({
        "hook_event_name": "Stop",
        "session_id": format!("portcullis-planted-{}", std::process::id()),
        "cwd": dir,
        "prompt_id": "planted",
        "last_assistant_message": "All done.",
    })
}
