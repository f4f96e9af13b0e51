//! A workflow command gets the facts of its run.
//!
//! **What it does.** When a slash command that starts a workflow expands (typed, or called by the
//! model through the `Skill` tool), the model is told one line of facts: the id of the new run, how
//! agents and the workflow are named here (with the plugin's prefix or without), and the git tree
//! the run starts from, kept under `refs/portcullis/runs/ID`. The run's folder is made in the state
//! folder.
//!
//! **Rules.** `run-facts`: the line of facts. `run-no-git`: the folder is in no git repository, so
//! no gate can pass; the command is refused.
//!
//! **Limits.** Without the line the command stops: Portcullis is not armed there.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::digest;
use crate::gate::tree::Snapshot;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::journal;
use crate::run;

/// The check.
pub const CHECK: Check =
    Check { id: "run", source: include_str!("run.rs"), applies, judge, planted };

/// Slash commands that start a workflow, and the workflow's name.
pub const WORKFLOWS: &[(&str, &str)] = &[
    ("add-feature", "feature-pipeline"),
    ("deploy", "deploy-pipeline"),
    ("fix-bug", "bugfix-pipeline"),
    ("new-project", "project-pipeline"),
    ("optimize-performance", "performance-pipeline"),
    ("refactor", "refactor-pipeline"),
    ("security-audit", "security-pipeline"),
];

fn applies(event: &Event) -> bool {
    command(event).is_some()
}

/// The prefix as typed (`portcullis:` or empty) and the workflow of the command that expands.
fn command(event: &Event) -> Option<(&str, &'static str, &'static str)> {
    let name = match event.kind? {
        Kind::UserPromptExpansion => event.payload.command_name.as_deref()?,
        Kind::PreToolUse if event.tool() == Some("Skill") => event.input("skill")?,
        _ => return None,
    };
    let name = name.trim_start_matches('/');
    let (prefix, bare) = name.split_at(name.rfind(':').map_or(0, |at| at + 1));
    if !matches!(prefix, "" | "portcullis:") {
        return None;
    }
    let (command, workflow) = WORKFLOWS.iter().find(|(command, _)| *command == bare)?;
    Some((prefix, command, workflow))
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let Some((prefix, command, workflow)) = command(event) else { return Ok(Vec::new()) };
    let base = match Snapshot::take(&context.cwd) {
        Ok(base) => base,
        Err(error) => {
            return Ok(vec![
                Finding::new(
                    "run-no-git",
                    Verdict::Deny,
                    format!("/{command} cannot start here: {error:#}"),
                )
                .way_out("run `git init` and commit once; receipts are bound to git trees"),
            ]);
        }
    };
    let payload = &event.payload;
    let now = journal::now_ms();
    let seed =
        format!("{:?} {:?} {now} {}", payload.session_id, payload.prompt_id, std::process::id());
    let id = format!("r-{}", &digest::sha256(seed)[..12]);
    // A reviewer compares with it later, also when the run began on uncommitted changes.
    base.keep(&format!("refs/portcullis/runs/{id}"))?;
    if let Some(state) = context.state() {
        run::start(state, &id, command, payload.session_id.as_deref(), &base.tree, now)?;
    }
    let facts = json!({
        "run": id,
        "prefix": prefix,
        "workflow": format!("{prefix}{workflow}"),
        "base_tree": base.tree,
    });
    Ok(vec![Finding::new("run-facts", Verdict::Context, format!("Portcullis run facts: {facts}"))])
}

fn planted(_dir: &Path) -> Value {
    // The root of the file system is in no repository, so the command has to be refused.
    json!({
        "hook_event_name": "UserPromptExpansion",
        "session_id": "portcullis-doctor",
        "cwd": "/",
        "command_name": "add-feature",
        "command_args": "planted",
        "prompt": "/add-feature planted",
    })
}
