//! `/add-feature` from the typed command to the final report, and a worker that lies.
#![expect(clippy::expect_used, reason = "a scripted turn that panics fails its test")]

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::armed::{Armed, Way, both_ways};
use crate::request::Request;
use crate::script::{Script, Turn};

both_ways! {
    plugin_feature_runs_three_phases project_feature_runs_three_phases feature_runs_three_phases;
    plugin_plain_worker_is_sent_back project_plain_worker_is_sent_back plain_worker_is_sent_back;
    plugin_broken_packet_is_refused project_broken_packet_is_refused broken_packet_is_refused;
}

/// The line of facts that the hook gives when the command expands.
fn facts(request: &Request) -> Value {
    let told = request.told();
    // The command's own text names the line too, with an ellipsis in it.
    let at = told.find("Portcullis run facts: {\"").expect("no run facts");
    let json = &told[at + "Portcullis run facts: ".len()..];
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    values.next().expect("facts").expect("facts are JSON")
}

fn report(tests_passing: bool) -> Value {
    json!({
        "status": "completed",
        "summary": "Added src/sub.sh.",
        "files_changed": ["src/sub.sh"],
        "tests_passing": tests_passing,
        "next_steps": [],
        "evidence": ["sh tests/run.sh: 2 passed"],
    })
}

fn feature_runs_three_phases(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let file = armed.project.path().join("src/sub.sh");
    let workflow = armed.name("feature-pipeline");
    let script = Script::new()
        .main([
            Turn::from(move |request| {
                let facts = facts(request);
                assert_eq!(facts["workflow"], workflow);
                assert!(facts["run"].as_str().is_some_and(|id| id.starts_with("r-")));
                let args = json!({
                    "run": facts["run"], "prefix": facts["prefix"], "base_tree": facts["base_tree"],
                    "task": "add-subtraction", "requirements": "src/sub.sh A B prints A - B",
                    "constraints": "", "context_files": ["src/add.sh"],
                });
                Turn::tool("Workflow", json!({"name": facts["workflow"], "args": args}))
            }),
            Turn::text("started"),
            Turn::text("the feature is done"),
        ])
        .agent(
            "backend-developer",
            [
                Turn::from(|request| {
                    assert!(request.prompt().contains("add-subtraction"), "{}", request.prompt());
                    Turn::text("").and_tool("Bash", json!({"command": "git status --short"}))
                }),
                Turn::tool(
                    "Write",
                    json!({"file_path": file, "content": "#!/bin/sh\necho \"$(($1 - $2))\"\n"}),
                ),
                Turn::tool("StructuredOutput", report(true)),
                Turn::from(|request| {
                    let refused = request.last_result();
                    assert!(
                        refused.is_error && refused.text.contains("[claims-tests]"),
                        "{}",
                        refused.text
                    );
                    Turn::tool("Bash", json!({"command": "portcullis gate run test"}))
                }),
                Turn::tool("StructuredOutput", report(true)),
                Turn::text("done"),
            ],
        )
        .agent(
            "workflow-subagent",
            [
                Turn::tool("Bash", json!({"command": "portcullis gate run test --json"})),
                Turn::from(|request| {
                    let receipt: Value =
                        serde_json::from_str(&request.last_result().text).expect("a receipt");
                    assert_eq!(receipt["status"], "passed", "{receipt}");
                    Turn::tool(
                        "StructuredOutput",
                        json!({
                            "gate": "test", "status": "passed", "receipt": receipt["id"],
                            "summary": "2 passed", "failures": [],
                        }),
                    )
                }),
                Turn::text("done"),
            ],
        )
        .agent(
            "code-reviewer",
            [
                Turn::tool("Bash", json!({"command": "git diff HEAD --stat"})),
                Turn::tool(
                    "StructuredOutput",
                    json!({
                        "verdict": "approve", "summary": "Read src/sub.sh.",
                        "findings": [{
                            "severity": "major", "file": "src/sub.sh", "line": 2, "quote": "echo",
                            "problem": "no argument check", "fix": "check $#",
                        }],
                    }),
                ),
                Turn::from(|request| {
                    let refused = request.last_result();
                    assert!(
                        refused.is_error && refused.text.contains("[claims-review]"),
                        "{}",
                        refused.text
                    );
                    Turn::tool(
                        "StructuredOutput",
                        json!({
                            "verdict": "approve", "summary": "Read src/sub.sh.", "findings": [],
                        }),
                    )
                }),
                Turn::text("done"),
            ],
        );
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    // Whether an agent is asked once more after its StructuredOutput is the client's business.
    let run = armed.session(&prompt, script).lenient().run()?;
    assert_eq!(run.said()?, "the feature is done");
    let told = run.main().last().context("no request")?.told();
    let at = told.find("<result>").context("no result of the workflow")?;
    assert!(told[at..].contains("\"status\":\"completed\""), "{}", &told[at..]);
    assert!(armed.project.has("src/sub.sh"));

    let journal = armed.journal()?;
    let outputs: Vec<(&str, &str)> = journal
        .iter()
        .filter(|line| line["tool"] == "StructuredOutput" && line["event"] == "PreToolUse")
        .map(|line| {
            (line["agent_type"].as_str().unwrap_or(""), line["decision"].as_str().unwrap_or(""))
        })
        .collect();
    let (worker, reviewer) = (armed.name("backend-developer"), armed.name("code-reviewer"));
    assert_eq!(
        outputs,
        [
            (worker.as_str(), "deny"),
            (worker.as_str(), "pass"),
            ("workflow-subagent", "pass"),
            (reviewer.as_str(), "deny"),
            (reviewer.as_str(), "pass"),
        ]
    );
    armed.journal_is_whole(&run)
}

