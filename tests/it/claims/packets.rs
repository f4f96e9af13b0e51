//! Packets: their fields, workers whose write sets meet, and what a worker may write.

use std::path::PathBuf;

use portcullis::run::fields;
use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review};
use serde_json::{Value, json};

use super::{report, stop};
use crate::support::{Project, denial};

const DEVELOPER: &str = "portcullis:backend-developer";

fn prompt(packet: &Value) -> String {
    format!("Carry out this packet.\n\n```portcullis-packet\n{packet}\n```\n")
}

/// Whether the call goes through; that a run is not known here is said and nothing more.
fn passes(project: &Project, payload: &Value) -> bool {
    denial(&project.hook(payload)).is_none()
}

/// A packet with these fields besides task and requirements.
fn packet(fields: Value) -> Value {
    let mut packet = json!({"task": "t", "requirements": "r"});
    for (key, value) in fields.as_object().unwrap() {
        packet[key] = value.clone();
    }
    packet
}

/// The sample with two runs that have begun.
fn sample() -> Project {
    let project = super::sample();
    project.begin_run("r-0001");
    project.begin_run("r-0002");
    project
}

/// A call of the session `s`, of an agent when `agent` says so.
fn call(project: &Project, tool: &str, id: &str, agent: Option<&str>, input: Value) -> Value {
    let mut payload = project.call(tool, input);
    payload["session_id"] = json!("s");
    payload["tool_use_id"] = json!(id);
    payload["transcript_path"] = json!(transcripts(project).with_extension("jsonl"));
    if let Some(agent) = agent {
        payload["agent_id"] = json!(agent);
        payload["agent_type"] = json!(DEVELOPER);
    }
    payload
}

fn dispatch(project: &Project, id: &str, agent: &str, packet: &Value) -> Value {
    let input = json!({"description": "d", "subagent_type": agent, "prompt": prompt(packet)});
    call(project, "Agent", id, None, input)
}

fn transcripts(project: &Project) -> PathBuf {
    project.home().join(".claude/projects/x/s")
}

