//! The hook check: what is refused, where, and that the secret itself is never said.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use portcullis::check::{CHECKS, secrets};
use portcullis::env::Env;
use portcullis::hook;
use portcullis::hook::input::Input;

use super::sample;

/// A project folder without git; its state is kept beside it.
pub(super) struct Project {
    dir: tempfile::TempDir,
    pub(super) token: String,
}

impl Project {
    pub(super) fn new() -> Self {
        let token = sample("ghp_{A:30}{crc32-base62}", 77).text;
        Self { dir: tempfile::tempdir().unwrap(), token }
    }

    pub(super) fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("project")
    }

    fn env(&self) -> Env {
        Env {
            cwd: self.dir.path().join("project"),
            project_dir: Some(self.dir.path().join("project")),
            state_home: Some(self.dir.path().join("state")),
            ..Env::default()
        }
    }

    pub(super) fn policy(&self, text: &str) {
        std::fs::create_dir_all(self.dir.path().join("project")).unwrap();
        std::fs::write(self.dir.path().join("project/portcullis.yaml"), text).unwrap();
    }

    /// Answers an event and checks that neither the reply nor the journal holds the token.
    pub(super) fn answer(&self, event: &Value) -> Option<Value> {
        let bytes = serde_json::to_vec(event).unwrap();
        let reply = hook::answer(Input::Whole(bytes), &self.env(), CHECKS, Instant::now());
        let text = reply.map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(!text.as_deref().unwrap_or_default().contains(&self.token), "{text:?}");
        let journal = journal(&self.dir.path().join("state"));
        assert!(!journal.is_empty(), "the call is in the journal");
        assert!(!journal.contains(&self.token), "{journal}");
        text.map(|text| serde_json::from_str(&text).unwrap())
    }

    pub(super) fn tool(&self, tool: &str, input: Value) -> Option<Value> {
        self.answer(&json!({
            "hook_event_name": "PreToolUse", "session_id": "s", "tool_use_id": "t",
            "tool_name": tool, "tool_input": input,
        }))
    }

    fn prompt(&self, prompt: &str) -> Option<Value> {
        self.answer(&json!({
            "hook_event_name": "UserPromptSubmit", "session_id": "s", "prompt": prompt,
        }))
    }

    /// The reason of a refusal.
    pub(super) fn refused(&self, tool: &str, input: Value) -> String {
        let reply = self.tool(tool, input).expect("a refusal");
        let specific = &reply["hookSpecificOutput"];
        assert_eq!(specific["permissionDecision"], "deny", "{reply}");
        specific["permissionDecisionReason"].as_str().unwrap().to_owned()
    }
}

fn journal(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => text.push_str(&journal(&path)),
            false if path.extension().is_some_and(|extension| extension == "jsonl") => {
                text.push_str(&std::fs::read_to_string(&path).unwrap());
            }
            false => {}
        }
    }
    text
}

#[test]
fn a_write_is_refused_with_rule_field_line_and_column() {
    let project = Project::new();
    let content = format!("a = 1\nü = \"{}\"\n", project.token);
    let reason = project.refused("Write", json!({"file_path": "/p/a.py", "content": content}));
    assert!(reason.contains("[github-pat]"), "{reason}");
    assert!(reason.contains("in content, line 2, column 6"), "{reason}");
    assert!(reason.contains("environment variable") && reason.contains("editor"), "{reason}");
}

#[test]
fn every_tool_that_writes_runs_or_sends_is_looked_at() {
    let project = Project::new();
    let token = &project.token;
    for (tool, input, field) in [
        (
            "Bash",
            json!({"command": format!("git clone https://{token}@host.invalid/x")}),
            "command",
        ),
        ("PowerShell", json!({"command": format!("$t='{token}'")}), "command"),
        ("Monitor", json!({"command": format!("watch {token}")}), "command"),
        ("NotebookEdit", json!({"notebook_path": "/p/n.ipynb", "new_source": token}), "new_source"),
        ("Agent", json!({"prompt": format!("use {token}"), "description": "d"}), "prompt"),
        ("Task", json!({"prompt": format!("use {token}")}), "prompt"),
        ("Workflow", json!({"name": "w", "args": {"deep": ["x", token]}}), "args.deep[1]"),
        ("Skill", json!({"skill": "s", "args": token}), "args"),
        ("WebFetch", json!({"url": format!("https://host.invalid/?t={token}")}), "url"),
        ("SendMessage", json!({"to": "a", "message": token}), "message"),
        ("mcp__server__call", json!({"rows": [{"value": token}]}), "rows[0].value"),
        ("SomethingNew", json!({"text": token}), "text"),
    ] {
        let reason = project.refused(tool, input);
        assert!(reason.contains("[github-pat]"), "{tool}: {reason}");
        assert!(reason.contains(&format!(" in {field}, line 1")), "{tool}: {reason}");
    }
}

#[test]
fn a_key_is_looked_at_and_not_printed() {
    let project = Project::new();
    let reason = project.refused("mcp__s__t", json!({"map": {project.token.as_str(): 1}}));
    assert!(reason.contains("the key map.[redacted:github-pat]"), "{reason}");
}

#[test]
fn tools_that_only_look_are_left_alone() {
    let project = Project::new();
    for tool in ["Read", "Glob", "Grep"] {
        assert_eq!(project.tool(tool, json!({"pattern": project.token})), None, "{tool}");
    }
}

