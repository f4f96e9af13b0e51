//! A workflow command gets the facts of its run.
//!
//! **What it does.** When a slash command that starts a workflow expands (typed, or called by the
//! model through the `Skill` tool), the model is told one line of facts: the id of the new run, how
//! agents and the workflow are named here (with the plugin's prefix or without), the git tree
//! the run starts from, kept under `refs/portcullis/runs/ID`, and the route that was measured
//! (`short`, `standard` or `full`) with its reasons. The run's folder is made in the state folder.
//! Which commands start a workflow is read from the bundle's own scripts.
//!
//! **Rules.** `run-facts`: the line of facts. `run-no-git`: the folder is in no git repository, so
//! no gate can pass; the command is refused.
//!
//! **The route.** It is measured on the files that the request names. `--route short` among the
//! typed arguments lowers it; a call by the model can only ask for more.
//!
//! **Limits.** Without the line the command stops: Portcullis is not armed there. A command of the
//! same name that the project or the user wrote is not ours and gets no line.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::digest;
use crate::gate::tree::Snapshot;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::run::journal::{Kind as Said, Line};
use crate::run::route::{self, Graded, Of, Route};
use crate::run::{self, budget, follow, versions, workflows};
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "run", source: include_str!("run.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    command(event).is_some()
}

/// One command that starts a workflow.
struct Command<'a> {
    /// `portcullis:` or nothing, as typed.
    prefix: &'a str,
    name: &'a str,
    workflow: &'static str,
    args: &'a str,
    /// Whether a person typed it.
    typed: bool,
}

/// The command of the bundle that expands.
fn command(event: &Event) -> Option<Command<'_>> {
    let (name, args, typed) = match event.kind? {
        Kind::UserPromptExpansion => (
            event.payload.command_name.as_deref()?,
            event.payload.command_args.as_deref().unwrap_or_default(),
            true,
        ),
        Kind::PreToolUse if event.tool() == Some("Skill") => {
            (event.input("skill")?, event.input("args").unwrap_or_default(), false)
        }
        _ => return None,
    };
    let name = name.trim_start_matches('/');
    let (prefix, name) = name.split_at(name.rfind(':').map_or(0, |at| at + 1));
    if !matches!(prefix, "" | "portcullis:") {
        return None;
    }
    let workflow = workflows::of_command(name)?;
    Some(Command { prefix, name, workflow, args, typed })
}

/// Whether a bare name is somebody else's command: `/deploy` and `/refactor` are names that people
/// give too. Ours reads the facts.
fn is_foreign(name: &str, context: &Context) -> bool {
    let folders = [Some(context.project.join(".claude")), context.env.config_dir.clone()];
    let files = folders.into_iter().flatten().flat_map(|folder| {
        let command = folder.join("commands").join(format!("{name}.md"));
        [command, folder.join("skills").join(name).join("SKILL.md")]
    });
    let mut texts = files.filter_map(|file| std::fs::read_to_string(file).ok()).peekable();
    texts.peek().is_some() && !texts.any(|text| text.contains(workflows::FACTS))
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let Some(command) = command(event) else { return Ok(Vec::new()) };
    if command.prefix.is_empty() && is_foreign(command.name, context) {
        return Ok(Vec::new());
    }
    let Command { prefix, name, workflow, args, typed } = command;
    let base = match Snapshot::take(&context.cwd) {
        Ok(base) => base,
        Err(error) => {
            return Ok(vec![
                Finding::new(
                    "run-no-git",
                    Verdict::Deny,
                    format!("/{name} cannot start here: {error:#}"),
                )
                .way_out("run `git init` and commit once; receipts are bound to git trees"),
            ]);
        }
    };
    let payload = &event.payload;
    let now = crate::journal::now_ms();
    let seed =
        format!("{:?} {:?} {now} {}", payload.session_id, payload.prompt_id, std::process::id());
    let id = format!("r-{}", &digest::sha256(seed)[..12]);
    // A reviewer compares with it later, also when the run began on uncommitted changes.
    base.keep(&format!("refs/portcullis/runs/{id}"))?;

    let root = Repository::discover(&context.cwd)
        .map_or_else(|| context.project.clone(), |repository| repository.root);
    // A prompt that a script or another session sends is nobody's choice of less.
    let person = typed && !context.env.child_session && !context.env.called_by_script();
    let wanted = Route::typed(args);
    let measured = measure(&root, args, context);
    let (at_least, chosen) = if person { (None, wanted) } else { (wanted, None) };
    let (route, by, reasons) = route::decide(None, &measured, at_least, chosen);

    if let Some(state) = context.state() {
        let session = payload.session_id.clone();
        let line = |kind| Line { session: session.clone(), ..Line::new(&id, kind) };
        let started = Line {
            command: Some(name.to_owned()),
            request: Some(follow::short(args)).filter(|text| !text.is_empty()),
            workflow: Some(format!("{prefix}{workflow}")),
            base_tree: Some(base.tree.clone()),
            binary: Some(crate::bundle::VERSION.to_owned()),
            ..line(Said::Started)
        };
        run::journal::append(state, &started)?;
        let graded = Line {
            route: Some(route),
            by: Some(by.to_owned()),
            reasons: reasons.clone(),
            ..line(Said::Route)
        };
        run::journal::append(state, &graded)?;
        versions::record(state, &id, &context.project, None, context.env)?;
        run::bind(state, session.as_deref(), &id)?;
        budget::begin(state, session.as_deref(), &id, payload.transcript_path.as_deref());
    }
    let facts = json!({
        "run": id,
        "prefix": prefix,
        "workflow": format!("{prefix}{workflow}"),
        "base_tree": base.tree,
        "route": route.word(),
        "route_reasons": reasons,
    });
    let text = format!("{}: {facts}", workflows::FACTS);
    Ok(vec![Finding::new("run-facts", Verdict::Context, text)])
}

/// Grades the files that a request names. What cannot be measured is said and graded standard.
fn measure(root: &Path, request: &str, context: &Context) -> Graded {
    let graded = Policy::load(root, context.env).map_err(anyhow::Error::from).and_then(|policy| {
        let files = route::of_paths(root, &route::named(root, request));
        route::grade(root, &files, Of::Context, &policy)
    });
    graded.unwrap_or_else(|error| Graded {
        route: Route::Standard,
        reasons: vec![format!("it could not be measured: {error:#}")],
    })
}

fn planted(_dir: &Path) -> Value {
    // The root of the file system is in no repository, so the command has to be refused.
    json!({
        "hook_event_name": "UserPromptExpansion",
        "session_id": "portcullis-doctor",
        "cwd": "/",
        "command_name": "portcullis:add-feature",
        "command_args": "planted",
        "prompt": "/portcullis:add-feature planted",
    })
}
