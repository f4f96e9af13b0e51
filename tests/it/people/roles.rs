//! Reviewers write nothing, and their verdict counts for the tree they read.

use serde_json::{Value, json};

use super::{gate, sample};
use crate::support::{Project, denial};

const SESSION: &str = "11111111-2222-3333-4444-555555555555";

/// An event of an agent.
fn event(project: &Project, name: &str, agent: (&str, &str), more: Value) -> Value {
    let mut payload = json!({
        "session_id": SESSION, "cwd": project.path(), "hook_event_name": name,
        "agent_id": agent.0, "agent_type": agent.1,
    });
    for (key, value) in more.as_object().unwrap() {
        payload[key] = value.clone();
    }
    payload
}

const REVIEWER: (&str, &str) = ("a1", "portcullis:code-reviewer");

fn begin(project: &Project, agent: (&str, &str)) {
    assert_eq!(project.hook(&event(project, "SubagentStart", agent, json!({}))), Value::Null);
}

fn answer(project: &Project, agent: (&str, &str), verdict: &str) {
    let review = json!({"verdict": verdict, "summary": "read all of it", "findings": []});
    let more = json!({"tool_name": "StructuredOutput", "tool_use_id": "t", "tool_input": review});
    assert_eq!(project.hook(&event(project, "PreToolUse", agent, more)), Value::Null);
}

/// Status and reason of the verdict's check in the gate.
fn review(project: &Project, name: &str, check: &str) -> (String, String) {
    let receipt = gate(project, name);
    let mut checks = receipt["checks"].as_array().unwrap().iter();
    let found = checks.find(|found| found["check"] == check).unwrap();
    (found["status"].as_str().unwrap().to_owned(), found["reason"].as_str().unwrap().to_owned())
}

fn shell(project: &Project, agent: (&str, &str), id: &str, command: &str) -> Value {
    let input = json!({"tool_name": "Bash", "tool_use_id": id, "tool_input": {"command": command}});
    let before = project.hook(&event(project, "PreToolUse", agent, input.clone()));
    assert!(denial(&before).is_none(), "{before}");
    assert!(project.command("sh").args(["-c", command]).status().unwrap().success());
    project.hook(&event(project, "PostToolUse", agent, input))
}

#[test]
fn a_reviewer_cannot_write_and_an_architect_only_documents() {
    let project = sample("");
    let write = |agent: (&str, &str), file: &str| {
        let input = json!({"file_path": project.path().join(file), "content": "x"});
        let more = json!({"tool_name": "Write", "tool_use_id": "t", "tool_input": input});
        project.hook(&event(&project, "PreToolUse", agent, more))
    };
    assert!(denial(&write(REVIEWER, "src/a.rs")).is_some_and(|why| why.contains("role-write")));
    assert!(denial(&write(("a", "security-auditor"), "docs/x.md")).is_some());
    assert_eq!(write(REVIEWER, "../scratch.txt"), Value::Null, "outside of the project");
    let architect = ("a2", "architect");
    assert_eq!(write(architect, "docs/design/x.md"), Value::Null);
    for file in ["src/a.rs", "docs/../src/a.rs"] {
        assert!(denial(&write(architect, file)).is_some(), "{file}");
    }
    assert_eq!(write(("a3", "backend-developer"), "src/a.rs"), Value::Null);
    project.write("portcullis.yaml", "roles: {backend-developer: ['src/**']}\n");
    assert!(denial(&write(("a3", "backend-developer"), "lib/a.rs")).is_some(), "the policy's row");
}

#[test]
fn what_a_reviewers_shell_call_changed_is_taken_back() {
    let project = sample("");
    project.write("kept.txt", "as it was\n");
    let status = project.git(&["status", "--porcelain"]);
    let reply = shell(
        &project,
        REVIEWER,
        "t1",
        "echo changed > kept.txt; rm tests.sh; mkdir -p new/deep; echo x > new/deep/file; echo x > \"it's here\"",
    );
    let said = reply["reason"].as_str().unwrap_or_else(|| panic!("{reply}"));
    assert!(said.contains("role-changed") && said.contains("as they were"), "{said}");
    assert_eq!(std::fs::read_to_string(project.path().join("kept.txt")).unwrap(), "as it was\n");
    assert!(project.path().join("tests.sh").exists() && !project.path().join("new").exists());
    assert_eq!(project.git(&["status", "--porcelain"]), status);
    assert_eq!(shell(&project, REVIEWER, "t2", "git diff --stat; ls"), Value::Null);
    assert_eq!(project.git(&["for-each-ref", "refs/portcullis/roles"]), "", "nothing is left");
}

#[test]
fn the_index_and_bytes_that_git_would_convert_are_taken_back_too() {
    let project = sample("");
    project.write(".gitattributes", "*.txt text=auto eol=lf\n");
    project.write("dos.txt", "one\r\ntwo\r\n");
    project.git(&["add", ".gitattributes"]);
    let (index, status) =
        (project.git(&["ls-files", "-s"]), project.git(&["status", "--porcelain"]));
    let reply = shell(&project, REVIEWER, "t1", "echo changed > dos.txt; git add -A");
    let said = reply["reason"].as_str().unwrap_or_else(|| panic!("{reply}"));
    assert!(said.contains("dos.txt") && said.contains("as they were"), "{said}");
    assert_eq!(std::fs::read(project.path().join("dos.txt")).unwrap(), b"one\r\ntwo\r\n");
    assert_eq!(project.git(&["ls-files", "-s"]), index);
    assert_eq!(project.git(&["status", "--porcelain"]), status);
}