fn plain_worker_is_sent_back(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let file = armed.project.path().join("src/sub.sh");
    let input = json!({
        "description": "work", "subagent_type": armed.name("backend-developer"),
        "run_in_background": false,
        "prompt": "```portcullis-packet\n{\"task\": \"t\", \"requirements\": \"r\"}\n```\n",
    });
    let script = Script::new().main([Turn::tool("Agent", input), Turn::text("all done")]).agent(
        "backend-developer",
        [
            Turn::tool("Write", json!({"file_path": file, "content": "#!/bin/sh\necho 3\n"})),
            Turn::text("I have finished and everything passes."),
            Turn::text(&report(true).to_string()),
            Turn::tool("Bash", json!({"command": "portcullis gate run test"})),
            Turn::text(&report(true).to_string()),
        ],
    );
    let run = armed.session("go", script).run()?;
    let requests = run.agent("backend-developer");
    assert_eq!(requests.len(), 5);
    assert!(requests[2].told().contains("[claims-report]"), "{}", requests[2].told());
    assert!(requests[3].told().contains("[claims-tests]"), "{}", requests[3].told());
    assert!(!run.results_of("Agent")[0].is_error);
    let stops: Vec<Value> = armed
        .journal()?
        .into_iter()
        .filter(|line| line["event"] == "SubagentStop")
        .map(|line| line["decision"].clone())
        .collect();
    assert_eq!(stops, ["deny", "deny", "pass"]);
    armed.journal_is_whole(&run)
}

fn broken_packet_is_refused(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let input = json!({
        "description": "work", "subagent_type": armed.name("backend-developer"),
        "run_in_background": false,
        "prompt": "```portcullis-packet\n{\"task\": \"t\"}\n```\n",
    });
    let script = Script::new().main([Turn::tool("Agent", input), Turn::text("refused")]);
    let run = armed.session("go", script).run()?;
    let result = &run.results_of("Agent")[0];
    assert!(result.is_error && result.text.contains("[packet-malformed]"), "{}", result.text);
    assert!(result.text.contains("requirements"), "{}", result.text);
    Ok(())
}
