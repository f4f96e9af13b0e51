//! Limits, breakers, forecasts and final reports.

use serde_json::{Value, json};

use super::{Run, WORKER, report};
use crate::support::{Project, denial};

fn with_policy(policy: &str) -> Run {
    let text = format!("gates:\n  test:\n    command: [sh, tests.sh]\n{policy}");
    Run::asked("x", |project: &Project| project.write("portcullis.yaml", &text))
}

fn context(reply: &Value) -> &str {
    reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default()
}

#[test]
fn a_spent_limit_refuses_the_next_dispatch_and_names_the_way_out() {
    let run = with_policy("runs:\n  total: {agents: 2}\n");
    for n in 1..=2 {
        let prompt = run.packet(&format!("t{n}"), "implement", json!({}));
        assert_eq!(denial(&run.spawn(WORKER, &prompt)), None);
    }
    let reply = run.spawn(WORKER, &run.packet("t3", "implement", json!({})));
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    for wanted in
        ["[dispatch-budget]", "total.agents is 2 of 2", "/approve budget", "portcullis.yaml"]
    {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
}

#[test]
fn a_limit_that_comes_near_is_said_once() {
    let run = with_policy("runs:\n  total: {agents: 5}\n");
    let texts: Vec<String> = (1..=6)
        .map(|n| {
            let reply = run.spawn(WORKER, &run.packet(&format!("t{n}"), "implement", json!({})));
            assert_eq!(denial(&reply).is_some(), n == 6, "{reply}");
            context(&reply).to_owned()
        })
        .collect();
    let said: Vec<bool> =
        texts.iter().map(|text| text.contains("total.agents is 4 of 5")).collect();
    assert_eq!(said, [false, false, false, false, true, false], "{texts:?}");
}

#[test]
fn tokens_of_workers_count_by_type_and_live_ones_too() {
    let run = with_policy("runs:\n  agents:\n    backend-developer: {tokens: 100}\n");
    let first = run.packet("one", "implement", json!({}));
    run.spawn(WORKER, &first);
    run.asked_of("a1", &first, false, &[60]);
    run.agent_stops("a1", WORKER, &report("completed", &[]), false);
    let second = run.packet("two", "implement", json!({}));
    assert_eq!(denial(&run.spawn(WORKER, &second)), None);
    run.asked_of("a2", &second, false, &[50]);
    run.agent_calls("a2", WORKER, "Read", json!({"file_path": "/x"}));
    let third = run.packet("three", "implement", json!({}));
    let reply = run.spawn(WORKER, &third);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(reason.contains("backend-developer.tokens is 110 of 100"), "{reason}");
    assert_eq!(denial(&run.spawn("technical-writer", &third)), None, "others have their own");
}

#[test]
fn what_the_run_adds_to_the_orchestrators_context_is_bounded_and_a_compaction_frees_it() {
    let run = with_policy("runs:\n  orchestrator: {context: 1000}\n");
    let row = |id: &str, fill: u64| {
        json!({"message": {"id": id, "usage": {
            "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": fill,
            "cache_read_input_tokens": 0,
        }}})
    };
    let mut rows = vec![row("m1", 70_000), row("m2", 70_400)];
    let spawn = |rows: &[Value], task: &str| {
        let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(run.transcript(), text).unwrap();
        run.spawn(WORKER, &run.packet(task, "implement", json!({})))
    };
    assert_eq!(denial(&spawn(&rows, "one")), None, "what was there before the run is not its own");
    rows.push(row("m3", 71_100));
    let reply = spawn(&rows, "two");
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(
        reason.contains("orchestrator.context is 1100 of 1000") && reason.contains("/compact"),
        "{reason}"
    );
    rows.push(json!({"type": "system", "subtype": "compact_boundary"}));
    rows.push(row("m4", 20_000));
    assert_eq!(denial(&spawn(&rows, "two")), None);
}

#[test]
fn a_worker_is_not_handed_more_than_its_context() {
    let run = with_policy("runs:\n  worker: {context: 2000}\n");
    run.project.write("src/big.txt", &"12345678\n".repeat(1_000));
    let big = run.packet("one", "implement", json!({"context_files": ["src/big.txt"]}));
    let reply = run.spawn(WORKER, &big);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(
        reason.contains("about 2252 tokens") && reason.contains("may be handed 2000"),
        "{reason}"
    );
    assert_eq!(denial(&run.spawn(WORKER, &run.packet("one", "implement", json!({})))), None);
}

#[test]
fn a_limit_that_is_no_limit_is_named() {
    let run = with_policy("runs:\n  warn: 0\n");
    let (code, text) = run.cli(&["report"]);
    assert_eq!(code, 4);
    assert!(text.contains("runs.warn: 0 is no percentage"), "{text}");
}

#[test]
fn an_agent_type_that_keeps_failing_is_not_started_again() {
    let run = with_policy("retry: {breaker: 2, pause_s: 600}\n");
    for n in 1..=2 {
        let prompt = run.packet(&format!("t{n}"), "implement", json!({}));
        assert_eq!(denial(&run.spawn(WORKER, &prompt)), None);
        let id = format!("a{n}");
        run.asked_of(&id, &prompt, false, &[1]);
        run.agent_calls(&id, WORKER, "Read", json!({"file_path": "/x"}));
        for _ in 0..3 {
            run.agent_stops(&id, WORKER, "", false);
        }
    }
    let prompt = run.packet("t3", "implement", json!({}));
    let reply = run.spawn(WORKER, &prompt);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}: {:?}", run.journal()));
    for wanted in ["[dispatch-breaker]", "backend-developer failed 2 times", "/approve breaker"] {
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
    assert_eq!(denial(&run.spawn("frontend-developer", &prompt)), None);
    let degraded = run.json(&["report"])["degraded"].to_string();
    assert!(degraded.contains("backend-developer: its breaker opened"), "{degraded}");
}

#[test]
fn what_agents_cost_here_is_told_and_not_guessed() {
    let run = Run::new();
    let (code, text) = run.cli(&["forecast", "backend-developer=2", "code-reviewer"]);
    assert_eq!(code, 3);
    assert!(text.contains("2 × backend-developer: no history"), "{text}");
    for (n, tokens) in [(1, 100), (2, 900), (3, 300)] {
        let prompt = run.packet(&format!("t{n}"), "implement", json!({}));
        run.spawn(WORKER, &prompt);
        run.asked_of(&format!("a{n}"), &prompt, false, &[tokens]);
        run.agent_stops(&format!("a{n}"), WORKER, &report("completed", &[]), false);
    }
    let (code, text) = run.cli(&["forecast", "portcullis:backend-developer=2", "code-reviewer"]);
    assert_eq!(code, 0);
    assert!(text.contains("2 × backend-developer at 300 tokens (median of 3)"), "{text}");
    assert!(text.contains("600 tokens without those of no history"), "{text}");
    // The next run of the same command is told before its script fans out.
    let facts = super::begin(&run.project, "another");
    let call = run.project.call("Workflow", json!({"name": "x", "args": {"run": facts["run"]}}));
    let reply = run.project.hook(&call);
    assert!(context(&reply).contains("3 × backend-developer at 300 tokens"), "{reply}");
    assert_eq!(run.cli(&["forecast", "x=y"]).0, 2);
}

#[test]
fn a_final_report_is_compared_with_the_journal() {
    let run = Run::new();
    run.project.write("src/sub.sh", "echo 1\n");
    run.done("a1", WORKER, &run.packet("subtract", "implement", json!({})));
    let mut gate = run.project.command(crate::support::PROGRAM);
    let output = gate.args(["gate", "run", "test", "--json"]).output().unwrap();
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    let honest = json!({
        "run": run.id, "status": "completed", "summary": "done", "rounds": 1, "next_steps": [],
        "report": {"files_changed": ["src/sub.sh"], "tests_passing": false},
        "gate": {"gate": "test", "status": "passed", "receipt": receipt["id"]},
    });
    let verify = |report: &Value| {
        let file = run.project.outside().join("report.json");
        std::fs::write(&file, report.to_string()).unwrap();
        run.cli(&["verify-report", file.to_str().unwrap()])
    };
    let (code, text) = verify(&honest);
    assert_eq!(code, 0, "{text}");
    for (pointer, value, wanted) in [
        ("/gate/receipt", json!("0000000000000000"), "there is no receipt"),
        ("/gate/status", json!("failed"), "is said to be failed"),
        ("/gate/gate", json!("security"), "is of the test gate"),
        ("/report/files_changed", json!(["src/other.sh"]), "names src/other.sh"),
        ("/report/tests_passing", json!(true), "tests_passing"),
        ("/status", json!(""), "it has none"),
    ] {
        let mut lie = honest.clone();
        *lie.pointer_mut(pointer).unwrap() = value;
        let (code, text) = verify(&lie);
        assert!(code == 1 && text.contains(wanted), "{pointer}: {code} {text}");
    }
    let mut lie = honest.clone();
    lie["review"] = json!({"verdict": "approve"});
    assert!(verify(&lie).1.contains("no review was accepted"));
    // A task that nobody finished, and then a retry that has to be stated.
    let open = run.packet("document", "implement", json!({}));
    run.spawn("technical-writer", &open);
    let (code, text) = verify(&honest);
    assert!(code == 1 && text.contains("document (technical-writer"), "{text}");
    run.asked_of("a2", &open, false, &[1]);
    for _ in 0..3 {
        run.agent_stops("a2", "portcullis:technical-writer", "", false);
    }
    let (_, text) = verify(&honest);
    assert!(text.contains("degraded: it does not state: document (technical-writer"), "{text}");
    assert_eq!(verify(&json!({"run": "r-ffffffffffff"})).0, 3);
}

/// What a person does: asks for a code, reads it, types it.
fn approve(run: &Run, what: &str) {
    let type_in = |text: &str| {
        let payload = run.event("UserPromptSubmit", json!({"prompt": text}));
        run.project.hook(&payload)["reason"].as_str().unwrap_or_default().to_owned()
    };
    let shown = type_in(&format!("/approve {what}"));
    let typed = format!("/approve {what} ");
    let (_, rest) = shown.split_once(&typed).unwrap_or_else(|| panic!("{what}: {shown}"));
    let said = type_in(&format!("{typed}{}", rest.split_whitespace().next().unwrap()));
    assert!(said.contains("[approve-given]"), "{said}");
}

#[test]
fn a_person_adds_the_limits_once_more_for_the_run() {
    let run = with_policy("runs:\n  total: {agents: 1}\n");
    let spawn = |n: u32| run.spawn(WORKER, &run.packet(&format!("t{n}"), "implement", json!({})));
    assert_eq!(denial(&spawn(1)), None);
    assert!(denial(&spawn(2)).is_some());
    approve(&run, "budget");
    assert_eq!(denial(&spawn(2)), None);
    let reply = spawn(3);
    assert!(denial(&reply).is_some_and(|why| why.contains("total.agents is 2 of 2")), "{reply}");
    let approvals = run.json(&["report"])["approvals"].to_string();
    assert!(approvals.contains("approve budget by"), "{approvals}");
}

#[test]
fn a_person_lets_a_broken_agent_type_try_once_more() {
    let run = with_policy("retry: {breaker: 1, pause_s: 600}\n");
    let fail = |n: u32| {
        let prompt = run.packet(&format!("t{n}"), "implement", json!({}));
        let reply = run.spawn(WORKER, &prompt);
        let id = format!("a{n}");
        run.asked_of(&id, &prompt, false, &[1]);
        run.agent_calls(&id, WORKER, "Read", json!({"file_path": "/x"}));
        for _ in 0..3 {
            run.agent_stops(&id, WORKER, "", false);
        }
        denial(&reply).map(str::to_owned)
    };
    assert_eq!(fail(1), None);
    assert!(fail(2).is_some_and(|why| why.contains("[dispatch-breaker]")));
    approve(&run, "breaker");
    assert_eq!(fail(3), None, "one is let through");
    assert!(fail(4).is_some_and(|why| why.contains("[dispatch-breaker]")), "it failed again");
}

#[test]
fn a_packet_can_bound_its_worker_more_tightly_and_not_less() {
    let run = with_policy("runs:\n  worker: {context: 2000}\n");
    run.project.write("src/some.txt", &"12345678\n".repeat(400));
    let ask = |tokens: u64| {
        let more = json!({"context_files": ["src/some.txt"], "budget": {"tokens": tokens}});
        denial(&run.spawn(WORKER, &run.packet(&format!("t{tokens}"), "implement", more)))
            .map(str::to_owned)
    };
    assert_eq!(ask(1_000), None);
    assert!(ask(500).is_some_and(|why| why.contains("may be handed 500")));
    run.project.write("src/some.txt", &"12345678\n".repeat(1_000));
    assert!(ask(9_000).is_some_and(|why| why.contains("may be handed 2000")));
}
