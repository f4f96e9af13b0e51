//! The packets in the prompt of an `Agent` call, before the worker is spawned and after it came back.

use super::{enter, read};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields;
use crate::run::overlap;
use crate::run::packet::{self, Packet};

/// Judges an `Agent` call.
pub(super) fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let prompt = event.input("prompt").unwrap_or_default();
    let mut findings = Vec::new();
    for block in packet::blocks(prompt) {
        let packet = block.map_err(|problem| vec![problem]).and_then(|body| read(body, context));
        match packet {
            Err(problems) => findings.push(
                Finding::new(
                    "packet-malformed",
                    Verdict::Deny,
                    format!("the task packet: {}", fields::listed(&problems)),
                )
                .way_out(
                    "correct it and spawn again; `portcullis schema packet` prints the schema",
                ),
            ),
            Ok(packet) => {
                let name = event.input("subagent_type").unwrap_or_default();
                let name = name.rsplit(':').next().unwrap_or(name);
                let tool_use = event.payload.tool_use_id.as_deref();
                let met = enter(&packet, tool_use, None, name, event, context)?;
                findings.extend(met.map(|finding| {
                    finding.way_out(
                        "dispatch it when that worker has handed back its report, or narrow one write set",
                    )
                }));
            }
        }
    }
    Ok(findings)
}

/// Looks at what became of an `Agent` call: a worker in the background is known by its id from now on, any other is done.
pub(super) fn ended(event: &Event, context: &Context) {
    let Some(state) = context.state() else { return };
    let prompt = event.input("prompt").unwrap_or_default();
    let (session, tool_use) =
        (event.payload.session_id.as_deref(), event.payload.tool_use_id.as_deref());
    let response = &event.payload.tool_response;
    let launched = event.kind == Some(Kind::PostToolUse)
        && response["status"].as_str().is_some_and(|status| status.ends_with("_launched"));
    for packet in packet::blocks(prompt).flatten().filter_map(|body| Packet::read(body).ok()) {
        let folder = overlap::folder(state, &packet.run, session);
        match (launched, tool_use, response["agentId"].as_str()) {
            (true, Some(tool_use), Some(agent)) => overlap::link(&folder, tool_use, agent),
            (true, ..) => {}
            (false, tool_use, _) => overlap::leave(&folder, tool_use, None),
        }
    }
}
