//! The workflows under a real node with stubbed agents: their common form, arguments, packets and schemas.
//! What they do with each answer stands in `scenes/`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review};
use serde_json::{Value, json};

use super::{root, scripts, text};
use crate::generated::check_file;

/// The id of the empty tree.
const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A workflow, its arguments, and the answers of its agents.
pub(super) type Play<'a> = (&'a str, Value, Vec<Value>);

/// Runs workflows under node, one after the other.
pub(super) fn drive_all(plays: &[Play]) -> Vec<Value> {
    let driver = root().join("tests/it/bundle/drive.mjs");
    let mut node = Command::new("node")
        .arg(driver)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node runs workflow scripts in these tests; install Node 20 or newer");
    let inputs: Vec<_> = plays
        .iter()
        .map(|(workflow, args, answers)| {
            json!({"script": root().join(path(workflow)), "args": args, "answers": answers})
        })
        .collect();
    node.stdin.take().unwrap().write_all(json!(inputs).to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen.len(), plays.len());
    seen
}

fn drive(workflow: &str, args: &Value, answers: &[Value]) -> Value {
    let seen = drive_all(&[(workflow, args.clone(), answers.to_vec())]).remove(0);
    assert_eq!(seen["unused"], 0, "more answers than calls: {:#}", seen["result"]);
    seen
}

fn path(workflow: &str) -> String {
    format!("workflows/{workflow}.js")
}

pub(super) fn arguments(prefix: &str) -> Value {
    json!({"run": "r-1", "prefix": prefix, "base_tree": TREE, "task": "health-endpoint",
        "requirements": "GET /health answers 200", "constraints": "no new dependency",
        "context_files": ["src/app.py"]})
}

pub(super) fn report(status: &str) -> Value {
    json!({"status": status, "summary": "did it", "files_changed": ["src/app.py"],
        "tests_passing": true, "next_steps": ["tell"], "evidence": []})
}

pub(super) fn gate(name: &str, status: &str) -> Value {
    let failures = if status == "passed" { json!([]) } else { json!(["test_health: 404"]) };
    json!({"gate": name, "status": status, "receipt": "3f0c", "summary": "why", "failures": failures})
}

pub(super) fn review(verdict: &str, severities: &[&str]) -> Value {
    let findings: Vec<_> = severities
        .iter()
        .map(|severity| {
            json!({"severity": severity, "file": "src/app.py", "line": 7, "quote": "x",
                "problem": "breaks on empty input", "fix": "check it"})
        })
        .collect();
    json!({"verdict": verdict, "summary": "read it", "findings": findings})
}

/// The packet in a prompt; it must be one that the binary reads.
pub(super) fn packet(seen: &Value, call: usize) -> Packet {
    let prompt = seen["calls"][call]["prompt"].as_str().unwrap();
    let (_, rest) = prompt.split_once("```portcullis-packet\n").expect("a packet");
    serde_json::from_str(rest.split_once("\n```").unwrap().0).unwrap()
}

/// The standard route of a feature without a red thing.
fn happy() -> Vec<Value> {
    vec![
        report("completed"),
        gate("implementation", "passed"),
        gate("test", "passed"),
        review("approve", &[]),
        gate("review", "passed"),
    ]
}

const FEATURE: &str = "feature-pipeline";

#[test]
fn a_feature_calls_each_phase_once_under_both_namings() {
    for prefix in ["portcullis:", ""] {
        let seen = drive(FEATURE, &arguments(prefix), &happy());
        let calls = seen["calls"].as_array().unwrap();
        let types: Vec<_> =
            calls.iter().filter_map(|call| call["options"]["agentType"].as_str()).collect();
        assert_eq!(types, [format!("{prefix}backend-developer"), format!("{prefix}code-reviewer")]);
        let result = &seen["result"];
        assert_eq!(result["status"], "completed");
        assert_eq!((&result["run"], &result["route"]), (&json!("r-1"), &json!("standard")));
        assert_eq!(result["gates"][1]["receipt"], "3f0c");
        assert_eq!(result["files_changed"], json!(["src/app.py"]));

        let implement = packet(&seen, 0);
        assert_eq!((implement.phase.as_str(), implement.run.as_str()), ("implement", "r-1"));
        assert_eq!(implement.requirements, "GET /health answers 200");
        assert_eq!(implement.constraints, "no new dependency");
        assert_eq!(implement.context_files, ["src/app.py"]);
        let gate_prompt = seen["calls"][2]["prompt"].as_str().unwrap();
        assert!(gate_prompt.contains("`portcullis gate run test --json`"), "{gate_prompt}");
        assert_eq!(packet(&seen, 3).phase, "review");
        let review_prompt = seen["calls"][3]["prompt"].as_str().unwrap();
        assert!(review_prompt.contains(TREE) && review_prompt.contains("3f0c"), "{review_prompt}");
    }
}

