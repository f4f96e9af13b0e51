//! What goes wrong around a workflow: a dumb worker, a worker that gives up, no Workflow tool, a person who is asked.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{conducted, develops, facts, report, sample, starts};
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::slice::armed::{PROGRAM, Way};

tests![
    a_malformed_report_is_asked_for_again,
    a_worker_that_gives_up_is_replaced_once,
    two_workers_that_give_up_end_the_run,
    questions_reach_the_person,
    without_the_tool_the_orchestrator_does_the_same,
    a_rollback_to_a_phase_brings_the_tree_back,
];

const SUB: (&str, &str) = ("src/sub.sh", "#!/bin/sh\necho \"$(($1 - $2))\"\n");

fn asks(route: &str) -> Value {
    json!({"task": "add-subtraction", "requirements": "src/sub.sh A B prints A - B", "route": route})
}

/// Words instead of a report, until the client gives the worker up.
fn gives_up() -> Vec<Turn> {
    vec![Turn::text("I would rather not say."); 12]
}

fn a_malformed_report_is_asked_for_again() -> Result<()> {
    let armed = sample(Way::Plugin, &[])?;
    let mut turns = develops(&armed, &[SUB]);
    let broken = json!({"status": "nearly", "summary": "Worked.", "files_changed": "src/sub.sh"});
    turns.insert(1, Turn::tool("StructuredOutput", broken));
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks("short")))
        .agent("backend-developer", turns);
    let (run, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    let refused = run.results_of("StructuredOutput").into_iter().find(|result| result.is_error);
    let refused = refused.context("the malformed report was not refused")?;
    assert!(refused.text.contains("[claims-report]"), "{}", refused.text);
    Ok(())
}

fn a_worker_that_gives_up_is_replaced_once() -> Result<()> {
    let armed = sample(Way::Project, &[])?;
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks("short")))
        .agent("backend-developer", gives_up())
        .agent("backend-developer", develops(&armed, &[SUB]));
    let (_, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    assert!(result["degraded"].to_string().contains("a second one was asked"), "{result:#}");
    Ok(())
}

fn two_workers_that_give_up_end_the_run() -> Result<()> {
    let armed = sample(Way::Plugin, &[])?;
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks("short")))
        .agent_every("backend-developer", gives_up());
    let (_, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(result["status"], "failed", "{result:#}");
    assert!(result["summary"].to_string().contains("gave no report"), "{result:#}");
    Ok(())
}