/// Writes the transcript of an agent that a workflow script started, as the client does.
fn begun_by_a_script(project: &Project, agent: &str, packet: &Value) {
    let folder = transcripts(project).join("subagents/workflows/wf_1");
    std::fs::create_dir_all(&folder).unwrap();
    let text: String = prompt(packet).lines().map(|line| format!("  {line}\n")).collect();
    let content =
        format!("[Workflow harness — computed task] The computed task text follows:\n{text}");
    let row = json!({"type": "user", "message": {"role": "user", "content": content}});
    std::fs::write(folder.join(format!("agent-{agent}.jsonl")), format!("{row}\n")).unwrap();
    std::fs::write(folder.join(format!("agent-{agent}.meta.json")), r#"{"inWorkflowRun":true}"#)
        .unwrap();
}

#[test]
fn each_wrong_field_of_a_packet_is_named_with_what_would_be_right() {
    let project = sample();
    let tree = project.git(&["rev-parse", "HEAD^{tree}"]);
    let fine = packet(json!({
        "run": "r-0001", "phase": "implement", "base_tree": tree,
        "write_set": ["src/**", "tests/*.py", "README.md", "./docs/"],
        "budget": {"tokens": 20_000, "turns": 40, "minutes": 30},
    }));
    assert!(passes(&project, &dispatch(&project, "t0", "code-reviewer", &fine)));
    for (fields, wanted) in [
        (json!({"base_tree": "HEAD"}), "base_tree: \"HEAD\" is no git tree id"),
        (json!({"base_tree": "a".repeat(40)}), "base_tree: this repository has no tree aaaa"),
        (json!({"base_tree": 7}), "base_tree: wanted a text, found 7"),
        (json!({"write_set": "src"}), "write_set: wanted a list"),
        (json!({"write_set": ["src", 3]}), "write_set[1]: wanted a text, found 3"),
        (json!({"write_set": ["src", "/etc"]}), "write_set[1]: \"/etc\" is absolute"),
        (json!({"write_set": ["C:\\x"]}), "write_set[0]: \"C:\\\\x\" is absolute"),
        (json!({"write_set": ["~/x"]}), "write_set[0]: \"~/x\" is absolute"),
        (json!({"write_set": ["src/../../x"]}), "leads out of the project"),
        (json!({"write_set": ["src\\a"]}), "holds a back-slash"),
        (json!({"write_set": ["!src"]}), "name what may change"),
        (json!({"write_set": [""]}), "write_set[0]: is empty"),
        (json!({"write_set": ["src/{a"]}), "write_set[0]: \"src/{a\" is no pattern"),
        (json!({"budget": {"tokens": 0}}), "budget.tokens: 0 is less than 1"),
        (json!({"budget": {"turns": -3}}), "budget.turns: -3 is less than 1"),
        (json!({"budget": {"minutes": "ten"}}), "budget.minutes: wanted a whole number"),
        (json!({"budget": {"money": 3}}), "budget.money: no such field; known: tokens, turns"),
        (json!({"budget": 7}), "budget: wanted an object"),
        (json!({"run": "../r-0001"}), "run: is no id of a run"),
        (json!({"context_files": [null]}), "context_files[0]: wanted a text, found null"),
    ] {
        let reply = project.hook(&dispatch(&project, "t1", DEVELOPER, &packet(fields.clone())));
        let reason = denial(&reply).unwrap_or_else(|| panic!("{fields} was let through"));
        assert!(
            reason.contains("[packet-malformed]") && reason.contains(wanted),
            "{fields}: {reason}"
        );
    }
    let several = packet(json!({"task": "", "write_set": ["/x", "y", ".."], "budget": {}}));
    let reply = project.hook(&dispatch(&project, "t2", DEVELOPER, &several));
    let reason = denial(&reply).unwrap();
    for wanted in ["task: is empty", "write_set[0]", "write_set[2]"] {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
}

/// The walk over the schemas says yes and no where a whole validator does.
#[test]
fn the_field_by_field_reading_agrees_with_a_json_schema_validator() {
    let values = [
        json!({"task": "t", "requirements": "r"}),
        packet(json!({"budget": {"tokens": 1}, "write_set": []})),
        packet(json!({"budget": {"tokens": null}})),
        packet(json!({"budget": {"tokens": 0}})),
        packet(json!({"budget": {"tokens": 1.5}})),
        packet(json!({"budget": {"other": 1}})),
        packet(json!({"other": 1})),
        packet(json!({"write_set": [1]})),
        report(true),
        json!({"status": "completed"}),
        json!({"status": "done", "summary": "", "files_changed": [], "tests_passing": true, "next_steps": []}),
        json!({"status": "failed", "summary": 1, "files_changed": {}, "tests_passing": 0, "next_steps": [[]]}),
        json!({"verdict": "approve", "summary": "s", "findings": []}),
        json!({"verdict": "approve", "summary": "s", "findings": [{"severity": "minor"}]}),
        json!({"verdict": "approve", "summary": "s", "findings": [{
            "severity": "minor", "file": "a", "line": -1, "quote": "q", "problem": "p", "fix": "f",
        }]}),
        json!({"verdict": "approve", "summary": "s", "findings": [{
            "severity": "minor", "file": "a", "line": 1, "quote": "q", "problem": "p", "fix": "f",
        }]}),
        json!([]),
        json!("x"),
    ];
    let schemas = [
        schemars::schema_for!(Packet).to_value(),
        schemars::schema_for!(Report).to_value(),
        schemars::schema_for!(Review).to_value(),
    ];
    let mut fitting = 0;
    for schema in &schemas {
        let validator = jsonschema::validator_for(schema).unwrap();
        for value in &values {
            let problems = fields::problems(schema, value);
            assert_eq!(
                problems.is_empty(),
                validator.is_valid(value),
                "{}: {value}: {problems:?}",
                schema["title"]
            );
            fitting += usize::from(problems.is_empty());
        }
    }
    assert!(fitting >= 6, "{fitting} values fit a schema");
}

#[test]
fn two_workers_whose_write_sets_meet_are_not_at_work_together() {
    let project = sample();
    let of = |id: &str, set: &str| {
        let packet =
            packet(json!({"task": format!("task-{id}"), "run": "r-0001", "write_set": [set]}));
        dispatch(&project, id, DEVELOPER, &packet)
    };
    let ended = |id: &str, set: &str, response: Value| {
        let mut payload = of(id, set);
        payload["hook_event_name"] = json!("PostToolUse");
        payload["tool_response"] = response;
        project.hook(&payload)
    };
    assert!(passes(&project, &of("t1", "src/**")));
    assert!(passes(&project, &of("t2", "docs")), "they do not meet");
    let reply = project.hook(&of("t3", "src/a.rs"));
    let reason = denial(&reply).unwrap();
    for words in ["[packet-overlap]", "task-t1", "src/**", "src/a.rs", "task-t3"] {
        assert!(reason.contains(words), "{words}: {reason}");
    }
    // The first one came back in the foreground.
    ended("t1", "src/**", json!({"status": "completed", "agentId": "a1"}));
    assert!(passes(&project, &of("t3", "src/a.rs")));

    // In the background, the answer to the call is not its end.
    ended("t3", "src/a.rs", json!({"status": "async_launched", "agentId": "a3"}));
    assert!(denial(&project.hook(&of("t4", "src"))).is_some());
    stop(&project, "Explore", "a9", "somebody else ended");
    assert!(denial(&project.hook(&of("t4", "src"))).is_some());
    for _ in 0..2 {
        let reply = stop(&project, DEVELOPER, "a3", "no report");
        assert_eq!(reply["decision"], "block");
        assert!(denial(&project.hook(&of("t4", "src"))).is_some(), "it was sent back");
    }

    // A role that writes nothing is in nobody's way; nor is a packet of another run.
    let review = packet(json!({"run": "r-0001", "write_set": ["src"]}));
    assert!(passes(&project, &dispatch(&project, "t5", "code-reviewer", &review)));
    let other = packet(json!({"run": "r-0002", "write_set": ["src"]}));
    assert!(passes(&project, &dispatch(&project, "t6", DEVELOPER, &other)));
}

#[test]
fn a_worker_that_stopped_is_in_nobodys_way() {
    let project = sample();
    let of = |id: &str| {
        let task = format!("task-{id}");
        let packet = packet(json!({"task": task, "run": "r-0001", "write_set": ["src"]}));
        dispatch(&project, id, DEVELOPER, &packet)
    };
    assert!(passes(&project, &of("t1")));
    let mut launched = of("t1");
    launched["hook_event_name"] = json!("PostToolUse");
    launched["tool_response"] = json!({"status": "async_launched", "agentId": "a1"});
    project.hook(&launched);
    assert!(denial(&project.hook(&of("t2"))).is_some());
    // Its packet is known by its transcript.
    let folder = transcripts(&project).join("subagents");
    std::fs::create_dir_all(&folder).unwrap();
    let packet = packet(json!({"task": "task-t1", "run": "r-0001", "write_set": ["src"]}));
    let row = json!({"type": "user", "message": {"role": "user", "content": prompt(&packet)}});
    std::fs::write(folder.join("agent-a1.jsonl"), format!("{row}\n")).unwrap();
    let mut end = json!({
        "hook_event_name": "SubagentStop", "session_id": "s", "cwd": project.path(),
        "agent_id": "a1", "agent_type": DEVELOPER, "stop_hook_active": false,
        "last_assistant_message": report(false).to_string(),
    });
    end["agent_transcript_path"] = json!(folder.join("agent-a1.jsonl"));
    assert_eq!(project.hook(&end), Value::Null);
    assert!(passes(&project, &of("t2")));
}

#[test]
fn an_agent_of_a_script_is_seen_at_its_first_call() {
    let project = sample();
    let bash =
        |agent: &str| call(&project, "Bash", "t1", Some(agent), json!({"command": "git status"}));
    begun_by_a_script(&project, "a1", &packet(json!({"base_tree": "HEAD"})));
    for _ in 0..2 {
        let reply = project.hook(&bash("a1"));
        let reason = denial(&reply).unwrap();
        for words in ["[packet-malformed]", "base_tree: \"HEAD\"", "status needs_context"] {
            assert!(reason.contains(words), "{words}: {reason}");
        }
    }
    let mut answer = report(false);
    answer["status"] = json!("needs_context");
    answer["next_steps"] = json!(["base_tree is no tree id"]);
    let hand_back = call(&project, "StructuredOutput", "t2", Some("a1"), answer);
    assert_eq!(project.hook(&hand_back), Value::Null, "the way to hand back is open");

    for agent in ["a2", "a3"] {
        let packet = packet(json!({"task": agent, "run": "r-0001", "write_set": ["src"]}));
        begun_by_a_script(&project, agent, &packet);
    }
    assert!(passes(&project, &bash("a2")));
    let reply = project.hook(&bash("a3"));
    let reason = denial(&reply).unwrap();
    assert!(reason.contains("[packet-overlap]") && reason.contains("\"a2\""), "{reason}");
    assert_eq!(stop(&project, "Explore", "a2", ""), Value::Null);
    assert!(passes(&project, &bash("a3")), "the first one is done");

    begun_by_a_script(&project, "a4", &json!("no packet at all"));
    std::fs::write(
        transcripts(&project).join("subagents/workflows/wf_1/agent-a4.jsonl"),
        "{\"type\":\"user\",\"message\":{\"content\":\"just words\"}}\n",
    )
    .unwrap();
    assert!(passes(&project, &bash("a4")));
}

#[test]
fn a_worker_writes_inside_of_its_write_set() {
    let project = sample();
    begun_by_a_script(&project, "a1", &packet(json!({"write_set": ["src/**", "docs/*.md"]})));
    for (file, tool, allowed) in [
        ("src/deep/a.sh", "Write", true),
        ("docs/a.md", "Edit", true),
        ("docs/deep/a.md", "Edit", false),
        ("README.md", "Write", false),
        ("src/../README.md", "Write", false),
        ("../scratch.txt", "Write", true),
    ] {
        let input = json!({
            "file_path": project.path().join(file), "content": "x",
            "old_string": "a", "new_string": "b",
        });
        let reply = project.hook(&call(&project, tool, "t1", Some("a1"), input));
        let refused = denial(&reply).is_some_and(|why| why.contains("[packet-write-set]"));
        assert_eq!(refused, !allowed, "{tool} {file}: {reply}");
    }
    let input = json!({"file_path": project.path().join("README.md"), "content": "x"});
    assert!(passes(&project, &call(&project, "Write", "t2", None, input)));
}
