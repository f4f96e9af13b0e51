//! Claims of workers, gates and reviewers against the receipts; packets; the facts of a run.

mod corpus;
mod packets;
mod page;

use serde_json::{Value, json};

use crate::support::{PROGRAM, Project, denial};

fn sample() -> Project {
    let project = Project::new();
    project.write("portcullis.yaml", "gates:\n  test:\n    command: [sh, tests.sh]\n");
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.commit("first");
    project
}

fn gate(project: &Project) {
    assert!(
        project.command(PROGRAM).args(["gate", "run", "test"]).output().unwrap().status.success()
    );
}

fn report(tests_passing: bool) -> Value {
    json!({
        "status": "completed", "summary": "s", "files_changed": ["a"],
        "tests_passing": tests_passing, "next_steps": [], "evidence": ["x"],
    })
}

/// The answer to a StructuredOutput call of an agent of this type.
fn structured(project: &Project, agent: &str, input: Value) -> Value {
    let mut payload = project.call("StructuredOutput", input);
    payload["agent_id"] = json!("a1");
    payload["agent_type"] = json!(agent);
    project.hook(&payload)
}

#[test]
fn tests_passing_needs_a_receipt_for_this_tree() {
    let project = sample();
    for agent in ["backend-developer", "portcullis:backend-developer", "somebody-elses"] {
        let reply = structured(&project, agent, report(true));
        let reason = denial(&reply).unwrap_or_else(|| panic!("{agent}: {reply}"));
        assert!(
            reason.contains("[claims-tests]") && reason.contains("portcullis gate run test"),
            "{reason}"
        );
        assert_eq!(
            structured(&project, agent, report(false)),
            Value::Null,
            "the truth is accepted"
        );
    }
    gate(&project);
    assert_eq!(structured(&project, "backend-developer", report(true)), Value::Null);
    project.write("a", "an edit voids it");
    let reply = structured(&project, "backend-developer", report(true));
    assert!(denial(&reply).is_some_and(|why| why.contains("another tree now")), "{reply}");
}

#[test]
fn a_report_of_ours_must_fit_its_schema() {
    let project = sample();
    for (change, wanted) in [
        (json!({"status": "done"}), "done"),
        (json!({"files_changed": "a"}), "files_changed"),
        (json!({"tests_passing": "yes"}), "tests_passing"),
        (json!({"next_steps": null}), "next_steps"),
    ] {
        let mut input = report(false);
        let (key, value) = change.as_object().unwrap().iter().next().unwrap();
        input[key] = value.clone();
        let reply = structured(&project, "portcullis:backend-developer", input.clone());
        let reason = denial(&reply).unwrap_or_else(|| panic!("{input}: {reply}"));
        assert!(reason.contains("[claims-report]"), "{reason}");
        assert!(reason.contains(wanted) || reason.contains("invalid type"), "{wanted}: {reason}");
        assert_eq!(structured(&project, "an-agent-of-the-users", input), Value::Null);
    }
}

#[test]
fn a_gate_that_is_said_to_have_passed_must_have() {
    let project = sample();
    let claim = json!({"gate": "test", "status": "passed", "receipt": "0000", "summary": "", "failures": []});
    let reply = structured(&project, "workflow-subagent", claim.clone());
    assert!(denial(&reply).is_some_and(|why| why.contains("[claims-gate]")), "{reply}");
    let mut honest = claim.clone();
    honest["status"] = json!("not_run");
    assert_eq!(structured(&project, "workflow-subagent", honest), Value::Null);
    gate(&project);
    assert_eq!(structured(&project, "workflow-subagent", claim), Value::Null);
}

#[test]
fn an_approval_beside_a_grave_finding_is_a_contradiction() {
    let project = sample();
    let review = |verdict: &str, severity: &str| {
        json!({"verdict": verdict, "summary": "s", "findings": [{
            "severity": severity, "file": "a", "line": 1, "quote": "q", "problem": "p", "fix": "f",
        }]})
    };
    for (verdict, severity, refused) in [
        ("approve", "critical", true),
        ("approve", "major", true),
        ("approve", "minor", false),
        ("request_changes", "critical", false),
        ("lgtm", "minor", true),
    ] {
        let reply = structured(&project, "portcullis:code-reviewer", review(verdict, severity));
        assert_eq!(
            denial(&reply).is_some_and(|why| why.contains("[claims-review]")),
            refused,
            "{verdict} {severity}: {reply}"
        );
    }
}

/// The answer to a plain subagent's SubagentStop.
fn stop(project: &Project, agent: &str, id: &str, message: &str) -> Value {
    project.hook(&json!({
        "hook_event_name": "SubagentStop", "session_id": "s", "cwd": project.path(),
        "agent_id": id, "agent_type": agent, "stop_hook_active": false,
        "last_assistant_message": message,
    }))
}