fn questions_reach_the_person() -> Result<()> {
    let armed = sample(Way::Project, &[])?;
    let mut asking = report("needs_context", &[]);
    asking["next_steps"] = json!(["May A be negative?"]);
    let script = Script::new().main(starts(armed.name("feature-pipeline"), asks("short"))).agent(
        "backend-developer",
        [
            Turn::tool("Bash", json!({"command": "ls src"})),
            Turn::tool("StructuredOutput", asking),
            Turn::text("done"),
        ],
    );
    let (_, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(result["status"], "needs_context", "{result:#}");
    assert_eq!(result["next_steps"], json!(["May A be negative?"]));
    assert_eq!(result["gates"], json!([]), "no gate is run on a question");
    Ok(())
}

fn without_the_tool_the_orchestrator_does_the_same() -> Result<()> {
    let armed = sample(Way::Plugin, &[])?;
    let packet = |phase: &str, facts: &Value| {
        json!({
            "task": "add-subtraction", "requirements": "src/sub.sh A B prints A - B", "constraints": "",
            "context_files": [], "expected_output": "code", "run": facts["run"], "phase": phase,
            "base_tree": facts["base_tree"],
        })
    };
    let hand_over = move |agent: String, phase: &str, facts: &Value| {
        let packet = packet(phase, facts);
        Turn::tool(
            "Agent",
            json!({
                "description": phase, "subagent_type": agent, "run_in_background": false,
                "prompt": format!("Run facts: {facts}\n\n```portcullis-packet\n{packet}\n```\n"),
            }),
        )
    };
    let told = |request: &crate::request::Request| {
        let (_, after) = request.prompt().split_once("Run facts: ").map_or_else(
            || panic!("no facts in {}", request.prompt()),
            |(a, b)| (a.to_owned(), b.to_owned()),
        );
        let mut values = serde_json::Deserializer::from_str(&after).into_iter::<Value>();
        values.next().and_then(Result::ok).unwrap_or_default()
    };
    let [orchestrator, developer, reviewer] =
        ["feature-orchestrator", "backend-developer", "code-reviewer"].map(|name| armed.name(name));
    let mut done = report("completed", &["src/sub.sh"]);
    done["tests_passing"] = json!(true);
    done["evidence"] = json!(["test gate passed, review: approve"]);
    let path = armed.project.path().join(SUB.0);
    let (implement, review) = (hand_over, hand_over);
    let script = Script::new()
        .main([
            Turn::from(move |request| {
                assert!(!request.tools().contains(&"Workflow"), "{:?}", request.tools());
                assert!(request.told().contains("Without a `Workflow` tool"));
                hand_over(orchestrator.clone(), "implement", &facts(request))
            }),
            Turn::text("the feature is done"),
        ])
        .agent(
            "feature-orchestrator",
            [
                Turn::from(move |request| {
                    implement(developer.clone(), "implement", &told(request))
                }),
                Turn::tool("Bash", json!({"command": "portcullis gate run test"})),
                Turn::from(move |request| review(reviewer.clone(), "review", &told(request))),
                Turn::text(&done.to_string()),
            ],
        )
        .agent(
            "backend-developer",
            [
                Turn::tool("Write", json!({"file_path": path, "content": SUB.1})),
                Turn::text(&report("completed", &["src/sub.sh"]).to_string()),
            ],
        )
        .agent(
            "code-reviewer",
            [
                Turn::tool("Bash", json!({"command": "git diff --stat HEAD"})),
                Turn::text(
                    &json!({"verdict": "approve", "summary": "Read it.", "findings": []})
                        .to_string(),
                ),
            ],
        );
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    let session = armed.session(&prompt, script).arg("--disallowedTools").arg("Workflow");
    let run = session.run()?;
    assert_eq!(run.said()?, "the feature is done");
    for result in run.results_of("Agent") {
        assert!(!result.is_error, "{}", result.text);
    }
    assert!(armed.project.has("src/sub.sh"));
    Ok(())
}

fn a_rollback_to_a_phase_brings_the_tree_back() -> Result<()> {
    let armed = sample(Way::Project, &[])?;
    armed.project.write("notes.txt", "mine, and in no commit\n")?;
    let before = armed.project.git(&["status", "--porcelain"])?;
    let changed = ("src/add.sh", "#!/bin/sh\n# Sums.\necho \"$(($1 + $2))\"\n");
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks("short")))
        .agent("backend-developer", develops(&armed, &[SUB, changed]));
    let (_, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    assert_eq!(armed.project.read(changed.0)?, changed.1);
    let back = |to: &str| -> Result<String> {
        let output = std::process::Command::new(PROGRAM)
            .args(["rollback", "--to", to])
            .current_dir(armed.project.path())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        anyhow::ensure!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(said)
    };
    let said = back("implement")?;
    // Nothing differs from the commit but what was there before, byte for byte.
    assert_eq!(armed.project.git(&["status", "--porcelain"])?, before, "{said}");
    assert_eq!(armed.project.read("notes.txt")?, "mine, and in no commit\n");
    assert!(!armed.project.has(SUB.0));
    // And forth again, by the last line of what it printed.
    let (_, id) = said.trim().rsplit_once("--to ").context("the way back is not printed")?;
    back(id.trim().trim_end_matches('`'))?;
    assert_eq!(armed.project.read(SUB.0)?, SUB.1);
    Ok(())
}
