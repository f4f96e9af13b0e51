//! Judges a definition that was just written, by the rules of `portcullis validate`.
//!
//! **What it does.** After `Write` or `Edit` changed an agent, skill, command, workflow, hooks file, manifest, settings file or the
//! policy, the file is read as the client will read it, and every rule for definitions is asked about it. What it finds goes
//! back to the model. When settings or skills change by another way (ConfigChange), they are judged too.
//!
//! **Rules.**
//!
//! - `definitions-error`: the client would refuse or drop the definition, or do other than it says. The model is told as by a
//!   refusal; the file stays as it was written. A change of settings is refused.
//! - `definitions-warning`: what else was found, as context.
//!
//! **Policy.** `validate` in `portcullis.yaml` holds here too: ignored paths, switched-off rules, waivers. So do
//! `portcullis-allow` comments.
//!
//! **Way out.** `portcullis validate FILE` shows the place, `portcullis explain RULE` the reason.
//!
//! **Limits.** A definition that a command of the shell wrote is not seen; the same rules in CI see it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Check;
use crate::bundle::discover::clean;
use crate::bundle::load::{self, Request};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::lint::rule::Verdict as Meaning;
use crate::lint::settings::{self, Settings};
use crate::lint::{self, text::visible};

/// The check.
pub const CHECK: Check =
    Check { id: "definitions", source: include_str!("definitions.rs"), applies, judge, planted };

/// Most findings that are spelled out.
const MOST: usize = 8;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::PostToolUse) => {
            matches!(event.tool(), Some("Write" | "Edit"))
                && event.input("file_path").is_some_and(may_define)
        }
        Some(Kind::ConfigChange) => event.payload.file_path.as_deref().is_some_and(may_define),
        _ => false,
    }
}

/// Whether a path may be one of a definition, by its words alone.
fn may_define(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let below = |folder: &str| path.split(['/', '\\']).any(|part| part == folder);
    match name {
        "SKILL.md" | "CLAUDE.md" | "CLAUDE.local.md" | ".mcp.json" | "plugin.json"
        | "marketplace.json" | "hooks.json" | "portcullis.yaml" => true,
        "settings.json" | "settings.local.json" => below(".claude"),
        _ if name.ends_with(".md") => below("agents") || below("commands") || below("skills"),
        _ if name.ends_with(".js") => below("workflows"),
        _ => false,
    }
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let named = event.input("file_path").or(event.payload.file_path.as_deref());
    let Some(named) = named else { return Ok(Vec::new()) };
    let path = clean(&context.cwd.join(named));
    let project = context.project.canonicalize().unwrap_or_else(|_| context.project.clone());
    let path = path.canonicalize().unwrap_or(path);
    // A policy that cannot be used, or names a rule that is gone, is another check's business.
    let policy = context.policy().map(|policy| policy.validate.clone()).unwrap_or_default();
    let settings = Settings::new(&policy, &project, &[])
        .or_else(|_| Settings::new(&crate::config::Validate::default(), &project, &[]))
        .map_err(anyhow::Error::msg)?;
    if settings.ignores(&path, false) {
        return Ok(Vec::new());
    }
    let request = Request { base: project, paths: vec![path], overlay: None };
    let (bundle, _) = load::load(&request, &|path, dir| settings.ignores(path, dir));
    let mut found = lint::run(&bundle, &settings.terms);
    settings::waive(&settings, &bundle, &mut found);
    found.retain(|finding| finding.allowed.is_none() && finding.verdict != Meaning::Portability);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    let Some(first) = found.first() else { return Ok(Vec::new()) };
    let error = first.verdict == Meaning::Error;
    let mut text = String::new();
    for finding in found.iter().take(MOST) {
        let file = &bundle.files[finding.file];
        let place = file.source.place(&finding.span);
        let (word, id) = (finding.verdict.word(), finding.rule.id);
        let (shown, message) = (visible(&file.shown), visible(&finding.message));
        text.push_str(&format!(
            "\n{shown}:{}:{}: {word}[{id}]: {message}",
            place.line, place.column
        ));
        if !finding.help.is_empty() {
            text.push_str(&format!(" ({})", visible(&finding.help)));
        }
    }
    if let Some(more) = found.len().checked_sub(MOST).filter(|more| *more > 0) {
        text.push_str(&format!("\nand {more} more: `portcullis validate`"));
    }
    Ok(vec![if error {
        Finding::new(
            "definitions-error",
            Verdict::Deny,
            format!("Claude Code will not load this definition as it says:{text}"),
        )
        .way_out("repair the file; it was written")
    } else {
        Finding::new(
            "definitions-warning",
            Verdict::Context,
            format!("The definition that was just written loads, but:{text}"),
        )
    }])
}

/// An agent without a description, written to the scratch folder.
fn planted(dir: &Path) -> Value {
    let path: PathBuf = dir.join(".claude/agents/planted.md");
    let text = "---\nname: planted\n---\nYou review changes.\n";
    // Where it cannot be written, the check stays silent and is reported as disarmed.
    let _ = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let _ = std::fs::write(&path, text);
    json!({
        "hook_event_name": "PostToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "permission_mode": "default",
        "tool_name": "Write",
        "tool_use_id": "portcullis-planted-definitions",
        "tool_input": {"file_path": path, "content": text},
        "tool_response": {"type": "create", "filePath": path},
    })
}