#[test]
fn a_plain_worker_is_sent_back_twice_and_then_passed_on_loudly() {
    let project = sample();
    for _ in 0..2 {
        let reply = stop(&project, "portcullis:backend-developer", "a1", &report(true).to_string());
        assert_eq!(reply["decision"], "block", "{reply}");
        assert!(reply["reason"].as_str().unwrap().contains("[claims-tests]"), "{reply}");
    }
    let third = stop(&project, "portcullis:backend-developer", "a1", &report(true).to_string());
    assert_eq!(third.get("decision"), None, "never a loop");
    assert!(
        third["systemMessage"].as_str().unwrap().contains("do not rely on this report"),
        "{third}"
    );
    let other = stop(&project, "portcullis:backend-developer", "a2", "All done!");
    assert!(other["reason"].as_str().unwrap().contains("[claims-report]"), "{other}");
    let fenced = format!("```json\n{}\n```", report(false));
    assert_eq!(stop(&project, "portcullis:backend-developer", "a3", &fenced), Value::Null);
    assert_eq!(stop(&project, "Explore", "a4", "free text of a foreign agent"), Value::Null);
}

/// `debugger` and `code-reviewer` are names that others give too.
#[test]
fn an_agent_of_the_same_name_is_left_alone_unless_it_is_the_installed_one() {
    let project = sample();
    let words = "the cause is a missing lock";
    for agent in ["debugger", "code-reviewer", "other-plugin:debugger"] {
        assert_eq!(stop(&project, agent, agent, words), Value::Null, "{agent}");
    }
    project.write(".claude/agents/debugger.md", "---\nname: debugger\n---\nFind the bug.\n");
    assert_eq!(stop(&project, "debugger", "a1", words), Value::Null, "the user's own");
    let ours = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/agents/debugger.md"));
    project.write(".claude/agents/debugger.md", &ours.unwrap());
    for agent in ["debugger", "portcullis:debugger"] {
        let reply = stop(&project, agent, agent, words);
        assert!(
            reply["reason"].as_str().is_some_and(|why| why.contains("[claims-report]")),
            "{reply}"
        );
    }
}

