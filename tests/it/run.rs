//! Workflow runs: what the hook writes of them, how they stand, what is refused, what is handed on.

mod budget;
mod route;

use serde_json::{Value, json};

use crate::support::{PROGRAM, Project, denial};

/// The session of [`Project::call`].
const SESSION: &str = "11111111-2222-3333-4444-555555555555";

/// A project with a run that `/add-feature` began, and transcripts beside it.
pub(crate) struct Run {
    pub(crate) project: Project,
    pub(crate) id: String,
    pub(crate) facts: Value,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self::asked("a subtraction script", |_| {})
    }

    /// A run with what was typed after the command; `prepare` may write files before it begins.
    pub(crate) fn asked(args: &str, prepare: impl FnOnce(&Project)) -> Self {
        let project = Project::new();
        project.write("portcullis.yaml", "gates:\n  test:\n    command: [sh, tests.sh]\n");
        project.write("tests.sh", "echo '1 passed, 0 failed'\n");
        project.write("src/add.sh", "echo 3\n");
        prepare(&project);
        project.commit("first");
        let facts = begin(&project, args);
        let id = facts["run"].as_str().unwrap().to_owned();
        Self { project, id, facts }
    }

    pub(crate) fn transcript(&self) -> std::path::PathBuf {
        self.project.outside().join(format!("{SESSION}.jsonl"))
    }

    fn agents(&self, scripted: bool) -> std::path::PathBuf {
        let folder = self.transcript().with_extension("").join("subagents");
        if scripted { folder.join("workflows/wf_1") } else { folder }
    }

    /// A packet of this run in its fence.
    pub(crate) fn packet(&self, task: &str, phase: &str, more: Value) -> String {
        let mut packet = json!({
            "task": task, "requirements": "it works", "run": self.id, "phase": phase,
            "context_files": ["src/add.sh"],
        });
        for (key, value) in more.as_object().unwrap() {
            packet[key] = value.clone();
        }
        format!("Carry it out.\n\n```portcullis-packet\n{packet}\n```")
    }

    fn event(&self, name: &str, more: Value) -> Value {
        let mut payload = json!({
            "session_id": SESSION, "transcript_path": self.transcript(),
            "cwd": self.project.path(), "hook_event_name": name,
        });
        for (key, value) in more.as_object().unwrap() {
            payload[key] = value.clone();
        }
        payload
    }

    /// The answer to a spawn by the `Agent` tool.
    pub(crate) fn spawn(&self, agent: &str, prompt: &str) -> Value {
        self.project.hook(&self.event(
            "PreToolUse",
            json!({"tool_name": "Agent", "tool_use_id": "t1", "tool_input": {
                "description": "d", "subagent_type": agent, "prompt": prompt,
            }}),
        ))
    }

    /// Writes the transcript of an agent: what it was asked, then answers with these tokens.
    pub(crate) fn asked_of(&self, id: &str, prompt: &str, scripted: bool, answers: &[u64]) {
        let folder = self.agents(scripted);
        std::fs::create_dir_all(&folder).unwrap();
        let prompt = match scripted {
            true => format!(
                "[Workflow harness — computed task] Text:\n{}",
                prompt.lines().map(|line| format!("  {line}\n")).collect::<String>()
            ),
            false => prompt.to_owned(),
        };
        let mut text = json!({
            "type": "user", "version": "2.1.330", "message": {"role": "user", "content": prompt},
        })
        .to_string();
        for (n, tokens) in answers.iter().enumerate() {
            let row = json!({"type": "assistant", "version": "2.1.330",
                "timestamp": format!("2026-11-26T06:44:{n:02}.000Z"),
                "message": {"id": format!("m{n}"), "usage": {
                    "input_tokens": tokens, "output_tokens": 0,
                    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            }}});
            text += &format!("\n{row}");
        }
        std::fs::write(folder.join(format!("agent-{id}.jsonl")), text + "\n").unwrap();
    }

    /// The answer to a tool call of an agent.
    pub(crate) fn agent_calls(&self, id: &str, agent: &str, tool: &str, input: Value) -> Value {
        self.project.hook(&self.event(
            "PreToolUse",
            json!({
                "agent_id": id, "agent_type": agent, "tool_name": tool, "tool_use_id": "t2",
                "tool_input": input,
            }),
        ))
    }

    /// The answer to the end of an agent.
    pub(crate) fn agent_stops(&self, id: &str, agent: &str, said: &str, scripted: bool) -> Value {
        let file = self.agents(scripted).join(format!("agent-{id}.jsonl"));
        self.project.hook(&self.event(
            "SubagentStop",
            json!({
                "agent_id": id, "agent_type": agent, "agent_transcript_path": file,
                "stop_hook_active": false, "last_assistant_message": said,
            }),
        ))
    }

    /// One worker from its spawn to its accepted report.
    pub(crate) fn done(&self, id: &str, agent: &str, prompt: &str) {
        assert_eq!(denial(&self.spawn(agent, prompt)), None);
        self.asked_of(id, prompt, false, &[10, 20]);
        assert_eq!(self.agent_calls(id, agent, "Read", json!({"file_path": "/x"})), Value::Null);
        let reply = self.agent_stops(id, agent, &report("completed", &["src/sub.sh"]), false);
        assert_eq!(reply, Value::Null);
    }

    pub(crate) fn session_starts(&self, source: &str) -> Value {
        self.project.hook(&self.event("SessionStart", json!({"source": source})))
    }

    /// The lines of the run's journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let file = self.project.path().join(".git/portcullis/runs").join(&self.id);
        let text = std::fs::read_to_string(file.join("journal.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.journal().iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Exit code and standard output of `portcullis run …`.
    pub(crate) fn cli(&self, args: &[&str]) -> (i32, String) {
        let output = self.project.command(PROGRAM).arg("run").args(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), if text.is_empty() { error } else { text })
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let (_, text) = self.cli(&[args, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
    }
}

pub(crate) fn begin(project: &Project, args: &str) -> Value {
    let reply = project.hook(&json!({
        "hook_event_name": "UserPromptExpansion", "session_id": SESSION,
        "transcript_path": project.outside().join(format!("{SESSION}.jsonl")),
        "cwd": project.path(), "command_name": "portcullis:add-feature", "command_args": args,
        "prompt": format!("/portcullis:add-feature {args}"),
    }));
    let text = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    serde_json::from_str(text.strip_prefix("Portcullis run facts: ").unwrap()).unwrap()
}

pub(crate) fn report(status: &str, files: &[&str]) -> String {
    json!({
        "status": status, "summary": format!("It is {status}."), "files_changed": files,
        "tests_passing": false, "next_steps": ["more"], "evidence": ["sh tests.sh: 1 passed"],
    })
    .to_string()
}

const WORKER: &str = "portcullis:backend-developer";

#[test]
fn a_run_is_followed_from_its_command_to_its_end() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({}));
    run.project.write("src/sub.sh", "echo 1\n");
    run.done("a1", WORKER, &prompt);
    assert_eq!(
        run.kinds(),
        [
            "started",
            "route",
            "versions",
            "phase",
            "dispatched",
            "began",
            "accepted",
            "ended",
            "versions"
        ]
    );
    let state = run.json(&["status"])["state"].clone();
    assert_eq!((&state["standing"], &state["command"]), (&json!("running"), &json!("add-feature")));
    let task = &state["tasks"][0];
    assert_eq!(
        (&task["task"], &task["standing"], &task["status"], &task["agent"]),
        (&json!("subtract"), &json!("done"), &json!("completed"), &json!("backend-developer"))
    );
    assert_eq!(state["costs"]["backend-developer"]["tokens"], 30);
    assert_eq!(state["versions"].as_array().unwrap().last().unwrap()[2], "2.1.330");
    let (code, text) = run.cli(&["status"]);
    assert_eq!(code, 0);
    for wanted in [
        "phase: implement",
        "task: subtract (backend-developer, implement): done (completed)",
        "the test gate has not been run here",
        "budget: total.agents is 1 of 60",
        "next: the test gate has not been run here; run `portcullis gate run test`",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let (code, list) = run.cli(&["list"]);
    assert!(code == 0 && list.contains(&run.id) && list.contains("tasks 1/1"), "{list}");
    assert_eq!(run.cli(&["status", "r-000000000000"]).0, 3);
}

#[test]
fn an_accepted_task_is_not_handed_out_again() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({}));
    run.done("a1", WORKER, &prompt);
    let again = run.spawn(WORKER, &prompt);
    let reason = denial(&again).unwrap_or_else(|| panic!("{again}"));
    for wanted in ["[dispatch-accepted]", "It is completed.", "src/sub.sh", "repair"] {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
    assert_eq!(run.kinds().last().unwrap(), "refused");
    // Another agent, another requirement, a repair, or a change in what it is about: it goes out.
    let other = run.packet("subtract", "implement", json!({"requirements": "it works better"}));
    let repair = run.packet("subtract", "repair", json!({}));
    for (agent, prompt) in [("frontend-developer", &prompt), (WORKER, &other), (WORKER, &repair)] {
        assert_eq!(denial(&run.spawn(agent, prompt)), None, "{agent}: {prompt}");
    }
    run.project.write("src/add.sh", "echo 4\n");
    assert_eq!(denial(&run.spawn(WORKER, &prompt)), None);
}