#[test]
fn another_agents_work_at_the_same_time_is_not_taken_back() {
    let project = sample("");
    let input = json!({"tool_name": "Bash", "tool_use_id": "r", "tool_input": {"command": "ls"}});
    project.hook(&event(&project, "PreToolUse", REVIEWER, input.clone()));
    let other = json!({"tool_name": "Write", "tool_use_id": "d", "tool_input": {"file_path": project.path().join("work.rs"), "content": "x"}});
    project.hook(&event(&project, "PreToolUse", ("dev", "backend-developer"), other));
    project.write("work.rs", "the developer's\n");
    let reply = project.hook(&event(&project, "PostToolUse", REVIEWER, input));
    assert!(reply["reason"].as_str().unwrap().contains("another agent worked"), "{reply}");
    assert!(project.path().join("work.rs").exists());
}

#[test]
fn a_verdict_counts_for_the_tree_that_was_read_and_no_other() {
    let project = sample("");
    assert_eq!(review(&project, "review", "verdict").0, "not_run");
    begin(&project, REVIEWER);
    answer(&project, REVIEWER, "approve");
    assert_eq!(review(&project, "review", "verdict").0, "passed");
    project.write("later.rs", "an edit after the review\n");
    let (status, reason) = review(&project, "review", "verdict");
    assert!(status == "not_run" && reason.contains("another tree now"), "{reason}");

    // The tree changed while it read.
    begin(&project, ("a2", "code-reviewer"));
    project.write("later.rs", "an edit during the review\n");
    answer(&project, ("a2", "code-reviewer"), "approve");
    let (status, reason) = review(&project, "review", "verdict");
    assert!(status == "not_run" && reason.contains("changed while"), "{reason}");

    // Its begin was not seen.
    answer(&project, ("a3", "code-reviewer"), "approve");
    assert!(review(&project, "review", "verdict").1.contains("not seen"));

    // The newest one decides, and another role's does not count.
    begin(&project, ("a4", "code-reviewer"));
    answer(&project, ("a4", "code-reviewer"), "approve");
    assert_eq!(review(&project, "review", "verdict").0, "passed");
    begin(&project, ("a5", "security-auditor"));
    answer(&project, ("a5", "security-auditor"), "request_changes");
    assert_eq!(review(&project, "review", "verdict").0, "passed");
    begin(&project, ("a6", "code-reviewer"));
    answer(&project, ("a6", "code-reviewer"), "request_changes");
    assert_eq!(review(&project, "review", "verdict").0, "failed");
}

#[test]
fn an_author_does_not_review_itself() {
    let project = sample("");
    let agent = ("both", "code-reviewer");
    begin(&project, agent);
    let wrote = json!({"tool_name": "Write", "tool_use_id": "t", "tool_input": {"file_path": "/elsewhere/x", "content": "x"}});
    project.hook(&event(&project, "PostToolUse", agent, wrote));
    answer(&project, agent, "approve");
    let (status, reason) = review(&project, "review", "verdict");
    assert!(status == "not_run" && reason.contains("wrote files itself"), "{reason}");
}

#[test]
fn a_plain_subagents_last_message_is_its_verdict() {
    let project = sample("");
    begin(&project, REVIEWER);
    let review_text =
        "```json\n{\"verdict\":\"approve\",\"summary\":\"fine\",\"findings\":[]}\n```";
    let stop =
        event(&project, "SubagentStop", REVIEWER, json!({"last_assistant_message": review_text}));
    assert_eq!(project.hook(&stop), Value::Null);
    assert_eq!(review(&project, "review", "verdict").0, "passed");
}

#[test]
fn a_design_is_bound_to_the_content_of_its_record() {
    let project = sample("");
    project.git(&["switch", "-q", "-c", "feature"]);
    let design = |project: &Project| {
        let receipt = gate(project, "design");
        (
            receipt["status"].as_str().unwrap().to_owned(),
            receipt["reason"].as_str().unwrap().to_owned(),
        )
    };
    assert!(design(&project).1.contains("no design record"));
    project.write("docs/design/x.md", "# X\n");
    assert!(design(&project).1.contains("no architect"), "{:?}", design(&project));
    let architect = ("arch", "portcullis:architect");
    begin(&project, architect);
    let report = json!({"status": "completed", "summary": "feasible", "files_changed": ["docs/design/x.md"], "tests_passing": false, "next_steps": []});
    let more = json!({"tool_name": "StructuredOutput", "tool_use_id": "t", "tool_input": report});
    project.hook(&event(&project, "PreToolUse", architect, more));
    assert_eq!(design(&project).0, "passed");
    project.write("src/code.rs", "the code may be written now\n");
    assert_eq!(design(&project).0, "passed");
    project.write("docs/design/x.md", "# X, another way\n");
    assert_eq!(design(&project).0, "not_run");
}

#[test]
fn a_verdict_that_a_script_feeds_to_the_hook_is_none() {
    let project = sample("");
    for name in ["SubagentStart", "SubagentStop"] {
        let review = "{\"verdict\":\"approve\",\"summary\":\"fine\",\"findings\":[]}";
        let payload = event(&project, name, REVIEWER, json!({"last_assistant_message": review}));
        let file = project.outside().join("payload.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        let script = format!("'{}' hook < '{}'; exit", crate::support::PROGRAM, file.display());
        assert!(project.command("sh").args(["-c", &script]).status().unwrap().success());
    }
    assert_eq!(review(&project, "review", "verdict").0, "not_run");
}
