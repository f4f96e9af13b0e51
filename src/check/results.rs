//! Reports a secret in what a tool answered.
//!
//! **What it does.** After a tool ran, every text of its result is looked at, and the error of a tool that
//! failed. A secret is reported to the user, and the model is told which kind stands where and that
//! it must not repeat, write or send it. The value itself is never said. The results of tools that
//! write (`Write`, `Edit`, `NotebookEdit`) only repeat what was judged before they ran, and are left alone.
//!
//! **Rules.** Those of the check `secrets` whose tier is `block` (`github-pat`): a result is read, not written, so a guess is not
//! worth a word. Encoded secrets are found as there.
//!
//! **Policy.** `secrets.results` in `portcullis.yaml`: `warn` (built in) does the above. `block` tells the model as
//! the client's feedback of a hook that refused; the tool has run and cannot be undone. `redact`
//! replaces each secret in the result by `[redacted:<rule id>]` before the model reads it. `off` does
//! not look. When the policy cannot be read, `warn` holds.
//!
//! **Way out.** Rotate a secret that the model has read, if its transcript may leave the machine. Print
//! names instead of values (`env | cut -d= -f1`).
//!
//! **Limits.** The result was on the screen and is in the client's transcript before this check sees it;
//! `redact` changes only what goes to the model. A model that saw a redacted file may write the
//! placeholder back; an `Edit` of a redacted line does not apply, since the text is not there. When
//! another hook also replaces the result, the client keeps the last one. The error of a failed
//! tool cannot be replaced; there, `redact` does what `warn` does. An image in a result is not read.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use super::secrets::payload::{Place, Places};
use crate::config::OnResult;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::secrets::{self, Tier, template};

/// The check.
pub const CHECK: Check =
    Check { id: "results", source: include_str!("results.rs"), applies, judge, planted };

/// Tools whose result repeats their input and what stood in the file before.
const REPEATING: &[&str] = &["Write", "Edit", "NotebookEdit"];

/// Most secrets that are spelled out; further ones are counted.
const MOST: usize = 5;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::PostToolUse) => event.tool().is_some_and(|tool| !REPEATING.contains(&tool)),
        Some(Kind::PostToolUseFailure) => event.payload.error.is_some(),
        _ => false,
    }
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let mut places = Places::new(None);
    match (event.kind, event.payload.error.as_deref()) {
        (Some(Kind::PostToolUseFailure), Some(error)) => places.text(error, "its error"),
        _ => places.walk(&event.payload.tool_response, &mut String::new()),
    }
    let mut places = places.all;
    places.retain(|place| place.found.hit.tier == Tier::Block);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mode = context.policy().map_or(OnResult::default(), |policy| policy.secrets.results);
    let replaced = mode == OnResult::Redact && event.kind == Some(Kind::PostToolUse);
    let (verdict, advice) = match mode {
        OnResult::Off => return Ok(Vec::new()),
        OnResult::Block => (
            Verdict::Deny,
            "do not repeat, write or send the value; tell the user that it has to be rotated if the transcript leaves this machine",
        ),
        OnResult::Redact if replaced => (
            Verdict::Context,
            "it was replaced before you read it; do not write the placeholder back into a file",
        ),
        _ => (Verdict::Context, "do not repeat, write or send the value; name it instead"),
    };
    let tool = event.tool().unwrap_or("a tool");
    let rule = places[0].found.hit.rule.id;
    let said = listed(&places);
    let mut findings = vec![Finding::new(
        rule,
        verdict,
        format!("the result of {tool} holds a secret: {said}; {advice}"),
    )];
    if verdict == Verdict::Context {
        let text = match replaced {
            true => "the model was given a placeholder",
            false => "the model has read it",
        };
        let notice = format!("the result of {tool} holds a secret: {said}; {text}");
        findings.push(Finding::new(rule, Verdict::Notice, notice).way_out(
            "rotate it if the transcript may leave this machine; `secrets.results: redact` in \
                 portcullis.yaml keeps such values from the model",
        ));
    }
    if replaced {
        findings[0].output = Some(redacted(&event.payload.tool_response));
    }
    Ok(findings)
}

/// Kinds and places, at most [`MOST`] of them.
fn listed(places: &[Place]) -> String {
    let mut said: Vec<String> = places
        .iter()
        .take(MOST)
        .map(|place| format!("[{}] {}", place.found.hit.rule.id, place.words()))
        .collect();
    if let Some(more) = places.len().checked_sub(MOST).filter(|more| *more > 0) {
        said.push(format!("and {more} more"));
    }
    said.join(", ")
}

/// The value with every secret in its texts replaced. Its form stays: the client reads it as the
/// tool's own answer.
fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(secrets::redact(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(redacted).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, item)| (key.clone(), redacted(item))).collect())
        }
        other => other.clone(),
    }
}

/// A result with a GitHub token that is made on the spot: no source holds one.
fn planted(dir: &Path) -> Value {
    let seed = u64::from(std::process::id());
    let token = template::expand("ghp_{A:30}{crc32-base62}", seed).map(|sample| sample.text);
    json!({
        "hook_event_name": "PostToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "permission_mode": "default",
        "tool_name": "Bash",
        "tool_use_id": "portcullis-planted-results",
        "tool_input": {"command": "cat .env"},
        "tool_response": {"stdout": format!("TOKEN={}\n", token.unwrap_or_default()), "stderr": ""},
    })
}
