//! The workflow's control flow under a real node with stubbed agents, and its schemas against the types.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review};
use serde_json::{Value, json};

use super::{WORKFLOW, root, text};

/// The id of the empty tree.
const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Runs the workflow under node with these answers of its agents.
fn drive(args: &Value, answers: &[Value]) -> Value {
    let driver = root().join("tests/it/bundle/drive.mjs");
    let mut node = Command::new("node")
        .arg(driver)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node runs workflow scripts in these tests; install Node 20 or newer");
    let input = json!({"script": root().join(WORKFLOW), "args": args, "answers": answers});
    node.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["unused"], 0, "more answers than calls: {seen:#}");
    seen
}

fn arguments(prefix: &str) -> Value {
    json!({"run": "r-1", "prefix": prefix, "base_tree": TREE, "task": "health-endpoint",
        "requirements": "GET /health answers 200", "constraints": "no new dependency",
        "context_files": ["src/app.py"]})
}

fn report(status: &str) -> Value {
    json!({"status": status, "summary": "did it", "files_changed": ["src/app.py"],
        "tests_passing": true, "next_steps": ["tell"], "evidence": []})
}

fn gate(status: &str) -> Value {
    let failures = if status == "passed" { json!([]) } else { json!(["test_health: 404"]) };
    json!({"gate": "test", "status": status, "receipt": "3f0c", "summary": "why", "failures": failures})
}

fn review(verdict: &str, severities: &[&str]) -> Value {
    let findings: Vec<_> = severities
        .iter()
        .map(|severity| {
            json!({"severity": severity, "file": "src/app.py", "line": 7, "quote": "x",
                "problem": "breaks on empty input", "fix": "check it"})
        })
        .collect();
    json!({"verdict": verdict, "summary": "read it", "findings": findings})
}

/// What each call was: the agent's type, or `gate`.
fn kinds(seen: &Value) -> Vec<String> {
    let calls = seen["calls"].as_array().unwrap();
    calls
        .iter()
        .map(|call| call["options"]["agentType"].as_str().unwrap_or("gate").to_owned())
        .collect()
}

/// The packet in a prompt; it must be one that the binary reads.
fn packet(seen: &Value, call: usize) -> Packet {
    let prompt = seen["calls"][call]["prompt"].as_str().unwrap();
    let (_, rest) = prompt.split_once("```portcullis-packet\n").expect("a packet");
    serde_json::from_str(rest.split_once("\n```").unwrap().0).unwrap()
}

const DEV: &str = "backend-developer";
const REV: &str = "code-reviewer";

#[test]
fn the_happy_path_calls_each_phase_once_under_both_namings() {
    for prefix in ["portcullis:", ""] {
        let answers = [report("completed"), gate("passed"), review("approve", &[])];
        let seen = drive(&arguments(prefix), &answers);
        assert_eq!(kinds(&seen), [&format!("{prefix}{DEV}"), "gate", &format!("{prefix}{REV}")]);
        let titles: Vec<_> = seen["meta"]["phases"].as_array().unwrap().iter().collect();
        let titles: Vec<_> = titles.iter().map(|phase| phase["title"].clone()).collect();
        assert_eq!(seen["phases"], json!(titles));
        let result = &seen["result"];
        assert_eq!(result["status"], "completed");
        assert_eq!(result["run"], "r-1");
        assert_eq!(result["rounds"], 1);
        assert_eq!(result["gate"]["receipt"], "3f0c");
        assert_eq!(result["next_steps"], json!(["tell"]));

        let implement = packet(&seen, 0);
        assert_eq!((implement.phase.as_str(), implement.run.as_str()), ("implement", "r-1"));
        assert_eq!(implement.requirements, "GET /health answers 200");
        assert_eq!(implement.constraints, "no new dependency");
        assert_eq!(implement.context_files, ["src/app.py"]);
        let gate_prompt = seen["calls"][1]["prompt"].as_str().unwrap();
        assert!(gate_prompt.contains("`portcullis gate run test --json`"), "{gate_prompt}");
        assert_eq!(packet(&seen, 2).phase, "review");
        let review_prompt = seen["calls"][2]["prompt"].as_str().unwrap();
        assert!(review_prompt.contains(TREE) && review_prompt.contains("3f0c"), "{review_prompt}");
    }
}

#[test]
fn arguments_may_come_as_a_string() {
    let answers = [report("completed"), gate("passed"), review("approve", &[])];
    let seen = drive(&json!(arguments("").to_string()), &answers);
    assert_eq!(seen["result"]["status"], "completed");
}

