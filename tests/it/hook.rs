//! The wire: what goes out for every event and verdict, and what bad input does.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use portcullis::check::Check;
use portcullis::hook::event::Event;
use portcullis::hook::input::{self, Input};
use portcullis::hook::kind::{EVENTS, Kind, Refusal};
use portcullis::hook::reply::{Finding, Verdict, reply};
use serde_json::{Value, json};

use crate::support::{PROGRAM, Project, denial, pre_tool};

/// What the client accepts, event by event; see the file for its source.
fn facts() -> Value {
    serde_json::from_str(include_str!("data/hook-events.json")).expect("the table")
}

const VERDICTS: [Verdict; 4] = [Verdict::Notice, Verdict::Context, Verdict::Ask, Verdict::Deny];

#[test]
fn the_table_holds_the_clients_events() {
    let facts = facts();
    let ours: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
    let mut theirs: Vec<&String> = facts["events"].as_object().unwrap().keys().collect();
    assert_eq!(ours.len(), 33);
    let mut sorted = ours.clone();
    sorted.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(sorted, theirs);
    for (index, event) in EVENTS.iter().enumerate() {
        assert_eq!(event.kind as usize, index);
        assert_eq!(Kind::from_name(event.name), Some(event.kind));
    }
}

#[test]
fn every_event_and_verdict_gets_a_legal_answer_that_loses_nothing() {
    let facts = facts();
    for event in EVENTS {
        let fact = &facts["events"][event.name];
        let legal: Vec<&str> = fact["hook_specific_output"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f.as_str().unwrap())
            .collect();
        for set in 1..16_u32 {
            let findings: Vec<Finding> = VERDICTS
                .iter()
                .enumerate()
                .filter(|(bit, _)| set & (1 << bit) != 0)
                .map(|(bit, verdict)| Finding::new("rule", *verdict, format!("message-{bit}")))
                .collect();
            let reply = reply(Some(event.kind), &findings);
            let body = reply.body.expect("findings are never silence");
            let text = body.to_string();
            for finding in &findings {
                assert!(text.contains(&finding.message), "{} lost {finding:?}: {text}", event.name);
            }
            assert!(!text.contains("\"allow\""), "{}: {text}", event.name);
            for (key, value) in body.as_object().unwrap() {
                match key.as_str() {
                    "systemMessage" => assert!(value.is_string()),
                    "reason" => assert!(body.get("decision").is_some()),
                    "decision" => {
                        assert_eq!(value, "block");
                        assert_eq!(fact["top_level_block"], true, "{}: {text}", event.name);
                    }
                    "hookSpecificOutput" => {
                        assert_eq!(value["hookEventName"], event.name);
                        for (field, value) in value.as_object().unwrap() {
                            assert!(
                                field == "hookEventName" || legal.contains(&field.as_str()),
                                "{} has no {field}",
                                event.name
                            );
                            if field == "permissionDecision" {
                                assert!(value == "deny" || value == "ask");
                            }
                        }
                    }
                    other => panic!("{}: top-level {other}", event.name),
                }
            }
            let wants_no = findings.iter().any(|f| f.verdict == Verdict::Deny);
            assert_eq!(
                reply.verdict == Some(Verdict::Deny),
                (wants_no || (set & 4 != 0 && !event.ask)) && event.refusal != Refusal::None,
                "{}",
                event.name
            );
        }
    }
}

#[test]
fn no_finding_is_silence_for_every_event() {
    for kind in EVENTS.iter().map(|event| Some(event.kind)).chain([None]) {
        let reply = reply(kind, &[]);
        assert_eq!((reply.verdict, reply.body), (None, None));
    }
}

#[test]
fn an_unknown_event_passes_and_is_logged() {
    let project = Project::new();
    let payload = json!({"hook_event_name": "BrandNew", "session_id": "s", "cwd": project.path(), "x": {"y": 1}});
    assert_eq!(project.hook(&payload), Value::Null);
    let journal = project.journal();
    assert_eq!(journal.len(), 1);
    assert_eq!(
        (&journal[0]["event"], &journal[0]["decision"]),
        (&json!("BrandNew"), &json!("pass"))
    );
}

fn panics(_: &Event, _: &portcullis::hook::context::Context) -> anyhow::Result<Vec<Finding>> {
    panic!("planted panic");
}

fn fails(_: &Event, _: &portcullis::hook::context::Context) -> anyhow::Result<Vec<Finding>> {
    anyhow::bail!("planted error")
}

fn nothing(_: &Path) -> Value {
    Value::Null
}