#[test]
fn what_a_report_calls_stopped_goes_out_again() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({}));
    run.spawn(WORKER, &prompt);
    run.asked_of("a1", &prompt, false, &[10]);
    run.agent_stops("a1", WORKER, &report("needs_context", &[]), false);
    let (_, text) = run.cli(&["status"]);
    assert!(text.contains("stopped with needs_context: answer it"), "{text}");
    assert_eq!(denial(&run.spawn(WORKER, &prompt)), None);
}

#[test]
fn an_agent_of_a_script_is_seen_at_its_first_call_and_may_still_report() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({}));
    let input = || json!({"file_path": run.project.path().join("src/add.sh")});
    run.asked_of("b1", &prompt, true, &[10]);
    assert_eq!(run.agent_calls("b1", WORKER, "Read", input()), Value::Null);
    let honest: Value = serde_json::from_str(&report("completed", &[])).unwrap();
    assert_eq!(run.agent_calls("b1", WORKER, "StructuredOutput", honest.clone()), Value::Null);
    run.agent_stops("b1", WORKER, "", true);
    assert_eq!(run.kinds()[3..], ["phase", "dispatched", "began", "accepted", "ended", "versions"]);
    // The same packet once more: each call is refused but the one that hands back a report.
    run.asked_of("b2", &prompt, true, &[10]);
    for _ in 0..2 {
        let reply = run.agent_calls("b2", WORKER, "Read", input());
        let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
        assert!(reason.contains("[dispatch-accepted]") && reason.contains("It is completed."));
    }
    assert_eq!(run.agent_calls("b2", WORKER, "StructuredOutput", honest), Value::Null);
    let refused = run.kinds().iter().filter(|kind| *kind == "refused").count();
    assert_eq!(refused, 1, "one refusal is one line, however often it is said");
}