#[test]
fn a_red_gate_goes_back_with_its_failures_and_the_review_sees_the_first_requirements() {
    let answers = [
        report("completed"),
        gate("failed"),
        report("completed"),
        gate("passed"),
        review("approve", &[]),
    ];
    let seen = drive(&arguments(""), &answers);
    assert_eq!(kinds(&seen), [DEV, "gate", DEV, "gate", REV]);
    let repair = packet(&seen, 2);
    assert_eq!(repair.phase, "repair");
    assert!(repair.requirements.starts_with("GET /health answers 200"));
    assert!(repair.requirements.contains("test gate failed: test_health: 404"));
    assert_eq!(packet(&seen, 4).requirements, "GET /health answers 200");
    assert_eq!(seen["result"]["rounds"], 2);
    assert_eq!(seen["result"]["status"], "completed");
}

#[test]
fn a_gate_that_stays_red_ends_the_run_after_two_repairs() {
    for status in ["failed", "not_run", "timed_out", "changed"] {
        let round = [report("completed"), gate(status)];
        let seen = drive(&arguments(""), &[round.clone(), round.clone(), round].concat());
        assert_eq!(kinds(&seen), [DEV, "gate", DEV, "gate", DEV, "gate"]);
        let result = &seen["result"];
        assert_eq!(result["status"], "needs_context", "{status}");
        assert_eq!(result["gate"]["status"], *status);
        assert_eq!(result["review"], Value::Null);
        assert!(result["summary"].as_str().unwrap().contains(status));
        assert_eq!(result["next_steps"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn an_agent_that_dies_is_asked_once_more() {
    let answers = [
        Value::Null,
        report("completed"),
        gate("passed"),
        json!({"throw": "gone"}),
        review("approve", &[]),
    ];
    let seen = drive(&arguments(""), &answers);
    assert_eq!(kinds(&seen), [DEV, DEV, "gate", REV, REV]);
    assert_eq!(seen["calls"][0]["prompt"], seen["calls"][1]["prompt"]);
    assert_eq!(seen["result"]["status"], "completed");
    assert!(seen["logs"].to_string().contains("gone"));
}

#[test]
fn an_agent_that_dies_twice_ends_the_run_as_failed() {
    let before = [report("completed"), gate("passed")];
    for done in 0..=2 {
        let answers = [&before[..done], &[Value::Null, json!({"throw": "x"})]].concat();
        let seen = drive(&arguments(""), &answers);
        assert_eq!(kinds(&seen).len(), done + 2);
        assert_eq!(seen["result"]["status"], "failed", "{done}");
        assert_eq!(seen["result"]["next_steps"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_developer_that_stops_ends_the_run_with_its_status() {
    for status in ["needs_context", "blocked", "failed"] {
        let seen = drive(&arguments(""), &[report(status)]);
        assert_eq!(kinds(&seen), [DEV]);
        assert_eq!(seen["result"]["status"], *status);
        assert_eq!(seen["result"]["next_steps"], json!(["tell"]));
    }
}

#[test]
fn a_grave_finding_costs_one_more_round_and_only_one() {
    for (verdict, severity) in
        [("request_changes", "major"), ("request_changes", "critical"), ("approve", "major")]
    {
        let grave = [report("completed"), gate("passed"), review(verdict, &[severity, "minor"])];
        let fine = [report("completed"), gate("passed"), review("approve", &[])];
        let seen = drive(&arguments(""), &[grave.clone(), fine].concat());
        assert_eq!(kinds(&seen), [DEV, "gate", REV, DEV, "gate", REV]);
        let repair = packet(&seen, 3);
        let finding = format!("review {severity} src/app.py:7 breaks on empty input Fix: check it");
        assert!(repair.requirements.contains(&finding), "{}", repair.requirements);
        assert!(!repair.requirements.contains("review minor"));
        assert_eq!(seen["result"]["status"], "completed");

        let seen = drive(&arguments(""), &[grave.clone(), grave].concat());
        assert_eq!(kinds(&seen).len(), 6);
        assert_eq!(seen["result"]["status"], "needs_context");
        assert!(seen["result"]["next_steps"][0].as_str().unwrap().contains("src/app.py:7"));
    }
}

#[test]
fn repairs_after_the_review_count_with_those_before_it() {
    let answers = [
        report("completed"),
        gate("failed"),
        report("completed"),
        gate("passed"),
        review("request_changes", &["major"]),
        report("completed"),
        gate("failed"),
        report("completed"),
        gate("failed"),
    ];
    let seen = drive(&arguments(""), &answers);
    assert_eq!(kinds(&seen), [DEV, "gate", DEV, "gate", REV, DEV, "gate", DEV, "gate"]);
    assert_eq!(seen["result"]["status"], "needs_context");
    assert_eq!(seen["result"]["rounds"], 4);
}

#[test]
fn minor_findings_and_concerns_are_listed_and_cost_no_round() {
    for verdict in ["approve", "request_changes"] {
        let answers = [report("completed"), gate("passed"), review(verdict, &["minor"])];
        let result = drive(&arguments(""), &answers)["result"].clone();
        assert_eq!(result["status"], "completed_with_concerns", "{verdict}");
        assert!(result["next_steps"].to_string().contains("src/app.py:7"));
    }
    let answers = [report("completed_with_concerns"), gate("passed"), review("approve", &[])];
    let result = drive(&arguments(""), &answers)["result"].clone();
    assert_eq!(result["status"], "completed_with_concerns");
}

#[test]
fn malformed_arguments_call_no_agent() {
    let with = |name: &str, value: Value| {
        let mut args = arguments("");
        args[name] = value;
        args
    };
    let bad = [
        (Value::Null, "args is not an object"),
        (json!([]), "args is not an object"),
        (json!("{"), "args is not JSON"),
        (json!({}), "args.run"),
        (with("run", json!("")), "args.run"),
        (with("base_tree", json!("HEAD; rm")), "args.base_tree"),
        (with("task", json!("Not Kebab")), "args.task"),
        (with("requirements", json!(3)), "args.requirements"),
        (with("prefix", json!("other:")), "args.prefix"),
        (with("constraints", json!(["a"])), "args.constraints"),
        (with("context_files", json!("src")), "args.context_files"),
    ];
    for (args, problem) in bad {
        let seen = drive(&args, &[]);
        assert_eq!(seen["calls"], json!([]), "{args}");
        assert_eq!(seen["result"]["status"], "failed");
        let summary = seen["result"]["summary"].as_str().unwrap();
        assert!(summary.starts_with(problem), "{summary:?} for {args}");
    }
}

#[test]
fn the_script_is_deterministic_and_its_meta_a_literal() {
    let script = text(WORKFLOW);
    for banned in ["Date", "Math.random", "require(", "import", "process", "fetch", "setTimeout"] {
        assert!(!script.contains(banned), "{banned}");
    }
    let (meta, _) = script.split_once("\n}\n").unwrap();
    assert!(!meta.contains(['`', '(', '+']), "meta is no literal");
    let seen = drive(&Value::Null, &[]);
    assert_eq!(seen["meta"]["name"], "feature-pipeline");
}

/// A schema with its references replaced, and without what does not change its meaning.
fn meaning(schema: &Value, all: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return meaning(all.pointer(&name[1..]).unwrap(), all);
    }
    if let Some(words) = schema["oneOf"].as_array() {
        let words: Vec<_> = words.iter().map(|word| word["const"].clone()).collect();
        return json!({"type": "string", "enum": words});
    }
    let mut kept = BTreeMap::new();
    for (key, value) in schema.as_object().unwrap() {
        match key.as_str() {
            "properties" => {
                let each = value.as_object().unwrap().iter();
                let each: BTreeMap<_, _> =
                    each.map(|(k, v)| (k.clone(), meaning(v, all))).collect();
                kept.insert(key.clone(), json!(each));
            }
            "items" => drop(kept.insert(key.clone(), meaning(value, all))),
            "type" | "required" | "enum" | "minimum" => {
                kept.insert(key.clone(), value.clone());
            }
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => {}
            _ => panic!("the comparison does not know the keyword {key}"),
        }
    }
    json!(kept)
}

#[test]
fn the_scripts_schemas_mean_what_the_types_mean() {
    let answers = [report("completed"), gate("passed"), review("approve", &[])];
    let seen = drive(&arguments(""), &answers);
    let schema = |call: usize| seen["calls"][call]["options"]["schema"].clone();
    let types = [
        (0, schemars::schema_for!(Report).to_value()),
        (2, schemars::schema_for!(Review).to_value()),
    ];
    for (call, of_type) in types {
        assert_eq!(meaning(&schema(call), &schema(call)), meaning(&of_type, &of_type));
    }
    let gate = schema(1);
    let statuses = json!(["passed", "failed", "not_run", "timed_out", "changed"]);
    assert_eq!(gate["properties"]["status"]["enum"], statuses);
    assert_eq!(gate["required"], json!(["gate", "status", "receipt", "summary", "failures"]));
}
