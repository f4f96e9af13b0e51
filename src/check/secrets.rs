//! Refuses a tool call that would write, run or send a secret.
//!
//! **What it does.** Every text of a tool's input is looked at, object keys too, before the tool runs; tools that
//! only look (`Read`, `Glob`, `Grep` and the like) are left alone. Of an `Edit` only the new text
//! counts, seen between the lines that stand around it in the file, so that a value has its name. A secret
//! that the file already holds is not refused a second time: the user is told. Encoded texts are looked into (base64, hex, percent,
//! HTML and string escapes, joined literals, gzip), three deep and up to 256 KiB a call; a command line is
//! also seen as the shell would read it, without the quotes inside of words and with the variables it
//! sets itself. The refusal names the rule (`github-pat`), the field, the line and the column, never the secret.
//!
//! **Two tiers.** What its prefix, structure or checksum proves, a password in a URL, in a command or in
//! a connection string, and a private key are refused. What only its name and its look suggest (`api_key =
//! "…"`, a value near a provider's name, a checksum that does not hold) is a warning: `secrets.warn` in
//! `portcullis.yaml` says `off`, `context` (the default: the model is told in one line and the call goes on),
//! `ask` or `deny`. In lock files and minified scripts warnings are not given.
//!
//! **Prompts.** A prompt that holds a secret is reported to the user and goes on. `secrets.prompts` in
//! `portcullis.yaml` says `block` to erase such a prompt before the model reads it, or `off`.
//! When the policy cannot be read, the default (`warn`) holds.
//!
//! **Rules.** What counts as a secret is data: `portcullis explain` lists the rules, `portcullis explain
//! github-pat` prints the page of one. Where a token carries a checksum, it is recomputed; a match
//! that fails it is a warning at most. Placeholders are not reported.
//!
//! **Waivers.** A row of `secrets.waivers` in `portcullis.yaml` (rule, path, reason, last day) lets a
//! secret pass that a call writes into such a file, and so does a comment `portcullis:allow RULE reason` that
//! stood in the file before; the user is told each time. A comment that the call itself brings silences a
//! warning and no refusal, and one that names a rule of the block tier is put to the user. Commands, prompts
//! and tools that write no file are not waived.
//!
//! **Way out.** Put the value into an environment variable or a secret store and write its name
//! where the value stood. A secret that was already sent (in a prompt, a commit, a log) has to be
//! rotated. When the finding is a false alarm, write that line yourself in an editor.
//!
//! **Limits.** It does not see a secret of a kind that no rule describes, one that is encrypted, encoded in
//! another way or deeper, put together from pieces by a program, and one that a command reads from a file.

mod edited;
pub(crate) mod payload;
mod waived;

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::{OnPrompt, OnWarn};
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::secrets::{Tier, template};

use payload::{Place, Places};

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
    let tool = event.tool().unwrap_or("tool");
    let file = event.input("file_path").or_else(|| event.input("notebook_path"));
    let path = file.map(|file| context.cwd.join(file));
    let mut places = Places::new(event.input("file_path"));
    let (before, change) = match (tool, event.input("new_string"), &path) {
        ("Edit", Some(new), Some(path)) => {
            let old = event.input("old_string").unwrap_or_default();
            match edited::place(path, old, new) {
                Some(edited) => {
                    places.part(&edited.text, &edited.new, "new_string");
                    (Cow::Owned(edited.file), Some((edited.near, edited.text)))
                }
                None => {
                    places.text(new, "new_string");
                    (Cow::Borrowed(old), None)
                }
            }
        }
        _ => {
            input(event, &mut places);
            // The file is read only when there is something to look for in it.
            let path = path.as_deref().filter(|_| !places.all.is_empty() || waived::writes(event));
            (path.and_then(edited::read).map_or(Cow::Borrowed(""), Cow::Owned), None)
        }
    };
    let (near, now) = match &change {
        Some((near, now)) => (near.as_str(), now.as_str()),
        None => (&*before, waived::written(event).unwrap_or_default()),
    };
    let mut said: Vec<Finding> = waived::brought(tool, near, now).into_iter().collect();
    let (mut sure, mut maybe): (Vec<_>, Vec<_>) =
        places.all.into_iter().partition(|place| place.found.hit.tier == Tier::Block);
    if let Some(path) = &path {
        sure.retain(|place| match waived::find(place, path, near, context) {
            Some(by) => {
                said.push(passed(tool, place, &by));
                false
            }
            None => true,
        });
        maybe.retain(|place| waived::find(place, path, near, context).is_none());
    }
    let (old, new): (Vec<_>, Vec<_>) =
        sure.into_iter().partition(|place| before.contains(place.secret()));
    maybe.retain(|place| !before.contains(place.secret()));
    let refused = refused(event, &new);
    // Where something is refused already, a guess beside it would only distract.
    if refused.is_empty() && !maybe.is_empty() {
        said.extend(doubted(event, &maybe, context));
    }
    said.extend(refused);
    said.extend(findings(&old, Verdict::Notice, |place| {
        let text = format!(
            "the {tool} input keeps a secret that the file holds already: {}",
            place.words()
        );
        Finding::new(place.found.hit.rule.id, Verdict::Notice, text)
            .way_out("rotate it and take it out of the file")
    }));
    Ok(said)
}