#[test]
fn an_agent_with_a_schema_is_sent_back_twice_and_the_one_who_waits_is_told_once() {
    let project = sample();
    for _ in 0..2 {
        let reply = structured(&project, "portcullis:backend-developer", report(true));
        assert!(denial(&reply).is_some_and(|why| why.contains("[claims-tests]")), "{reply}");
    }
    let third = structured(&project, "portcullis:backend-developer", report(true));
    assert_eq!(denial(&third), None, "never a loop");
    let said = third["systemMessage"].as_str().unwrap();
    assert!(said.contains("[claims-invalid]") && said.contains("[claims-tests]"), "{said}");
    let line = project.journal().pop().unwrap();
    assert_eq!(line["rules"], json!(["claims-invalid", "claims-tests"]), "{line}");

    let mut done = project.call("Workflow", json!({"name": "w"}));
    done["hook_event_name"] = json!("PostToolUse");
    let told = project.hook(&done);
    let context = told["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(context.contains("backend-developer is invalid (claims-tests)"), "{context}");
    assert!(context.contains("Do not rely on what it says"), "{context}");
    assert_eq!(project.hook(&done), Value::Null, "said once");
    // What was passed on does not count against the next report.
    let next = structured(&project, "portcullis:backend-developer", report(true));
    assert!(denial(&next).is_some(), "{next}");
}

#[test]
fn a_background_task_that_ended_brings_word_of_an_invalid_report() {
    let project = sample();
    for _ in 0..3 {
        stop(&project, "portcullis:backend-developer", "a1", "All done!");
    }
    let notify = |prompt: &str| {
        project.hook(&json!({
            "hook_event_name": "UserPromptSubmit", "session_id": "s", "cwd": project.path(),
            "prompt": prompt,
        }))
    };
    assert_eq!(notify("what is the time?"), Value::Null);
    let told = notify("<task-notification>\n<task-id>a1</task-id>\n</task-notification>");
    let context = told["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(context.contains("is invalid (claims-report)"), "{context}");
}

#[test]
fn an_agent_whose_structured_report_was_judged_may_stop() {
    let project = sample();
    let mut payload = project.call("StructuredOutput", report(false));
    payload["session_id"] = json!("s");
    payload["agent_id"] = json!("a1");
    payload["agent_type"] = json!("portcullis:backend-developer");
    assert_eq!(project.hook(&payload), Value::Null);
    assert_eq!(
        stop(&project, "portcullis:backend-developer", "a1", "words after the report"),
        Value::Null
    );
}

#[test]
fn a_packet_is_read_before_the_spawn() {
    let project = sample();
    let spawn = |prompt: &str| {
        let reply = project.hook(&project.call(
            "Agent",
            json!({
                "description": "d", "subagent_type": "backend-developer", "prompt": prompt,
            }),
        ));
        denial(&reply).map(str::to_owned)
    };
    let packet = |body: &str| format!("Work.\n```portcullis-packet\n{body}\n```\n");
    assert_eq!(spawn("no packet at all"), None);
    assert_eq!(spawn(&packet(r#"{"task": "t", "requirements": "r", "phase": "implement"}"#)), None);
    for (body, wanted) in [
        (r#"{"task": "t"}"#, "requirements"),
        (r#"{"task": "", "requirements": "r"}"#, "task"),
        (r#"{"task": "t", "requirements": "r", "prioritty": 1}"#, "prioritty"),
        (r#"{"task": "t", "requirements": "r""#, "EOF"),
        (
            r#"{"task": "t", "requirements": "r", "context_files": "a"}"#,
            "context_files: wanted a list",
        ),
    ] {
        let reason = spawn(&packet(body)).unwrap_or_else(|| panic!("{body} was let through"));
        assert!(
            reason.contains("[packet-malformed]") && reason.contains(wanted),
            "{body}: {reason}"
        );
    }
    let open = spawn("```portcullis-packet\n{\"task\": \"t\", \"requirements\": \"r\"}");
    assert!(open.is_some_and(|why| why.contains("not closed")));
}

#[test]
fn the_policy_names_the_model_of_an_agent() {
    let project = sample();
    let spawn = |agent: &str, model: Option<&str>| {
        let mut input = json!({"description": "d", "prompt": "decide", "subagent_type": agent});
        if let Some(model) = model {
            input["model"] = json!(model);
        }
        project.hook(&project.call("Agent", input))
    };
    assert_eq!(spawn("architect", None), Value::Null, "no policy, no word");
    project.write("portcullis.yaml", "models:\n  architect: sonnet\n");
    for agent in ["architect", "portcullis:architect"] {
        for model in [None, Some("opus")] {
            let reply = spawn(agent, model);
            let reason = denial(&reply).unwrap_or_else(|| panic!("{agent}: {reply}"));
            assert!(reason.contains("[model-policy]") && reason.contains("\"sonnet\""), "{reason}");
        }
        assert_eq!(spawn(agent, Some("sonnet")), Value::Null);
    }
    assert_eq!(spawn("backend-developer", Some("opus")), Value::Null);
}

#[test]
fn the_commands_of_a_workflow_get_the_facts_of_a_run() {
    let project = sample();
    let expand = |name: &str| {
        let reply = project.hook(&json!({
            "hook_event_name": "UserPromptExpansion", "session_id": "s", "cwd": project.path(),
            "command_name": name, "command_args": "x", "prompt": format!("/{name} x"),
        }));
        reply["hookSpecificOutput"]["additionalContext"].as_str().map(str::to_owned)
    };
    for (name, prefix) in [("add-feature", ""), ("portcullis:add-feature", "portcullis:")] {
        let text = expand(name).unwrap_or_else(|| panic!("{name}: no facts"));
        let facts: Value =
            serde_json::from_str(text.strip_prefix("Portcullis run facts: ").unwrap()).unwrap();
        assert_eq!(
            (&facts["prefix"], &facts["workflow"]),
            (&json!(prefix), &json!(format!("{prefix}feature-pipeline")))
        );
        assert_eq!(facts["base_tree"], project.git(&["rev-parse", "HEAD^{tree}"]));
        let run = facts["run"].as_str().unwrap();
        let journal = project.path().join(".git/portcullis/runs").join(run).join("journal.jsonl");
        let text = std::fs::read_to_string(journal).unwrap();
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&line["kind"], &line["run"]), (&json!("started"), &json!(run)));
    }
    assert_ne!(expand("add-feature"), expand("add-feature"), "each run has an id of its own");
    assert_eq!(expand("other:add-feature"), None, "another plugin's command is not ours");
    assert_eq!(expand("commit"), None);
    let skill = project.call("Skill", json!({"skill": "portcullis:add-feature", "args": "x"}));
    let reply = project.hook(&skill);
    assert!(reply["hookSpecificOutput"]["additionalContext"].is_string(), "{reply}");
    assert_eq!(reply["hookSpecificOutput"].get("permissionDecision"), None);
}

#[test]
fn a_workflow_does_not_start_where_no_gate_can_pass() {
    let project = Project::new();
    let reply = project.hook(&json!({
        "hook_event_name": "UserPromptExpansion", "session_id": "s", "cwd": project.outside(),
        "command_name": "add-feature", "command_args": "x", "prompt": "/add-feature x",
    }));
    assert_eq!(reply["decision"], "block", "{reply}");
    let reason = reply["reason"].as_str().unwrap();
    assert!(reason.contains("[run-no-git]") && reason.contains("git init"), "{reason}");
}

#[test]
fn a_dirty_base_tree_can_be_compared_later() {
    let project = sample();
    project.write("untracked", "not committed before the run\n");
    let reply = project.hook(&json!({
        "hook_event_name": "UserPromptExpansion", "session_id": "s", "cwd": project.path(),
        "command_name": "add-feature", "command_args": "x", "prompt": "/add-feature x",
    }));
    let text = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    let facts: Value =
        serde_json::from_str(text.strip_prefix("Portcullis run facts: ").unwrap()).unwrap();
    let tree = facts["base_tree"].as_str().unwrap();
    let before = project.git(&["status", "--porcelain"]);
    project.write("untracked", "changed by the run\n");
    let diff = project.git(&["diff", "--stat", tree]);
    assert!(diff.contains("untracked"), "{diff}");
    assert_eq!(project.git(&["status", "--porcelain"]), before, "the index is as it was");
}
