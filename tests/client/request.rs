//! One request that the client sent to the model, and what can be read out of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The session's own thread.
    Main,
    /// A subagent, by the name in its definition (without a plugin's prefix).
    Agent(String),
    /// A request that belongs to no conversation: titles, summaries, token counts.
    Auxiliary,
}

/// A recorded request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) who: Who,
    /// The client's id of the subagent: the same as in hook payloads.
    pub(crate) agent_id: Option<String>,
    /// `null` when the request had no JSON body.
    pub(crate) body: Value,
    /// The content blocks that were answered.
    pub(crate) reply: Value,
}

/// What came back from a tool call.
#[derive(Clone, Debug)]
pub(crate) struct ToolResult {
    pub(crate) tool_use_id: String,
    pub(crate) tool: String,
    pub(crate) input: Value,
    pub(crate) who: Who,
    pub(crate) is_error: bool,
    pub(crate) text: String,
}

impl Request {
    /// Names of the tools offered to the model.
    pub(crate) fn tools(&self) -> Vec<&str> {
        self.body["tools"]
            .as_array()
            .map(|tools| tools.iter().filter_map(|tool| tool["name"].as_str()).collect())
            .unwrap_or_default()
    }

    /// The system prompt, blocks joined by empty lines.
    pub(crate) fn system(&self) -> String {
        text(&self.body["system"])
    }

    /// The text of the first user message: reminders and the prompt of this conversation.
    pub(crate) fn prompt(&self) -> String {
        self.messages()
            .iter()
            .find(|message| message["role"] == "user")
            .map(|message| text(&message["content"]))
            .unwrap_or_default()
    }

    /// All the model was told after the system prompt: user texts, system-role messages, tool
    /// results; not its own words.
    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        for message in self.messages() {
            if message["role"] != "assistant" {
                // Writing to a String cannot fail.
                let _ = writeln!(told, "{}", text(&message["content"]));
            }
        }
        told
    }

    /// Results of tool calls, in the order of the calls: those of one turn come back in the order
    /// in which they end.
    pub(crate) fn tool_results(&self) -> Vec<ToolResult> {
        let blocks = || self.messages().iter().filter_map(|m| m["content"].as_array()).flatten();
        let result = |call: &Value| {
            let is_its = |b: &&Value| b["type"] == "tool_result" && b["tool_use_id"] == call["id"];
            let block = blocks().find(is_its)?;
            Some(ToolResult {
                tool_use_id: call["id"].as_str()?.to_owned(),
                tool: call["name"].as_str()?.to_owned(),
                input: call["input"].clone(),
                who: self.who.clone(),
                is_error: block["is_error"] == true,
                text: text(&block["content"]),
            })
        };
        blocks().filter(|block| block["type"] == "tool_use").filter_map(result).collect()
    }

    /// The result of the last call, for a turn that depends on what came back.
    ///
    /// # Panics
    ///
    /// When there is none; inside a scripted turn that fails the test.
    pub(crate) fn last_result(&self) -> ToolResult {
        match self.tool_results().pop() {
            Some(result) => result,
            None => panic!("no tool result came back in this request"),
        }
    }

    /// For the dump that a failed test leaves.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "method": self.method, "path": self.path, "who": format!("{:?}", self.who),
            "agent_id": self.agent_id, "reply": self.reply, "tools": self.tools(),
            "system": self.body["system"], "messages": self.body["messages"],
        })
    }

    fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// The text of a `content` or `system` value: a string, or blocks of which tool results nest.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts: Vec<String> = blocks
                .iter()
                .filter_map(|block| match block["type"].as_str() {
                    Some("text") => block["text"].as_str().map(str::to_owned),
                    Some("tool_result") => Some(text(&block["content"])),
                    _ => None,
                })
                .collect();
            texts.join("\n\n")
        }
        _ => String::new(),
    }
}
