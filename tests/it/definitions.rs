//! The check `definitions`: what is said in a session about a definition that was just written.

use serde_json::{Value, json};

use crate::support::Project;

fn wrote(project: &Project, path: &str, text: &str) -> Value {
    project.write(path, text);
    project.hook(&json!({
        "hook_event_name": "PostToolUse",
        "session_id": "s",
        "cwd": project.path(),
        "tool_name": "Write",
        "tool_use_id": "t",
        "tool_input": {"file_path": project.path().join(path), "content": text},
        "tool_response": {"type": "create"},
    }))
}

#[test]
fn an_error_goes_back_and_a_warning_is_context() {
    let project = Project::new();
    let reply = wrote(&project, ".claude/agents/a.md", "---\nname: a\n---\nx\n");
    assert_eq!(reply["decision"], "block", "{reply}");
    let reason = reply["reason"].as_str().unwrap();
    assert!(reason.contains("agent-description-missing"), "{reason}");
    let text = "---\nname: a\ndescription: Use when a change is ready.\ntools: Foo\n---\nx\n";
    let reply = wrote(&project, ".claude/agents/a.md", text);
    assert!(reply["decision"].is_null(), "{reply}");
    let context = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(
        context.contains("tool-unknown") && context.contains(".claude/agents/a.md:4:8"),
        "{context}"
    );
}

#[test]
fn a_good_definition_and_any_other_file_are_no_matter() {
    let project = Project::new();
    let text = "---\nname: a\ndescription: Use when a change is ready.\n---\nYou review changes.\n";
    assert!(wrote(&project, ".claude/agents/a.md", text).is_null());
    assert!(wrote(&project, "docs/agents/notes.md", "# Notes\n").is_null());
    assert!(wrote(&project, "src/lib.rs", "---\n").is_null());
}

#[test]
fn the_policy_holds() {
    let project = Project::new();
    project.write("portcullis.yaml", "validate: {rules: {agent-description-missing: off}}\n");
    assert!(wrote(&project, ".claude/agents/a.md", "---\nname: a\n---\nx\n").is_null());
    project.write("portcullis.yaml", "validate: {ignore: [.claude/agents/]}\n");
    assert!(wrote(&project, ".claude/agents/a.md", "---\nname: a\n---\nx\n").is_null());
}

#[test]
fn a_changed_settings_file_is_judged() {
    let project = Project::new();
    project.write(".claude/settings.json", "{\"hooks\": {},}\n");
    let reply = project.hook(&json!({
        "hook_event_name": "ConfigChange",
        "session_id": "s",
        "cwd": project.path(),
        "source": "project_settings",
        "file_path": project.path().join(".claude/settings.json"),
    }));
    assert_eq!(reply["decision"], "block", "{reply}");
    assert!(reply["reason"].as_str().unwrap().contains("json-syntax"), "{reply}");
}
