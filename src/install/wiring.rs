//! The hook entries, for every way in, from the one table of events.
//!
//! Every event calls the binary itself in the client's exec form: no shell, nothing to quote. Only
//! the start of a session goes through `session-start`, which makes sure that the binary is there
//! (`docs/decisions/0004-finding-the-binary.md`).

use serde_json::{Map, Value, json};

use crate::hook::kind::{EVENTS, Kind, Traits, Wired};

/// Where the wiring stands; each has its own paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `hooks/hooks.json` of the plugin.
    Plugin,
    /// `.claude/settings.json` of a project with an install in it.
    Project,
    /// `.claude/settings.json` of this repository: the script is its own, the binary the built one.
    Checkout,
}

/// Path of the folder that holds a project's binary, relative to the project.
pub const PLACE: &str = ".claude/portcullis/bin";

/// Seconds the client waits for one call. A hook that takes this long is broken, and the client
/// then goes on without a decision.
const TIMEOUT: u64 = 60;

/// Seconds at the end of a session, where the client kills what is slow anyway.
const TIMEOUT_END: u64 = 5;

impl Form {
    /// The script of the session's start.
    fn script(self) -> &'static str {
        match self {
            Self::Plugin => "${CLAUDE_PLUGIN_ROOT}/bin/session-start",
            Self::Project => "${CLAUDE_PROJECT_DIR}/.claude/portcullis/session-start",
            Self::Checkout => "${CLAUDE_PROJECT_DIR}/bin/session-start",
        }
    }

    /// The folder of the binary.
    fn place(self) -> &'static str {
        match self {
            Self::Plugin => "${CLAUDE_PLUGIN_DATA}/bin",
            Self::Project | Self::Checkout => "${CLAUDE_PROJECT_DIR}/.claude/portcullis/bin",
        }
    }
}

/// The events that the wiring holds.
pub fn events() -> impl Iterator<Item = &'static Traits> {
    EVENTS.iter().filter(|event| event.wired == Wired::Yes)
}

/// The handler of one event.
pub fn handler(form: Form, kind: Kind) -> Value {
    let timeout = if kind == Kind::SessionEnd { TIMEOUT_END } else { TIMEOUT };
    // Setup comes before the first SessionStart of a fresh plugin.
    if matches!(kind, Kind::SessionStart | Kind::Setup) {
        // `sh` by name, because a checkout or an archive can lose the script's executable bit.
        return json!({
            "type": "command", "command": "sh", "args": [form.script(), form.place()],
            "timeout": timeout,
        });
    }
    json!({
        "type": "command", "command": format!("{}/portcullis", form.place()), "args": ["hook"],
        "timeout": timeout,
    })
}

/// Plain commands that go out. The hook judges them as any other call; the coarse entry is there
/// for the day on which the hook's binary is missing.
const COARSE: &[&str] = &[
    "git push *",
    "gh pr merge *",
    "gh release create *",
    "npm publish *",
    "cargo publish *",
    "docker push *",
    "kubectl apply *",
    "terraform apply *",
];

/// The argument by which a call of the coarse entry is known; it is answered without a judgement.
pub const PRESENT: &str = "--present";

/// The groups of one event: the handler that judges, and before a tool call one handler for each
/// command of [`COARSE`] that only has to be there: the client refuses the call when it is not.
pub fn groups(form: Form, kind: Kind) -> Vec<Value> {
    let mut groups = vec![json!({ "hooks": [handler(form, kind)] })];
    if kind == Kind::PreToolUse {
        groups.extend(COARSE.iter().map(|pattern| {
            let mut present = handler(form, kind);
            present["args"] = json!(["hook", PRESENT]);
            present["if"] = json!(format!("Bash({pattern})"));
            present["onFailure"] = json!("block");
            json!({ "matcher": "Bash", "hooks": [present] })
        }));
    }
    groups
}

/// The whole map of a form: event to groups. The first group has no matcher: every tool is seen.
pub fn map(form: Form) -> Value {
    let entries =
        events().map(|event| (event.name.to_owned(), Value::Array(groups(form, event.kind))));
    Value::Object(entries.collect::<Map<_, _>>())
}

/// Whether a handler in somebody's settings is ours, known by what it runs.
pub fn is_ours<'a>(command: &str, args: impl IntoIterator<Item = &'a str>) -> bool {
    let place = format!("/{PLACE}");
    command.ends_with(&format!("{place}/portcullis"))
        || (command == "sh" && args.into_iter().any(|arg| arg.ends_with(&place)))
}

/// The text of `hooks/hooks.json`.
pub fn plugin_file() -> String {
    let file = json!({
        "description": "Portcullis judges every event; generated from the table of events in src/hook/kind.rs",
        "hooks": map(Form::Plugin),
    });
    format!("{file:#}\n")
}

/// The text of this repository's own `.claude/settings.json`.
pub fn checkout_file() -> String {
    format!("{:#}\n", json!({ "hooks": map(Form::Checkout) }))
}
