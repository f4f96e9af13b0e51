//! A run says what it does outside of the working tree before it does it.
//!
//! **What it does.** Before a command that deploys or publishes, in a session that has started a run, the run's register
//! is looked at (`portcullis effect register`). An effect of that kind, with its compensation or with the reason why it
//! cannot be taken back, has to be there and not be taken back already.
//!
//! **Rules.** `effect-unregistered`: the user is told; with `effects.required` in the policy the command is refused.
//!
//! **Way out.** `portcullis effect register --run RUN --kind deploy --compensate "CMD"` (or `--irreversible WHY`), then
//! the same command again.
//!
//! **Limits.** Sessions without a run are not looked at, nor are migrations and pull requests, which no command line tells
//! apart from other work; those the workflows register.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::effect::{self, Kind};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::run;
use crate::shell::ActionKind;
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "effect", source: include_str!("effect.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && event.command_line().is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if !context.may_hold(event, ActionKind::Deploy) {
        return Ok(Vec::new());
    }
    let outside = [ActionKind::Deploy, ActionKind::Publish, ActionKind::Release];
    let (_, actions) = context.line(event);
    let mut findings = Vec::new();
    for action in actions.iter().filter(|action| outside.contains(&action.kind)) {
        let kind = match action.kind {
            ActionKind::Deploy => Kind::Deploy,
            _ => Kind::Publish,
        };
        let Some(state) = context.state() else { continue };
        let Some(run) = run::bound(state, event.payload.session_id.as_deref()) else { continue };
        let effects = effect::list(state, Some(&run))?;
        if effects.iter().any(|effect| effect.kind == kind && effect.stands()) {
            continue;
        }
        let root =
            Repository::discover(&context.cwd).map_or(context.cwd.clone(), |found| found.root);
        let required = Policy::load(&root, context.env).is_ok_and(|policy| policy.effects.required);
        let verdict = if required { Verdict::Deny } else { Verdict::Notice };
        let word = kind.word();
        findings.push(
            Finding::new(
                "effect-unregistered",
                verdict,
                format!(
                    "`{} {}` acts outside of the working tree, and the run {run} has registered no {word} that could be taken back",
                    action.program, action.verb
                ),
            )
            .way_out(format!(
                "`portcullis effect register --run {run} --kind {word} --compensate \"COMMAND\"` (or --irreversible \"WHY\"), then try again"
            )),
        );
    }
    findings.dedup();
    Ok(findings)
}

/// A run of this session, a policy that wants its effects registered, and a deployment.
fn planted(dir: &Path) -> Value {
    const SESSION: &str = "portcullis-planted";
    let _ = std::fs::write(dir.join(crate::config::FILE), "effects: {required: true}\n");
    let state = dir.join(".git/portcullis");
    let _ = run::bind(&state, Some(SESSION), "r-planted");
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": SESSION,
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-effect",
        "tool_input": {"command": "kubectl apply -f app.yaml"},
    })
}
