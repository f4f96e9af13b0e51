//! The journal: nothing lost, nothing torn, nothing secret, and read back as asked.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{PROGRAM, Project};

#[test]
fn sixty_four_processes_at_once_lose_and_tear_nothing() {
    const WRITERS: usize = 64;
    const EVENTS: usize = 200;
    let project = Project::new();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let project = &project;
            scope.spawn(move || {
                for event in 0..EVENTS {
                    let payload = json!({
                        "hook_event_name": "PostToolUse",
                        "session_id": format!("writer-{writer}"),
                        "tool_use_id": format!("{writer}-{event}"),
                        "cwd": project.path(),
                        "tool_name": "Read",
                        "tool_input": {"file_path": format!("/{}", "long/".repeat(writer * 20))},
                    });
                    let mut child = project
                        .command(PROGRAM)
                        .arg("hook")
                        .stdin(Stdio::piped())
                        .stdout(Stdio::null())
                        .stderr(Stdio::null())
                        .spawn()
                        .expect("the program starts");
                    child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
                    assert!(child.wait().unwrap().success());
                }
            });
        }
    });
    let mut seen: Vec<String> = project
        .journal()
        .iter()
        .map(|line| line["tool_use"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen.len(), WRITERS * EVENTS);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), WRITERS * EVENTS, "every event exactly once");
}

#[test]
fn a_line_holds_the_ids_and_the_spans_nest() {
    let project = Project::new();
    let send = |extra: Value| {
        let mut payload = json!({"session_id": "s", "cwd": project.path(), "prompt_id": "p"});
        payload.as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
        project.hook(&payload);
    };
    send(json!({"hook_event_name": "UserPromptSubmit", "prompt": "hello"}));
    send(
        json!({"hook_event_name": "SubagentStart", "agent_id": "a1", "agent_type": "portcullis:backend-developer"}),
    );
    let tool = json!({"agent_id": "a1", "agent_type": "portcullis:backend-developer", "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "ls"}});
    for event in ["PreToolUse", "PostToolUse"] {
        let mut tool = tool.clone();
        tool["hook_event_name"] = json!(event);
        send(tool);
    }
    let journal = project.journal();
    let [prompt, agent, pre, post] = &journal[..] else { panic!("{journal:?}") };
    for line in &journal {
        assert_eq!(
            (&line["v"], &line["session"], &line["prompt"]),
            (&json!(1), &json!("s"), &json!("p"))
        );
        assert_eq!(line["trace"].as_str().unwrap().len(), 32);
        assert_eq!(line["span"].as_str().unwrap().len(), 16);
        assert_eq!(line["trace"], prompt["trace"]);
    }
    assert_eq!(prompt["subject"], "5 characters", "the prompt itself is not kept");
    assert_eq!(agent["parent"], prompt["span"]);
    assert_eq!(pre["parent"], agent["span"]);
    assert_eq!(pre["span"], post["span"], "one tool call, one span");
    assert_eq!(
        (&pre["agent"], &pre["tool_use"], &pre["tool"]),
        (&json!("a1"), &json!("t1"), &json!("Bash"))
    );
}

#[test]
fn levels_are_configurable() {
    let project = Project::new();
    let quiet = project.call("Bash", json!({"command": "ls"}));
    project.write("portcullis.yaml", "log:\n  level: warn\n");
    project.hook(&quiet);
    assert_eq!(project.journal().len(), 0);
    project.hook(&project.call(
        "Write",
        json!({"file_path": project.path().join("portcullis.yaml"), "content": ""}),
    ));
    assert_eq!(project.journal().len(), 1, "a refusal is a warning");
    project.write("portcullis.yaml", "log:\n  level: debug\n");
    project.hook(&quiet);
    assert_eq!(project.journal()[1]["level"], "info");
}

/// Runs `portcullis log` and returns exit code, output and errors.
fn log(project: &Project, args: &[&str]) -> (Option<i32>, String, String) {
    let output = project.command(PROGRAM).arg("log").args(args).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn log_filters_and_prints_both_ways() {
    let project = Project::new();
    assert_eq!(log(&project, &[]).0, Some(3), "no journal is nothing, not success");
    let mut payload = project.call("Bash", json!({"command": "git push"}));
    project.hook(&payload);
    payload["tool_input"] = json!({"command": "ls -la"});
    payload["session_id"] = json!("other");
    payload["agent_id"] = json!("a9");
    payload["agent_type"] = json!("portcullis:code-reviewer");
    project.hook(&payload);
    for (args, wanted) in [
        (&[][..], 2),
        (&["--session", "oth"], 1),
        (&["--session", "zzz"], 0),
        (&["--agent", "code-reviewer"], 1),
        (&["--agent", "portcullis:code-reviewer"], 1),
        (&["--agent", "a9"], 1),
        (&["--agent", "reviewer"], 0),
        (&["--event", "pretooluse"], 2),
        (&["--decision", "deny"], 1),
        (&["--level", "warn"], 1),
        (&["--since", "1h"], 2),
        (&["--until", "1h"], 0),
        (&["--since", "2020-01-01T00:00:00Z", "--until", "2020-01-02T00:00:00Z"], 0),
    ] {
        let (code, text, errors) = log(&project, args);
        assert_eq!(
            (code, text.lines().count(), errors.as_str()),
            (Some(0), wanted, ""),
            "{args:?}: {text}"
        );
        let (_, json, _) = log(&project, &[args, &["--json"][..]].concat());
        let stored: Result<Vec<Value>, _> = json.lines().map(serde_json::from_str).collect();
        assert_eq!(stored.unwrap().len(), wanted);
    }
    let (_, text, _) = log(&project, &["--decision", "deny"]);
    assert!(
        text.contains("WARN")
            && text.contains("PreToolUse Bash")
            && text.contains("git push")
            && text.contains("boundary-push"),
        "{text}"
    );
    assert_eq!(log(&project, &["--since", "yesterday"]).0, Some(2));
    assert_eq!(log(&project, &["--level", "loud"]).0, Some(2));
}

#[test]
fn a_foreign_line_is_named_and_the_rest_is_shown() {
    let project = Project::new();
    project.hook(&project.call("Bash", json!({"command": "ls"})));
    let file = project.path().join(".git/portcullis/journal/journal.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("garbage\n{\"cut\":");
    std::fs::write(&file, text).unwrap();
    let (code, text, errors) = log(&project, &[]);
    assert_eq!((code, text.lines().count()), (Some(1), 1));
    assert!(errors.contains("journal.jsonl:2:"), "{errors}");
}

#[test]
fn follow_prints_lines_as_they_come() {
    use std::io::{BufRead, BufReader};
    let project = Project::new();
    let mut child = project
        .command(PROGRAM)
        .args(["log", "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for wanted in ["first", "second"] {
        project.hook(&project.call("Bash", json!({"command": wanted})));
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["subject"], wanted);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