#[test]
fn a_stopped_run_hands_out_nothing_more() {
    let run = Run::new();
    let (code, _) = run.cli(&["abort", &run.id, "--reason", "wrong feature"]);
    assert_eq!(code, 0);
    let prompt = run.packet("subtract", "implement", json!({}));
    let reply = run.spawn(WORKER, &prompt);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(reason.contains("[dispatch-aborted]") && reason.contains("wrong feature"), "{reason}");
    run.asked_of("b1", &prompt, true, &[]);
    let reply = run.agent_calls("b1", WORKER, "Read", json!({"file_path": "/x"}));
    assert!(denial(&reply).is_some_and(|why| why.contains("[dispatch-aborted]")), "{reply}");
    assert_eq!(run.session_starts("resume")["hookSpecificOutput"], Value::Null);
    assert_eq!(run.cli(&["resume", &run.id]).0, 3);
}

#[test]
fn a_restart_and_a_compaction_tell_the_state_and_nothing_else_does() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({}));
    run.done("a1", WORKER, &prompt);
    let open = run.packet("document", "implement", json!({}));
    run.spawn("technical-writer", &open);
    run.asked_of("a2", &open, false, &[5]);
    run.agent_calls("a2", "technical-writer", "Read", json!({"file_path": "/x"}));
    let told = |source: &str| {
        let reply = run.session_starts(source);
        reply["hookSpecificOutput"]["additionalContext"].as_str().map(str::to_owned)
    };
    assert_eq!(told("startup"), None);
    assert_eq!(told("clear"), None);
    let before = run.kinds().len();
    let compacted = told("compact").unwrap();
    assert_eq!(run.kinds().len(), before, "a compaction is no event of the run");
    let resumed = told("resume").unwrap();
    // It was killed: nobody saw the session's end, and the agent was at work.
    assert_eq!(run.kinds()[before..], ["interrupted", "resumed"]);
    for text in [compacted, resumed.clone()] {
        assert!(text.len() < 4_200, "{}", text.len());
        for wanted in [
            run.id.as_str(),
            "subtract (backend-developer",
            "It is completed.",
            "Open tasks: document",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }
    assert!(resumed.contains("hand out again: document (technical-writer"), "{resumed}");
    let (code, text) = run.cli(&["resume"]);
    assert!(code == 0 && text.contains("Open tasks: document"), "{text}");
}

#[test]
fn the_state_of_a_huge_run_still_fits() {
    let run = Run::asked(&"many words ".repeat(200), |_| {});
    let file = run.project.path().join(".git/portcullis/runs").join(&run.id).join("journal.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for n in 0..300 {
        let line = json!({"v": 1, "ts": n, "kind": "accepted", "run": run.id, "digest": format!("{n}"),
            "task": format!("task-{n}"), "agent": "backend-developer", "status": "completed",
            "summary": "s".repeat(300), "files": ["f".repeat(100)]});
        let open = json!({"v": 1, "ts": n, "kind": "dispatched", "run": run.id, "digest": format!("o{n}"),
            "task": format!("open-{n}"), "agent": "backend-developer"});
        text += &format!("{line}\n{open}\n");
    }
    std::fs::write(&file, text).unwrap();
    let (code, text) = run.cli(&["resume"]);
    assert_eq!(code, 0);
    assert!(text.len() < 4_300 && text.contains("and 288 more"), "{}: {text}", text.len());
}

