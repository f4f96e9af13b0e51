//! Refuses a tool call that would write, run or send a secret.
//!
//! **What it does.** Every text of a tool's input is looked at, object keys too, before the tool runs; tools that
//! only look (`Read`, `Glob`, `Grep` and the like) are left alone. Of an `Edit` only the new text
//! counts, and a secret that already stood in the old text is not refused a second time. The
//! refusal names the rule (`github-pat`), the field, the line and the column, never the secret.
//!
//! **Prompts.** A prompt that holds a secret is reported to the user and goes on. `secrets.prompts` in
//! `portcullis.yaml` says `block` to erase such a prompt before the model reads it, or `off`.
//! When the policy cannot be read, the default (`warn`) holds.
//!
//! **Rules.** What counts as a secret is data: `portcullis explain` lists the rules, `portcullis explain
//! github-pat` prints the page of one. Where a token carries a checksum, it is recomputed; a match
//! that fails it is not reported. Placeholders are not reported either.
//!
//! **Way out.** Put the value into an environment variable or a secret store and write its name
//! where the value stood. A secret that was already sent (in a prompt, a commit, a log) has to be
//! rotated. When the finding is a false alarm, write that line yourself in an editor.
//!
//! **Limits.** It does not see a secret of a kind that no rule describes, one that is encoded, encrypted
//! or put together from pieces, and one that a command reads from a file.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::OnPrompt;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::secrets::{self, Hit, template};

/// The check.
pub const CHECK: Check =
    Check { id: "secrets", source: include_str!("secrets.rs"), applies, judge, planted };

/// Tools that write nothing, run nothing and send nothing. A tool that is not known is looked at.
const LOOKING: &[&str] = &[
    "Read",
    "Glob",
    "Grep",
    "LSP",
    "NotebookRead",
    "ToolSearch",
    "ListAgents",
    "ListMcpResourcesTool",
    "ReadMcpResourceTool",
    "ReadMcpResourceDirTool",
    "ReadNotifications",
    "TaskGet",
    "TaskList",
    "TaskStop",
];

/// Most findings that are spelled out; further ones are counted.
const MOST: usize = 5;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::PreToolUse) => event.tool().is_some_and(|tool| !LOOKING.contains(&tool)),
        Some(Kind::UserPromptSubmit) => event.payload.prompt.is_some(),
        _ => false,
    }
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if event.kind == Some(Kind::UserPromptSubmit) {
        return Ok(prompt(event, context));
    }
    let mut places = Vec::new();
    match (event.tool(), event.input("new_string")) {
        (Some("Edit"), Some(new)) => {
            let old = event.input("old_string").unwrap_or_default();
            places = placed(new, "new_string");
            places.retain(|place| !old.contains(place.secret()));
        }
        _ => walk(&event.payload.tool_input, &mut String::new(), &mut places),
    }
    Ok(findings(&places, Verdict::Deny, |place| {
        Finding::new(
            place.hit.rule.id,
            Verdict::Deny,
            format!(
                "the {} input holds a secret: {}",
                event.tool().unwrap_or("tool"),
                place.words()
            ),
        )
        .way_out(
            "put the value into an environment variable or the secret store and write only its \
             name here; if it is no secret, ask the user to write that line in an editor",
        )
    }))
}

/// Judges a prompt. It is scanned before the policy is read: most prompts hold nothing.
fn prompt(event: &Event, context: &Context) -> Vec<Finding> {
    let text = event.payload.prompt.as_deref().unwrap_or_default();
    let places = placed(text, "prompt");
    if places.is_empty() {
        return Vec::new();
    }
    let mode = context.policy().map_or(OnPrompt::default(), |policy| policy.secrets.prompts);
    let (verdict, outcome, way_out) = match mode {
        OnPrompt::Off => return Vec::new(),
        OnPrompt::Warn => (
            Verdict::Notice,
            "the prompt was sent on with it",
            "if that was a mistake, rotate the secret now",
        ),
        OnPrompt::Block => (
            Verdict::Deny,
            "the prompt was not sent",
            "name the environment variable or the secret store's entry instead of the value",
        ),
    };
    findings(&places, verdict, |place| {
        let message = format!("the prompt holds a secret: {}; {outcome}", place.words());
        Finding::new(place.hit.rule.id, verdict, message)
            .way_out(format!("{way_out} (`portcullis explain {}`)", place.hit.rule.id))
    })
}

/// A secret and where it stands.
#[derive(Debug)]
struct Place<'t> {
    hit: Hit,
    text: &'t str,
    /// The field, as a path into the tool's input. Free of secrets.
    field: String,
}

impl<'t> Place<'t> {
    /// Kind and place. Lines and columns count from 1; columns count characters.
    fn words(&self) -> String {
        let before = self.text.get(..self.hit.span.start).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        let column = before[start..].chars().count() + 1;
        format!("{} in {}, line {line}, column {column}", self.hit.rule.title, self.field)
    }

    fn secret(&self) -> &'t str {
        self.text.get(self.hit.span.clone()).unwrap_or(self.text)
    }
}

/// The secrets of one text.
fn placed<'t>(text: &'t str, field: &str) -> Vec<Place<'t>> {
    let hits = secrets::scan(text.as_bytes());
    hits.into_iter()
        .map(|hit| Place { hit, text, field: secrets::redact(field).into_owned() })
        .collect()
}

/// Looks at every text of a JSON value. `path` is where it stands, and is left as it came.
fn walk<'t>(value: &'t Value, path: &mut String, places: &mut Vec<Place<'t>>) {
    let end = path.len();
    match value {
        Value::String(text) => places.extend(placed(text, path)),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                // Writing to a string does not fail.
                let _ = write!(path, "[{at}]");
                walk(item, path, places);
                path.truncate(end);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                if end > 0 {
                    path.push('.');
                }
                path.push_str(key);
                places.extend(placed(key, &format!("the key {path}")));
                walk(item, path, places);
                path.truncate(end);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One finding a place, and one that counts those beyond [`MOST`].
fn findings(places: &[Place], verdict: Verdict, say: impl Fn(&Place) -> Finding) -> Vec<Finding> {
    let mut said: Vec<Finding> = places.iter().take(MOST).map(say).collect();
    if let Some(next) = places.get(MOST) {
        let more = format!("and {} more secrets", places.len() - MOST);
        said.push(Finding::new(next.hit.rule.id, verdict, more));
    }
    said
}

/// A file with a GitHub token that is made on the spot: no source holds one.
fn planted(dir: &Path) -> Value {
    let seed = u64::from(std::process::id());
    let token = template::expand("ghp_{A:30}{crc32-base62}", seed).map(|sample| sample.text);
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "permission_mode": "default",
        "tool_name": "Write",
        "tool_use_id": "portcullis-planted-secrets",
        "tool_input": {
            "file_path": dir.join("config.py"),
            "content": format!("TOKEN = \"{}\"\n", token.unwrap_or_default()),
        },
    })
}
