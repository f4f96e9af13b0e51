//! An agent runs with the model that the policy names for it.
//!
//! **What it does.** Each agent of the bundle has a model in its definition. `models` in `portcullis.yaml` names
//! another for this project. The `Agent` tool takes the model of a run in its call, so a call of such an
//! agent must carry it: one without, or with another, is refused with the words to add.
//!
//! **Policy.** Bare names of agents, yours too; the values are the client's own words.
//!
//! ```yaml
//! models:
//!   architect: sonnet
//!   code-reviewer: opus
//! ```
//!
//! **Rules.** `model-policy`: the call's `model` is not the policy's.
//!
//! **Way out.** Call again with the `model` that the refusal names.
//!
//! **Limits.** An agent that a workflow script starts is not called by the `Agent` tool; there the script's `model`
//! or the definition holds. `CLAUDE_CODE_SUBAGENT_MODEL` in the client's environment goes before everything.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};

/// The check.
pub const CHECK: Check =
    Check { id: "models", source: include_str!("models.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && event.tool() == Some("Agent") && event.input("subagent_type").is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let called = event.input("subagent_type").unwrap_or_default();
    let name = called.rsplit(':').next().unwrap_or(called);
    // A policy that cannot be used is said where a boundary needs it.
    let wanted = context.policy().ok().and_then(|policy| policy.models.get(name));
    let Some(wanted) = wanted.map(|model| model.word()) else { return Ok(Vec::new()) };
    let given = event.input("model");
    if given == Some(wanted) {
        return Ok(Vec::new());
    }
    let given = given.map_or_else(|| "no model".to_owned(), |word| format!("model {word:?}"));
    Ok(vec![
        Finding::new(
            "model-policy",
            Verdict::Deny,
            format!("the call of {name} names {given}, and models.{name} in portcullis.yaml is {wanted:?}"),
        )
        .way_out(format!("call again with `model` set to {wanted:?}")),
    ])
}

fn planted(dir: &Path) -> Value {
    // Should it fail, the check sees no policy and is reported DISARMED, which is true.
    let _ = std::fs::write(dir.join(crate::config::FILE), "models:\n  architect: sonnet\n");
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-doctor",
        "cwd": dir,
        "tool_name": "Agent",
        "tool_use_id": "planted-models",
        "tool_input": {"description": "planted", "subagent_type": "architect", "prompt": "decide"},
    })
}