#[test]
fn the_workflow_ends_with_what_the_client_says_of_it() {
    let run = Run::new();
    run.project.hook(&run.event(
        "PostToolUse",
        json!({"tool_name": "Workflow", "tool_use_id": "t", "tool_input": {}, "tool_response": {
            "status": "async_launched", "taskId": "w1", "runId": "wf_1", "scriptPath": "/s/x.js",
            "workflowName": "feature-pipeline",
        }}),
    ));
    let (_, text) = run.cli(&["resume"]);
    assert!(text.contains("scriptPath: \"/s/x.js\", resumeFromRunId: \"wf_1\""), "{text}");
    let notify = |task: &str, status: &str| {
        let result = json!({"run": run.id, "status": status, "summary": "said so"});
        let prompt = format!(
            "<task-notification>\n<task-id>{task}</task-id>\n<status>completed</status>\n<result>{result}</result>\n</task-notification>"
        );
        run.project.hook(&run.event("UserPromptSubmit", json!({"prompt": prompt})));
        run.json(&["status"])["state"]["standing"].clone()
    };
    assert_eq!(notify("other", "completed"), "running");
    assert_eq!(notify("w1", "needs_context"), "waiting");
    assert_eq!(notify("w1", "completed"), "completed");
}

#[test]
fn three_repairs_of_a_task_and_no_fourth() {
    let run = Run::new();
    let repair =
        |n: u32| run.packet("subtract", "repair", json!({"requirements": format!("round {n}")}));
    for n in 1..=3 {
        assert_eq!(denial(&run.spawn(WORKER, &repair(n))), None, "round {n}");
        assert_eq!(denial(&run.spawn(WORKER, &repair(n))), None, "round {n}, its agent died");
    }
    let reply = run.spawn(WORKER, &repair(4));
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(reason.contains("[dispatch-rounds]") && reason.contains("needs_context"), "{reason}");
    let other = run.packet("divide", "repair", json!({"requirements": "round 4"}));
    assert_eq!(denial(&run.spawn(WORKER, &other)), None, "another task has its own rounds");
}

#[test]
fn a_packet_of_a_run_that_nobody_began_is_said_and_goes_out() {
    let run = Run::new();
    let prompt = run.packet("subtract", "implement", json!({"run": "r-ffffffffffff"}));
    let reply = run.spawn(WORKER, &prompt);
    assert_eq!(denial(&reply), None);
    let context = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(context.contains("no run \"r-ffffffffffff\" was begun here"), "{context}");
    // A run's id is a folder's name: nothing in it leads elsewhere.
    let prompt = run.packet("subtract", "implement", json!({"run": "../../x"}));
    let reply = run.spawn(WORKER, &prompt);
    let reason = denial(&reply).unwrap();
    assert!(reason.contains("run: is no id of a run"), "{reason}");
    assert!(!run.project.path().join(".git/portcullis/x").exists());
}

#[test]
fn a_dead_agent_of_a_script_is_known_when_its_task_goes_out_again_or_the_script_ends() {
    let run = Run::new();
    run.project.hook(&run.event(
        "PostToolUse",
        json!({"tool_name": "Workflow", "tool_use_id": "t", "tool_input": {}, "tool_response": {
            "taskId": "w1", "runId": "wf_1", "scriptPath": "/s/x.js",
        }}),
    ));
    let prompt = run.packet("subtract", "implement", json!({}));
    for id in ["b1", "b2"] {
        run.asked_of(id, &prompt, true, &[10]);
        run.agent_calls(id, WORKER, "Read", json!({"file_path": "/x"}));
    }
    let dead = |run: &Run| -> Vec<Value> {
        let lines = run.journal().into_iter();
        lines.filter(|line| line["kind"] == "died").map(|line| line["agent_id"].clone()).collect()
    };
    assert_eq!(dead(&run), [json!("b1")]);
    // One that handed back its report did its work.
    let honest: Value = serde_json::from_str(&report("completed", &[])).unwrap();
    run.asked_of("b3", &run.packet("divide", "implement", json!({})), true, &[10]);
    run.agent_calls("b3", WORKER, "Read", json!({"file_path": "/x"}));
    run.agent_calls("b3", WORKER, "StructuredOutput", honest);
    let prompt = "<task-notification>\n<task-id>w1</task-id>\n<status>failed</status>";
    run.project.hook(&run.event("UserPromptSubmit", json!({"prompt": prompt})));
    assert_eq!(dead(&run), [json!("b1"), json!("b2")]);
    let state = run.json(&["status"])["state"].clone();
    assert_eq!((&state["live"], &state["status"]), (&json!({}), &json!("failed")));
}