/// What the user is told of a secret that passes.
fn passed(tool: &str, place: &Place, by: &waived::By) -> Finding {
    let text = format!("the {tool} input holds {}, {}", place.words(), by.words());
    Finding::new(place.found.hit.rule.id, Verdict::Notice, text)
}

/// Looks at every text of a tool's input.
fn input<'t>(event: &'t Event, places: &mut Places<'t>) {
    let Some(line) = event.command_line() else {
        return places.walk(&event.payload.tool_input, &mut String::new());
    };
    places.shell_line(line, "command");
    for (name, value) in event.payload.tool_input.as_object().into_iter().flatten() {
        if name != "command" {
            places.walk(value, &mut name.clone());
        }
    }
}

/// The refusals of what is surely a secret.
fn refused(event: &Event, places: &[Place]) -> Vec<Finding> {
    findings(places, Verdict::Deny, |place| {
        Finding::new(
            place.found.hit.rule.id,
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
    })
}

/// What the policy wants said of what may be a secret: by default one line to the model.
fn doubted(event: &Event, places: &[Place], context: &Context) -> Vec<Finding> {
    let mode = context.policy().map_or(OnWarn::default(), |policy| policy.secrets.warn);
    let verdict = match mode {
        OnWarn::Off => return Vec::new(),
        OnWarn::Context => Verdict::Context,
        OnWarn::Ask => Verdict::Ask,
        OnWarn::Deny => Verdict::Deny,
    };
    let Some(first) = places.first() else { return Vec::new() };
    let more = match places.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let message = format!(
        "the {} input may hold a secret: {}{more}; if it is a real one, write the name of an \
         environment variable instead (rule {})",
        event.tool().unwrap_or("tool"),
        first.words(),
        first.found.hit.rule.id
    );
    vec![Finding::new(first.found.hit.rule.id, verdict, message)]
}

/// Judges a prompt. It is scanned before the policy is read: most prompts hold nothing.
fn prompt(event: &Event, context: &Context) -> Vec<Finding> {
    let text = event.payload.prompt.as_deref().unwrap_or_default();
    let mut places = Places::new(None);
    places.text(text, "prompt");
    let mut places = places.all;
    places.retain(|place| place.found.hit.tier == Tier::Block);
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
        Finding::new(place.found.hit.rule.id, verdict, message)
            .way_out(format!("{way_out} (`portcullis explain {}`)", place.found.hit.rule.id))
    })
}

/// One finding a place, and one that counts those beyond [`MOST`].
fn findings(places: &[Place], verdict: Verdict, say: impl Fn(&Place) -> Finding) -> Vec<Finding> {
    let mut said: Vec<Finding> = places.iter().take(MOST).map(say).collect();
    if let Some(next) = places.get(MOST) {
        let more = format!("and {} more secrets", places.len() - MOST);
        said.push(Finding::new(next.found.hit.rule.id, verdict, more));
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
