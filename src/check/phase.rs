//! A phase of a run begins only when the gates that the policy names for it have passed.
//!
//! **What it does.** A task packet names its phase. Before the `Agent` tool spawns the worker, the gates under
//! `boundaries.phase:NAME` of the policy must have passed on the working tree as it is.
//!
//! **Rules.** `phase-closed`: refused, with the gate that is open and the command that runs it.
//!
//! **Way out.** Run that gate, then spawn again.
//!
//! **Limits.** A worker that a workflow script starts is not seen before it starts; the gates of its phase are in the
//! script itself, and `claims` refuses a gate result that the receipts do not show.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use super::packet::FENCE;
use crate::config::Policy;
use crate::gate::{self, Standing};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::run::packet::Packet;
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "phase", source: include_str!("phase.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    event.is_pre_tool()
        && event.tool() == Some("Agent")
        && event.input("prompt").is_some_and(|prompt| prompt.contains(FENCE))
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let prompt = event.input("prompt").unwrap_or_default();
    let phases: Vec<String> = prompt
        .split(FENCE)
        .skip(1)
        .filter_map(|block| {
            let (body, _) = block.split_once("\n```")?;
            Some(serde_json::from_str::<Packet>(body).ok()?.phase)
        })
        .filter(|phase| !phase.is_empty())
        .collect();
    let Some(repository) = Repository::discover(&context.cwd) else { return Ok(Vec::new()) };
    if phases.is_empty() {
        return Ok(Vec::new());
    }
    let policy = Policy::load(&repository.root, context.env)?;
    let mut findings = Vec::new();
    for phase in phases {
        for gate in policy.needs(&format!("phase:{phase}")) {
            let tree = gate::working_tree(&repository.root)?;
            let said = match gate::standing(gate, &tree, &policy, &repository.root, context.env) {
                Ok(Standing::Passed(_)) => continue,
                Ok(standing) => standing.sentence(gate, &tree),
                Err(error) => format!("{error:#}"),
            };
            findings.push(
                Finding::new(
                    "phase-closed",
                    Verdict::Deny,
                    format!("the {phase} phase needs the {gate} gate: {said}"),
                )
                .way_out(format!("run `{}`, then spawn again", gate::next(gate))),
            );
        }
    }
    Ok(findings)
}

/// A policy that asks for the test gate before a phase.
fn planted(dir: &Path) -> Value {
    let policy =
        "gates: {test: {command: [sh, -c, 'exit 1']}}\nboundaries: {'phase:planted': [test]}\n";
    let _ = std::fs::write(dir.join(crate::config::FILE), policy);
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Agent",
        "tool_use_id": "planted-phase",
        "tool_input": {
            "description": "planted",
            "subagent_type": "backend-developer",
            "prompt": format!("{FENCE}\n{{\"task\": \"t\", \"requirements\": \"r\", \"phase\": \"planted\"}}\n```\n"),
        },
    })
}