#[test]
fn a_failing_check_refuses_at_a_boundary_and_elsewhere_says_so_once() {
    portcullis::hook::quiet_panics();
    for judge in [panics, fails] {
        let project = Project::new();
        let checks =
            [Check { id: "planted", source: "", applies: |_| true, judge, planted: nothing }];
        let whole = |payload: Value| Input::Whole(payload.to_string().into_bytes());
        for line in ["git push origin main", "npm publish", "kubectl apply -f x.yaml"] {
            let reply =
                project.hook_with(&checks, whole(project.call("Bash", json!({"command": line}))));
            assert!(
                denial(&reply).is_some_and(|why| why.contains("internal-error")),
                "{line}: {reply}"
            );
        }
        let quiet = project.call("Bash", json!({"command": "ls"}));
        let first = project.hook_with(&checks, whole(quiet.clone()));
        assert!(first["systemMessage"].as_str().unwrap().contains("planted"), "{first}");
        assert_eq!(first.get("hookSpecificOutput"), None);
        assert_eq!(project.hook_with(&checks, whole(quiet)), Value::Null, "said once a session");
        let journal = project.journal();
        assert_eq!(journal.len(), 5);
        assert!(journal.iter().all(|line| line["level"] == "error"
            && line["errors"][0].as_str().unwrap().contains("planted")));
    }
}

/// Runs the real process on raw bytes; returns exit code and standard output.
fn process(project: &Project, stdin: &[u8]) -> (Option<i32>, Value, String) {
    let mut child = project
        .command(PROGRAM)
        .args(["hook", "--an-argument-of-the-future"])
        .env("CLAUDE_PROJECT_DIR", project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().unwrap().write_all(stdin).expect("the hook reads all of its input");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let reply =
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
    (output.status.code(), reply, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn malformed_input_ends_with_zero_a_line_and_no_panic() {
    let project = Project::new();
    let mut lines = 0;
    let inputs: [&[u8]; 12] = [
        b"",
        b"\n",
        b"not json",
        b"[1,2]",
        b"null",
        b"{",
        b"{}",
        b"{\"hook_event_name\": 7, \"session_id\": [], \"cwd\": {}, \"tool_input\": 3}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":12}}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Write\",\"tool_input\":\"push\"}",
        b"\xff\xfe{\"hook_event_name\":\"Stop\"}",
        b"{\"hook_event_name\":\"Stop\",\"last_assistant_message\":\"\xf0\x28\"}",
    ];
    for input in inputs {
        let (code, reply, stderr) = process(&project, input);
        lines += 1;
        assert_eq!(code, Some(0), "{input:?}");
        assert_eq!(stderr, "", "{input:?}");
        assert!(denial(&reply).is_none(), "{input:?}: {reply}");
        assert_eq!(project.journal().len(), lines, "{input:?}");
    }
}

#[test]
fn what_cannot_be_read_and_looks_like_a_push_is_refused() {
    let project = Project::new();
    let cut: &[u8] = b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"git push --force";
    let (code, reply, _) = process(&project, cut);
    assert_eq!(code, Some(0));
    assert!(denial(&reply).is_some_and(|why| why.contains("payload-malformed")), "{reply}");

    let big = |command: &str, tool: &str| {
        let filler = "x".repeat(20 << 20);
        pre_tool(&project.path(), tool, json!({"a": filler, "command": command})).to_string()
    };
    let (code, reply, _) = process(&project, big("git push", "Bash").as_bytes());
    assert_eq!(code, Some(0));
    assert!(denial(&reply).is_some_and(|why| why.contains("payload-oversized")), "{reply}");
    for (command, tool) in [("ls", "Bash"), ("git push", "Write")] {
        let (code, reply, _) = process(&project, big(command, tool).as_bytes());
        assert_eq!(code, Some(0));
        assert!(denial(&reply).is_none(), "{command} {tool}: {reply}");
        assert!(reply["systemMessage"].as_str().unwrap().contains("payload-oversized"));
    }
    assert_eq!(project.journal().len(), 4);
}

#[test]
fn a_word_cut_by_the_cap_is_still_seen() {
    let text = pre_tool(Path::new("/"), "Bash", json!({"command": "git push"})).to_string();
    let input_at = text.find("\"tool_input\"").unwrap();
    for cap in 1..text.len() - 1 {
        match input::read(text.as_bytes(), cap) {
            // Event and tool stand before the input, some 300 bytes from the start.
            Input::Oversized { boundary, .. } if cap > input_at => assert!(boundary, "cap {cap}"),
            Input::Oversized { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_closed_stdout_is_no_panic() {
    let project = Project::new();
    let payload = project.call("Bash", json!({"command": "git push"}));
    let mut child = project
        .command(PROGRAM)
        .arg("hook")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(project.journal().len(), 1);
}
