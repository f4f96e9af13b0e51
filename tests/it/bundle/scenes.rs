//! Plays the scenes of `scenes/*.yaml`: each says what the agents answer, and what the workflow makes of it.
//!
//! A call is `WHO WHAT`. WHO is an agent of the bundle, `gate NAME`, `run` (a messenger with a line), `prove` or
//! `measure`. WHAT is the status or verdict of its answer, severities behind a verdict; `person` is a
//! gate that only a person can satisfy; `dies`, `throws` and
//! `malformed` are no answers.

use std::collections::BTreeMap;

use portcullis::check::claims::REVIEWERS;
use serde::Deserialize;
use serde_json::{Value, json};

use super::workflow::{arguments, drive_all, gate, packet, report, review};
use super::{root, scripts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    workflow: String,
    /// Added to the arguments of every scene.
    #[serde(default)]
    args: BTreeMap<String, Value>,
    scenes: Vec<Scene>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    name: String,
    #[serde(default)]
    args: BTreeMap<String, Value>,
    calls: Vec<String>,
    status: String,
    /// How often findings went back.
    #[serde(default)]
    rounds: u64,
    /// Words of the result.
    #[serde(default)]
    says: Vec<String>,
    /// Words that the result must not hold.
    #[serde(default)]
    silent: Vec<String>,
    /// Call by its place, counted from 0: words of its prompt.
    #[serde(default)]
    prompts: BTreeMap<usize, Vec<String>>,
    /// Call by its place: the phase of its packet.
    #[serde(default)]
    phases: BTreeMap<usize, String>,
    /// How many agents run at once at most.
    #[serde(default = "one")]
    together: u64,
}

fn one() -> u64 {
    1
}

/// Who is called, as the scenes write it.
fn who(call: &Value) -> String {
    let options = &call["options"];
    if let Some(agent) = options["agentType"].as_str() {
        return agent.trim_start_matches("portcullis:").to_owned();
    }
    let properties = &options["schema"]["properties"];
    if let Some(name) = properties["gate"]["enum"][0].as_str() {
        return format!("gate {name}");
    }
    for (property, name) in [("exit", "run"), ("proved", "prove"), ("ratio", "measure")] {
        if properties.get(property).is_some() {
            return name.to_owned();
        }
    }
    panic!("a call of nobody: {call:#}")
}

/// What a call is answered, and who is asked.
fn answer(call: &str) -> (String, Value) {
    let words: Vec<&str> = call.split(' ').collect();
    let (who, what) = match words[0] {
        "gate" => (format!("gate {}", words[1]), &words[2..]),
        name => (name.to_owned(), &words[1..]),
    };
    let value = match (words[0], what[0]) {
        (_, "dies") => Value::Null,
        (_, "throws") => json!({"throw": "gone"}),
        (_, "malformed") => json!({"status": "completed", "note": "trust me"}),
        ("gate", "person") => {
            let mut value = gate(words[1], "failed");
            value["failures"] = json!(["ci.yml: new; undo it, or `/approve tamper WHY`"]);
            value
        }
        ("gate", status) => gate(words[1], status),
        ("run", "done") => json!({"status": "done", "exit": 0, "output": "did it"}),
        ("run", "failed") => json!({"status": "failed", "exit": 3, "output": "port is taken"}),
        ("run", "refused") => {
            json!({"status": "refused", "exit": -1, "output": "[boundary-deploy] no"})
        }
        ("prove", "proved") => {
            json!({"proved": true, "reason": "red on the base", "before": "failed"})
        }
        ("prove", "not-red") => {
            json!({"proved": false, "reason": "the test passes without the fix", "before": "passed"})
        }
        ("prove", "not-green") => {
            json!({"proved": false, "reason": "not green here", "before": "failed"})
        }
        ("measure", verdict) => json!({
            "verdict": verdict, "ratio": 0.5, "reason": format!("{verdict} by the clock"),
            "kept": "refs/portcullis/measured/9",
        }),
        (name, verdict) if REVIEWERS.contains(&name) => review(verdict, &what[1..]),
        (name, status) => {
            let mut value = report(status);
            if name == "debugger" {
                value["test"] = json!(["sh", "tests/bug's.sh"]);
                value["test_files"] = json!(["tests/bug's.sh"]);
            }
            value
        }
    };
    (who, value)
}

