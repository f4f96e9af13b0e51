//! Says at the start of a session which guards do not work.
//!
//! **What it does.** A gate that is inert without a word is worse than none, so each session begins with a test:
//! every other check gets a planted violation, in this process, in a scratch repository.
//!
//! **Rules.**
//!
//! - `session-disarmed`: a check did not refuse its planted violation, so that guard does not
//!   exist in this session. `portcullis doctor` says more, through the process that the client
//!   starts.
//! - `session-version`: the installed files (the plugin's, or the project's) and the binary are of
//!   different versions, so one may speak of what the other does not know.
//! - `session-run`: the session was resumed or compacted while its run is open; the model is told how the
//!   run stands, in under 1,500 tokens, and the run's journal says that it goes on.
//!
//! Nothing else is said when all is well. In a project, this check also puts the binary on the PATH of
//! the session's Bash tool, so that the model can call `portcullis gate run`.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{CHECKS, Check};
use crate::bundle;
use crate::env::Env;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{self, Finding, Verdict};
use crate::install::scratch::Scratch;
use crate::install::wiring::PLACE;
use crate::install::{manifest, probe};
use crate::run;

/// The check.
pub const CHECK: Check =
    Check { id: "session", source: include_str!("session.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    event.kind == Some(Kind::SessionStart)
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    // Clearing and compacting go on in the same process of the client, which has been told.
    if !matches!(event.payload.source.as_deref(), Some("clear" | "compact")) {
        findings.extend(self_test(CHECKS, context.env)?);
        findings.extend(versions(context));
    }
    findings.extend(open_run(event, context));
    if let (Some(file), None) = (&context.env.env_file, &context.env.plugin_root) {
        offer_binary(file, &context.project)?;
    }
    Ok(findings)
}

/// What the orchestrator must know of the run that this session works on, after a restart or a
/// compaction. A session without an open run is told nothing.
fn open_run(event: &Event, context: &Context) -> Option<Finding> {
    let source = event.payload.source.as_deref();
    if !matches!(source, Some("resume" | "compact")) {
        return None;
    }
    let state = context.state()?;
    let id = run::bound(state, event.payload.session_id.as_deref())?;
    let text = || -> anyhow::Result<Option<String>> {
        let run = run::load(state, &id)?;
        if !run.standing.is_open() {
            return Ok(None);
        }
        if source == Some("resume") {
            run::follow::resumed(state, event, &run, context)?;
        }
        let run = run::load(state, &id)?;
        // Without the gates the rest is still worth knowing.
        let gates = run::resume::gates(&run, &context.cwd, context.env);
        let gates = gates.map(|(_, gates)| gates).unwrap_or_default();
        Ok(Some(run::resume::compact(&run, &gates)))
    };
    match text() {
        Ok(text) => text.map(|text| Finding::new("session-run", Verdict::Context, text)),
        // The self-test matters more than this: it must not be lost to it.
        Err(error) => Some(Finding::new(
            "session-run",
            Verdict::Notice,
            format!("the run {id} of this session cannot be read: {error:#}"),
        )),
    }
}

/// Feeds every check but this one its planted violation. Writes nothing outside of a scratch
/// folder. One finding for each that does not refuse.
///
/// # Errors
/// When there is no temporary folder to play in.
pub fn self_test(checks: &[Check], env: &Env) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for check in checks.iter().filter(|check| check.id != CHECK.id) {
        let scratch = Scratch::new().context("the self-test needs a temporary folder")?;
        scratch.repository().context("the self-test cannot write its temporary folder")?;
        let Err(reason) = try_check(check, scratch.path(), env) else { continue };
        let text = format!("DISARMED: {} ({}): {reason}", check.id, check.title());
        findings.push(Finding::new("session-disarmed", Verdict::Notice, text));
    }
    // Once is enough for all of them.
    if let Some(last) = findings.last_mut() {
        last.way_out =
            "run `portcullis doctor`, which asks each check through the real hook".to_owned();
    }
    Ok(findings)
}

fn try_check(check: &Check, dir: &Path, env: &Env) -> Result<(), String> {
    let env = Env {
        cwd: dir.to_path_buf(),
        project_dir: Some(dir.to_path_buf()),
        plugin_root: None,
        plugin_data: None,
        env_file: None,
        state_home: Some(dir.join("state")),
        ..env.clone()
    };
    let findings = catch_unwind(AssertUnwindSafe(|| {
        let payload = (check.planted)(dir);
        let kind = probe::planted_kind(&payload)?;
        let event = Event::parse(payload.to_string().as_bytes()).map_err(|e| e.to_string())?;
        if !(check.applies)(&event) {
            return Err("it does not look at its planted violation".to_owned());
        }
        let found = (check.judge)(&event, &Context::new(&event, &env));
        Ok((kind, found.map_err(|error| format!("it failed: {error:#}"))?))
    }));
    let (kind, findings) = findings.map_err(|_| "it panicked".to_owned())??;
    probe::refused(check, kind, reply::reply(Some(kind), &findings).body.as_ref()).map(drop)
}

/// Compares the versions of the files around the session with the binary's.
fn versions(context: &Context) -> Vec<Finding> {
    let plugin = context.env.plugin_root.as_deref();
    let plugin = plugin.and_then(|root| {
        let version = probe::plugin_version(root)?;
        let arm = format!("sh {} --arm", shell_quoted(&root.join("install.sh")));
        Some((version, "plugin", format!("run `{arm}`, then start a new session")))
    });
    let project = probe::version_in(&context.project.join(manifest::FILE)).map(|version| {
        let project = shell_quoted(&context.project);
        let install = format!("run `portcullis install {project}` with the version you want");
        (version, "bundle in this project", install)
    });
    let all = [plugin, project].into_iter().flatten();
    all.filter(|(version, ..)| version != bundle::VERSION)
        .map(|(version, what, way_out)| {
            let text = format!("the {what} is {version}, the binary {}", bundle::VERSION);
            Finding::new("session-version", Verdict::Notice, text).way_out(way_out)
        })
        .collect()
}

/// Puts the binary's folder on the PATH of the session's Bash tool, once.
fn offer_binary(file: &Path, project: &Path) -> anyhow::Result<()> {
    let installed = project.join(PLACE);
    let folder = if installed.join("portcullis").exists() {
        installed
    } else {
        let binary = std::env::current_exe().context("cannot tell where this binary is")?;
        binary.parent().map(PathBuf::from).unwrap_or_default()
    };
    let line = format!("export PATH={}:\"$PATH\"\n", shell_quoted(&folder));
    // The client starts a session more than once (resume, clear) with the same file.
    if std::fs::read_to_string(file).is_ok_and(|text| text.contains(&line)) {
        return Ok(());
    }
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .with_context(|| format!("CLAUDE_ENV_FILE: cannot write {}", file.display()))
}

/// A path as one word of a POSIX shell.
fn shell_quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

/// An install of another version: nothing can be refused at the start of a session, so the notice
/// is what must come.
fn planted(dir: &Path) -> Value {
    let file = dir.join(manifest::FILE);
    let _ = std::fs::create_dir_all(file.parent().unwrap_or(dir));
    let _ = std::fs::write(file, r#"{"version": "0.0.0-planted"}"#);
    json!({
        "hook_event_name": "SessionStart",
        "session_id": "planted",
        "cwd": dir,
        "source": "startup",
    })
}
