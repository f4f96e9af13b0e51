//! The three fixed events that the latency bench and the instruction ceilings share.

use std::path::Path;

use serde_json::{Value, json};

/// Name and payload of each: a quiet shell line, a file of 2 KB, a prompt.
pub(crate) fn fixed(cwd: &Path) -> [(&'static str, Value); 3] {
    let source: String = (0..40)
        .map(|n| format!("fn step_{n}(input: &str) -> usize {{ input.len() + {n} }}\n"))
        .collect();
    let event = |name: &str, extra: Value| {
        let mut payload = json!({
            "session_id": "11111111-2222-3333-4444-555555555555",
            "transcript_path": "",
            "cwd": cwd,
            "prompt_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "permission_mode": "default",
            "hook_event_name": name,
        });
        if let (Value::Object(payload), Value::Object(mut extra)) = (&mut payload, extra) {
            payload.append(&mut extra);
        }
        payload
    };
    [
        (
            "PreToolUse Bash `ls -la src`",
            event(
                "PreToolUse",
                json!({"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "ls -la src"}}),
            ),
        ),
        (
            "PreToolUse Write, 2 KB of source",
            event(
                "PreToolUse",
                json!({"tool_name": "Write", "tool_use_id": "t2", "tool_input": {"file_path": cwd.join("steps.rs"), "content": source}}),
            ),
        ),
        (
            "UserPromptSubmit, one paragraph",
            event(
                "UserPromptSubmit",
                json!({"prompt": "Add a loud greeting beside the quiet one, with a test. ".repeat(8)}),
            ),
        ),
    ]
}