#[test]
fn of_an_edit_only_the_new_text_counts() {
    let project = Project::new();
    let edit = |old: String, new: String| json!({"file_path": "/p/a", "old_string": old, "new_string": new});
    let with = |text: &str| format!("{text} = '{}'", project.token);
    assert!(project.refused("Edit", edit("a".into(), with("a"))).contains("in new_string, line 1"));
    assert_eq!(project.tool("Edit", edit(with("a"), "a = env".into())), None, "taken out");
    let reply = project.tool("Edit", edit(with("a"), with("b"))).expect("a notice: already there");
    assert!(reply["systemMessage"].as_str().unwrap().contains("[github-pat]"), "{reply}");
    assert_eq!(reply.get("hookSpecificOutput"), None, "{reply}");
    let other = sample("ghp_{A:30}{crc32-base62}", 78).text;
    let both = format!("{} {other}", with("b"));
    let reason = project.refused("Edit", edit(with("a"), both));
    assert_eq!(reason.matches("holds a secret").count(), 1, "only the new one: {reason}");
    assert!(!reason.contains(&other));
}

#[test]
fn clean_calls_are_met_with_silence() {
    let project = Project::new();
    assert_eq!(
        project.tool("Write", json!({"file_path": "/p/a", "content": "key = env['K']"})),
        None
    );
    assert_eq!(project.tool("Bash", json!({"command": "cargo test"})), None);
    assert_eq!(project.prompt("please add a test"), None);
}

#[test]
fn many_secrets_are_counted_and_not_listed() {
    let project = Project::new();
    let lines: Vec<String> =
        (0..9).map(|seed| sample("ghp_{A:30}{crc32-base62}", seed).text).collect();
    let reason = project.refused("Write", json!({"content": lines.join("\n")}));
    assert_eq!(reason.matches("holds a secret").count(), 5, "{reason}");
    assert!(reason.contains("and 4 more secrets"), "{reason}");
}

#[test]
fn a_prompt_is_reported_to_the_user_and_goes_on() {
    let project = Project::new();
    let reply = project.prompt(&format!("use {}", project.token)).expect("a notice");
    let text = reply["systemMessage"].as_str().unwrap();
    assert!(text.contains("[github-pat]") && text.contains("rotate"), "{text}");
    assert_eq!(reply.get("decision"), None);
}

#[test]
fn the_policy_decides_what_happens_to_prompts() {
    let project = Project::new();
    let prompt = format!("use {}", project.token);
    project.policy("version: 1\nsecrets:\n  prompts: block\n");
    let reply = project.prompt(&prompt).expect("a refusal");
    assert_eq!(reply["decision"], "block", "{reply}");
    assert!(reply["reason"].as_str().unwrap().contains("[github-pat]"), "{reply}");
    project.policy("version: 1\nsecrets:\n  prompts: off\n");
    assert_eq!(project.prompt(&prompt), None);
    project.policy("version: [\n");
    let reply = project.prompt(&prompt).expect("a notice: the default holds");
    assert!(reply["systemMessage"].as_str().unwrap().contains("[github-pat]"), "{reply}");
    assert_eq!(reply.get("decision"), None, "{reply}");
}

#[test]
fn the_policy_decides_what_happens_to_a_call_that_may_hold_a_secret() {
    let project = Project::new();
    let value = sample("{A:40}", 5).text;
    let input = json!({"file_path": "/p/a.py", "content": format!("api_key = '{value}'\n")});
    let said = |input: &Value| project.tool("Write", input.clone());
    let reply = said(&input).expect("a line for the model");
    let output = &reply["hookSpecificOutput"];
    let text = output["additionalContext"].as_str().unwrap();
    assert!(text.contains("generic-key") && text.contains("line 1"), "{text}");
    assert!(!text.contains(&value) && !text.contains('\n'), "{text}");
    assert_eq!(output.get("permissionDecision"), None, "{reply}");
    for (word, decision) in [("ask", "ask"), ("deny", "deny")] {
        project.policy(&format!("version: 1\nsecrets:\n  warn: {word}\n"));
        let reply = said(&input).expect("an answer");
        assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], decision, "{reply}");
    }
    project.policy("version: 1\nsecrets:\n  warn: off\n");
    assert_eq!(said(&input), None);
    let lock = json!({"file_path": "/p/Cargo.lock", "content": format!("token = '{value}'\n")});
    project.policy("version: 1\nsecrets:\n  warn: deny\n");
    assert_eq!(said(&lock), None, "a lock file");
}

#[test]
fn a_secret_that_the_journal_would_cut_in_two_is_redacted_whole() {
    let project = Project::new();
    for before in 120..160 {
        let command = format!("{} {}", "e".repeat(before), project.token);
        project.refused("Bash", json!({"command": command}));
    }
    let journal = journal(&project.dir.path().join("state"));
    assert!(!journal.contains(&project.token[..6]), "{journal}");
    assert!(journal.contains("[redacted:github-pat]"), "{journal}");
}

#[test]
fn the_planted_violation_is_refused() {
    let project = Project::new();
    let payload = (secrets::CHECK.planted)(&project.dir.path().join("project"));
    let reply = project.answer(&payload).expect("a refusal");
    assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], "deny", "{reply}");
    assert!(reply.to_string().contains("[github-pat]"), "{reply}");
}

#[test]
fn the_page_of_the_check_is_its_comment() {
    assert_eq!(
        secrets::CHECK.title(),
        "Refuses a tool call that would write, run or send a secret"
    );
    assert!(secrets::CHECK.page().contains("**Limits.**"));
}