/// The arguments and answers of a scene, and whom it wants to be called.
fn prepare(file: &File, scene: &Scene) -> (Value, Vec<Value>, Vec<String>) {
    let mut args = arguments("portcullis:");
    for (key, value) in file.args.iter().chain(&scene.args) {
        args[key] = value.clone();
    }
    let (wanted, answers) = scene.calls.iter().map(|call| answer(call)).unzip();
    (args, answers, wanted)
}

fn check(file: &File, scene: &Scene, wanted: &[String], seen: &Value) {
    let place = format!("{}: {}", file.workflow, scene.name);
    let calls = seen["calls"].as_array().unwrap();
    let called: Vec<String> = calls.iter().map(who).collect();
    assert_eq!(called, wanted, "{place}: {:#}", seen["result"]);
    assert_eq!(seen["unused"], 0, "{place}: more answers than calls");
    let result = &seen["result"];
    assert_eq!(result["status"], scene.status.as_str(), "{place}: {result:#}");
    assert_eq!(result["rounds"], scene.rounds, "{place}");
    assert_eq!(result["workflow"], file.workflow.as_str(), "{place}");
    assert_eq!(seen["together"], if calls.is_empty() { 0 } else { scene.together }, "{place}");
    let text = result.to_string();
    for words in &scene.says {
        assert!(text.contains(words.as_str()), "{place}: {words:?} is not in {result:#}");
    }
    for words in &scene.silent {
        assert!(!text.contains(words.as_str()), "{place}: {words:?} is in {result:#}");
    }
    for (at, words) in &scene.prompts {
        let prompt = calls[*at]["prompt"].as_str().unwrap();
        for words in words {
            assert!(
                prompt.contains(words.as_str()),
                "{place}: call {at} lacks {words:?}: {prompt}"
            );
        }
    }
    for (at, phase) in &scene.phases {
        assert_eq!(packet(seen, *at).phase, *phase, "{place}: call {at}");
    }
    if scene.status == "needs_context" {
        let next = result["next_steps"].as_array().unwrap();
        assert!(!next.is_empty(), "{place}: nobody is told how to go on");
    }
    // What holds of every call of every scene: a packet that the binary reads, a phase that meta names.
    let titles: Vec<&Value> =
        seen["meta"]["phases"].as_array().unwrap().iter().map(|phase| &phase["title"]).collect();
    for (at, call) in calls.iter().enumerate() {
        assert!(titles.contains(&&call["options"]["phase"]), "{place}: phase of call {at}");
        if call["options"]["agentType"].is_string() {
            let packet = packet(seen, at);
            assert_eq!((packet.run.as_str(), packet.task.as_str()), ("r-1", "health-endpoint"));
        }
    }
    for title in seen["phases"].as_array().unwrap() {
        assert!(titles.contains(&title), "{place}: meta has no phase {title}");
    }
}

#[test]
fn every_scene_of_every_workflow() {
    let folder = root().join("tests/it/bundle/scenes");
    let mut played: Vec<String> = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let scenes: Vec<_> = file.scenes.iter().map(|scene| prepare(&file, scene)).collect();
        let plays: Vec<_> = scenes
            .iter()
            .map(|(args, answers, _)| (file.workflow.as_str(), args.clone(), answers.clone()))
            .collect();
        for ((seen, scene), (_, _, wanted)) in
            drive_all(&plays).iter().zip(&file.scenes).zip(&scenes)
        {
            // All that fail, not the first one only.
            if std::panic::catch_unwind(|| check(&file, scene, wanted, seen)).is_err() {
                failed.push(format!("{}: {}", file.workflow, scene.name));
            }
            count += 1;
        }
        played.push(file.workflow);
    }
    assert!(failed.is_empty(), "{failed:#?}");
    played.sort();
    assert_eq!(played, scripts(), "each workflow has its scenes");
    assert!(count > 60, "only {count} scenes");
}
