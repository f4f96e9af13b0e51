//! A task packet is checked before the worker is spawned.
//!
//! **What it does.** An orchestrator hands work over as JSON in a fenced block with the info string
//! `portcullis-packet`. Before the `Agent` tool spawns the worker, the block is read: it must be
//! one JSON object of the schema (`portcullis schema packet`), with a task and requirements.
//!
//! **Rules.** `packet-malformed`: refused, with the field that is wrong.
//!
//! **Way out.** Correct the field and spawn again. A prompt without such a block is not judged.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::run::packet::Packet;

/// The check.
pub const CHECK: Check =
    Check { id: "packet", source: include_str!("packet.rs"), applies, judge, planted };

pub(super) const FENCE: &str = "```portcullis-packet";

fn applies(event: &Event) -> bool {
    event.is_pre_tool()
        && event.tool() == Some("Agent")
        && event.input("prompt").is_some_and(|prompt| prompt.contains(FENCE))
}

fn judge(event: &Event, _context: &Context) -> anyhow::Result<Vec<Finding>> {
    let prompt = event.input("prompt").unwrap_or_default();
    let mut findings = Vec::new();
    for block in prompt.split(FENCE).skip(1) {
        if let Some(problem) = problem(block) {
            findings.push(
                Finding::new(
                    "packet-malformed",
                    Verdict::Deny,
                    format!("the task packet {problem}"),
                )
                .way_out(
                    "correct it and spawn again; `portcullis schema packet` prints the schema",
                ),
            );
        }
    }
    Ok(findings)
}

fn problem(block: &str) -> Option<String> {
    let Some((body, _)) = block.split_once("\n```") else {
        return Some("is not closed by a line of ```".to_owned());
    };
    match serde_json::from_str::<Packet>(body) {
        Err(error) => Some(format!("does not fit its schema: {error}")),
        Ok(packet) if packet.task.trim().is_empty() => Some("has an empty `task`".to_owned()),
        Ok(packet) if packet.requirements.trim().is_empty() => {
            Some("has empty `requirements`".to_owned())
        }
        Ok(_) => None,
    }
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-doctor",
        "cwd": dir,
        "tool_name": "Agent",
        "tool_use_id": "planted-packet",
        "tool_input": {
            "description": "planted",
            "subagent_type": "backend-developer",
            "prompt": format!("{FENCE}\n{{\"task\": \"no-requirements\"}}\n```\n"),
        },
    })
}
