//! What only a person may do, and what an agent's role allows: approvals, bypasses, verdicts, roles.

mod approval;
mod roles;

use std::time::Instant;

use portcullis::check::CHECKS;
use portcullis::env::Env;
use portcullis::hook::{self, input::Input};
use serde_json::{Value, json};

use crate::support::{PROGRAM, Project};

/// A project whose test gate can pass, with one commit.
fn sample(more: &str) -> Project {
    let project = Project::new();
    let policy = format!("gates:\n  test:\n    command: [sh, tests.sh]\n{more}");
    project.write("portcullis.yaml", &policy);
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.commit("first");
    project
}

fn gate(project: &Project, name: &str) -> Value {
    let output = project.command(PROGRAM).args(["gate", "run", name, "--json"]).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The reply of the hook in an environment.
fn hook_in(project: &Project, env: &Env, payload: &Value) -> Value {
    let input = Input::Whole(payload.to_string().into_bytes());
    let _ = project;
    match hook::answer(input, env, CHECKS, Instant::now()) {
        Some(bytes) => serde_json::from_slice(&bytes).unwrap(),
        None => Value::Null,
    }
}

fn prompt(project: &Project, text: &str) -> Value {
    json!({
        "session_id": "11111111-2222-3333-4444-555555555555",
        "cwd": project.path(),
        "hook_event_name": "UserPromptSubmit",
        "prompt_id": "p1",
        "prompt": text,
    })
}
