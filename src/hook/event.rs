//! One hook call as the client sends it: typed, lenient, unknown fields ignored.

use std::borrow::Cow;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::kind::Kind;
use crate::secrets;

/// The JSON object on standard input. Every field may be missing: a payload is judged on what it
/// holds, and a field of the wrong type counts as missing.
#[derive(Debug, Default, Deserialize)]
pub struct Payload {
    /// Which event this is, as sent; see [`Event::kind`] for the known ones.
    #[serde(default, deserialize_with = "text")]
    pub hook_event_name: Option<String>,
    /// The session. Inside a subagent this is the parent's.
    #[serde(default, deserialize_with = "text")]
    pub session_id: Option<String>,
    /// The prompt being answered; absent before the first one.
    #[serde(default, deserialize_with = "text")]
    pub prompt_id: Option<String>,
    /// The session's current folder; it moves with `cd` and worktrees.
    #[serde(default, deserialize_with = "text")]
    pub cwd: Option<String>,
    /// Only when the event fires inside a subagent.
    #[serde(default, deserialize_with = "text")]
    pub agent_id: Option<String>,
    /// `name`, or `plugin:name` for a plugin's agent.
    #[serde(default, deserialize_with = "text")]
    pub agent_type: Option<String>,
    /// `default`, `plan`, `acceptEdits`, `auto`, `dontAsk` or `bypassPermissions`.
    #[serde(default, deserialize_with = "text")]
    pub permission_mode: Option<String>,
    /// The tool of a tool event.
    #[serde(default, deserialize_with = "text")]
    pub tool_name: Option<String>,
    /// Joins the events of one tool call.
    #[serde(default, deserialize_with = "text")]
    pub tool_use_id: Option<String>,
    /// What the tool was or is to be called with.
    #[serde(default)]
    pub tool_input: Value,
    /// What the tool answered.
    #[serde(default)]
    pub tool_response: Value,
    /// The user's prompt (UserPromptSubmit, UserPromptExpansion).
    #[serde(default, deserialize_with = "text")]
    pub prompt: Option<String>,
    /// The slash command that expands, with its plugin prefix if it has one.
    #[serde(default, deserialize_with = "text")]
    pub command_name: Option<String>,
    /// What was typed after the command.
    #[serde(default, deserialize_with = "text")]
    pub command_args: Option<String>,
    /// Last text of the agent that stopped (Stop, SubagentStop).
    #[serde(default, deserialize_with = "text")]
    pub last_assistant_message: Option<String>,
    /// The client's transcript of the session, inside a subagent the parent's; it may lag behind or
    /// not exist yet.
    #[serde(default, deserialize_with = "text")]
    pub transcript_path: Option<String>,
    /// SubagentStop: the transcript of the agent.
    #[serde(default, deserialize_with = "text")]
    pub agent_transcript_path: Option<String>,
    /// True when a Stop or SubagentStop hook already sent the agent back once.
    #[serde(default, deserialize_with = "flag")]
    pub stop_hook_active: bool,
    /// SessionStart: `startup`, `resume`, `clear`, `compact` or `fork`.
    #[serde(default, deserialize_with = "text")]
    pub source: Option<String>,
    /// ConfigChange, InstructionsLoaded, FileChanged: the file.
    #[serde(default, deserialize_with = "text")]
    pub file_path: Option<String>,
    /// StopFailure and PostToolUseFailure: what went wrong.
    #[serde(default, deserialize_with = "text")]
    pub error: Option<String>,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_bool().unwrap_or(false))
}

/// A payload together with the event it names.
#[derive(Debug)]
pub struct Event {
    /// The known event, or `None` for one this version does not know.
    pub kind: Option<Kind>,
    /// What the client sent.
    pub payload: Payload,
}

impl Event {
    /// Reads one payload.
    ///
    /// # Errors
    /// When the bytes are not one JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let payload: Payload = serde_json::from_slice(bytes)?;
        let kind = payload.hook_event_name.as_deref().and_then(Kind::from_name);
        Ok(Self { kind, payload })
    }

    /// The event's name as sent, or `unknown`.
    pub fn name(&self) -> &str {
        self.payload.hook_event_name.as_deref().unwrap_or("unknown")
    }

    /// The tool's name with the client's old names mapped to today's (`Task` is `Agent`).
    pub fn tool(&self) -> Option<&str> {
        self.payload.tool_name.as_deref().map(|name| if name == "Task" { "Agent" } else { name })
    }

    /// A string field of the tool's input.
    pub fn input(&self, field: &str) -> Option<&str> {
        self.payload.tool_input.get(field).and_then(Value::as_str)
    }

    /// True before a tool call.
    pub fn is_pre_tool(&self) -> bool {
        self.kind == Some(Kind::PreToolUse)
    }

    /// The command line, when this is a call of a tool that runs one.
    pub fn command_line(&self) -> Option<&str> {
        match self.tool()? {
            "Bash" | "PowerShell" | "Monitor" => self.input("command"),
            _ => None,
        }
    }

    /// Whether the tool is one of an MCP server.
    pub fn is_mcp(&self) -> bool {
        self.tool().is_some_and(|tool| tool.starts_with("mcp__"))
    }

    /// The agent's type without its plugin prefix: `portcullis:code-reviewer` is `code-reviewer`.
    pub fn agent_name(&self) -> Option<&str> {
        self.payload.agent_type.as_deref().map(|name| name.rsplit(':').next().unwrap_or(name))
    }

    /// Where the call happens.
    pub fn cwd(&self) -> Option<PathBuf> {
        self.payload.cwd.as_deref().filter(|cwd| !cwd.is_empty()).map(PathBuf::from)
    }

    /// What the call is about, for the journal: a path, the start of a command, a prompt's size.
    /// Never the content of a file. The caller redacts it; a command line is redacted here already,
    /// before it is cut: half a secret is not recognised any more.
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        /// Characters of a command line that a log line keeps.
        const COMMAND: usize = 160;
        let payload = &self.payload;
        if let Some(line) = self.command_line() {
            let line = secrets::redact(line);
            return Some(match line.char_indices().nth(COMMAND) {
                Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
                None => line,
            });
        }
        for field in
            ["file_path", "notebook_path", "subagent_type", "skill", "name", "url", "pattern"]
        {
            if let Some(text) = self.input(field) {
                return Some(Cow::Borrowed(text));
            }
        }
        let text = payload.command_name.as_deref().or(payload.file_path.as_deref());
        if let Some(text) = text.or(payload.source.as_deref()).or(payload.error.as_deref()) {
            return Some(Cow::Borrowed(text));
        }
        payload.prompt.as_deref().map(|text| Cow::Owned(format!("{} characters", text.len())))
    }
}