#[test]
fn arguments_may_come_as_a_string() {
    let seen = drive(FEATURE, &json!(arguments("").to_string()), &happy());
    assert_eq!(seen["result"]["status"], "completed");
}

#[test]
fn a_second_agent_is_asked_the_same_and_the_result_says_so() {
    let answers = [vec![Value::Null], happy()].concat();
    let seen = drive(FEATURE, &arguments(""), &answers);
    assert_eq!(seen["calls"][0]["prompt"], seen["calls"][1]["prompt"]);
    assert_eq!(seen["result"]["status"], "completed");
    let degraded = seen["result"]["degraded"].as_array().unwrap();
    assert!(
        degraded.len() == 1 && degraded[0].as_str().unwrap().contains("a second one was asked")
    );
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
        (with("run", json!("r-1; rm -r x")), "args.run"),
        (with("base_tree", json!("HEAD; rm")), "args.base_tree"),
        (with("task", json!("Not Kebab")), "args.task"),
        (with("requirements", json!(3)), "args.requirements"),
        (with("prefix", json!("other:")), "args.prefix"),
        (with("constraints", json!(["a"])), "args.constraints"),
        (with("context_files", json!("src")), "args.context_files"),
        (with("route", json!("scenic")), "args.route"),
        (with("developer", json!("code-reviewer")), "args.developer"),
    ];
    for (at, (args, problem)) in bad.iter().enumerate() {
        // The check is shared text, so each row is tried on one script and the first row on all.
        for workflow in scripts().iter().filter(|name| at == 0 || *name == FEATURE) {
            let seen = drive(workflow, args, &[]);
            assert_eq!(seen["calls"], json!([]), "{args}");
            assert_eq!(seen["result"]["status"], "failed");
            let summary = seen["result"]["summary"].as_str().unwrap();
            assert!(summary.starts_with(problem), "{summary:?} for {args}");
        }
    }
}

#[test]
fn the_scripts_are_deterministic_and_their_meta_a_literal() {
    let word = regex::Regex::new(
        r"(?-u:\b)(Date|Math\.random|require\(|import|process|fetch|setTimeout|eval|Function)(?-u:\b)",
    )
    .unwrap();
    for workflow in scripts() {
        let script = text(&path(&workflow));
        let code: Vec<&str> =
            script.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for line in code.iter().filter(|line| !line.contains("requirements:")) {
            assert!(!word.is_match(line), "{workflow}: {line}");
        }
        let (meta, _) = script.split_once("\n}\n").unwrap();
        assert!(!meta.contains(['`', '(', '+']), "{workflow}: meta is no literal");
        let seen = drive(&workflow, &Value::Null, &[]);
        assert_eq!(seen["meta"]["name"], workflow.as_str());
    }
}

/// The client lets a script load nothing, so what they share stands in each.
#[test]
fn what_the_scripts_share_is_the_same_text() {
    let shared = text("src/templates/workflow-prelude.js");
    let begin = "// --- shared: src/templates/workflow-prelude.js ---\n";
    let end = "// --- end of what is shared ---\n";
    for workflow in scripts() {
        let script = text(&path(&workflow));
        let (before, rest) =
            script.split_once(begin).unwrap_or_else(|| panic!("{workflow}: no mark"));
        let (_, after) = rest.split_once(end).unwrap_or_else(|| panic!("{workflow}: no end mark"));
        check_file(&path(&workflow), &[before, begin, &shared, end, after].concat());
    }
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
    let seen = drive(FEATURE, &arguments(""), &happy());
    let schema = |call: usize| seen["calls"][call]["options"]["schema"].clone();
    let types = [
        (0, schemars::schema_for!(Report).to_value()),
        (3, schemars::schema_for!(Review).to_value()),
    ];
    for (call, of_type) in types {
        assert_eq!(meaning(&schema(call), &schema(call)), meaning(&of_type, &of_type));
    }
    let gate = schema(2);
    let statuses = json!(["passed", "failed", "not_run", "timed_out", "changed"]);
    assert_eq!(gate["properties"]["status"]["enum"], statuses);
    assert_eq!(gate["required"], json!(["gate", "status", "receipt", "summary", "failures"]));
}
