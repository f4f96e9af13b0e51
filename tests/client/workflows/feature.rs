//! `/add-feature`: the standard route, a lying worker, a red gate that turns green, a review that sends back.

use anyhow::Result;
use serde_json::{Value, json};

use super::{conducted, develops, report, reviews, sample, starts, writes};
use crate::script::{Script, Turn};
use crate::slice::armed::{Armed, Way, both_ways};

both_ways! {
    plugin_feature_passes_every_gate project_feature_passes_every_gate feature_passes_every_gate;
    plugin_a_red_gate_turns_green project_a_red_gate_turns_green a_red_gate_turns_green;
}

const SUB: (&str, &str) = ("src/sub.sh", "#!/bin/sh\necho \"$(($1 - $2))\"\n");

fn asks() -> Value {
    json!({
        "task": "add-subtraction", "requirements": "src/sub.sh A B prints A - B", "constraints": "",
        "context_files": ["src/add.sh"],
    })
}

/// What the hook answered to each StructuredOutput of this agent.
fn answers(armed: &Armed, agent: &str) -> Result<Vec<String>> {
    let name = armed.name(agent);
    let lines = armed.journal()?.into_iter().filter(|line| {
        line["tool"] == "StructuredOutput"
            && line["event"] == "PreToolUse"
            && line["agent_type"] == name.as_str()
    });
    Ok(lines.map(|line| line["decision"].as_str().unwrap_or_default().to_owned()).collect())
}

fn feature_passes_every_gate(way: Way) -> Result<()> {
    let armed = sample(way, &[])?;
    let mut lie = report("completed", &["src/sub.sh"]);
    lie["tests_passing"] = json!(true);
    let mut worker = writes(&armed, &[SUB], lie.clone());
    worker.truncate(2);
    worker.extend([
        Turn::from(|request| {
            let refused = request.last_result();
            assert!(
                refused.is_error && refused.text.contains("[claims-tests]"),
                "{}",
                refused.text
            );
            Turn::tool("Bash", json!({"command": "portcullis gate run test"}))
        }),
        Turn::tool("StructuredOutput", lie),
        Turn::text("done"),
    ]);
    let mut reviewer = reviews(&[]);
    reviewer.insert(
        1,
        Turn::tool(
            "StructuredOutput",
            json!({
                "verdict": "approve", "summary": "Read src/sub.sh.",
                "findings": [{
                    "severity": "major", "file": "src/sub.sh", "line": 2, "quote": "echo \"$(($1 - $2))\"",
                    "problem": "no argument check", "fix": "check $#",
                }],
            }),
        ),
    );
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks()))
        .agent("backend-developer", worker)
        .agent("code-reviewer", reviewer);
    let (run, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(run.said()?, "that was it");
    assert_eq!(result["status"], "completed", "{result:#}");
    let gates: Vec<_> = result["gates"].as_array().into_iter().flatten().collect();
    let gates: Vec<_> = gates.iter().map(|gate| (&gate["gate"], &gate["status"])).collect();
    let wanted = [("implementation", "not_run"), ("test", "passed"), ("review", "passed")];
    let wanted = wanted.map(|(gate, status)| (json!(gate), json!(status)));
    assert_eq!(gates, wanted.iter().map(|(gate, status)| (gate, status)).collect::<Vec<_>>());
    assert_eq!(answers(&armed, "backend-developer")?, ["deny", "pass"]);
    assert_eq!(answers(&armed, "code-reviewer")?, ["deny", "pass"]);
    armed.journal_is_whole(&run)
}

fn a_red_gate_turns_green(way: Way) -> Result<()> {
    let armed = sample(way, &[])?;
    let broken = ("src/add.sh", "#!/bin/sh\necho \"$(($1 - $2))\"\n");
    let mended = ("src/add.sh", "#!/bin/sh\necho \"$(($1 + $2))\"\n");
    let script = Script::new()
        .main(starts(armed.name("feature-pipeline"), asks()))
        .agent("backend-developer", develops(&armed, &[SUB, broken]))
        .agent_asked("backend-developer", "test gate failed", develops(&armed, &[mended]))
        .agent_asked("code-reviewer", "round 2", reviews(&[("major", "src/sub.sh", 2, "echo")]))
        .agent_asked("backend-developer", "review major src/sub.sh:2", {
            develops(
                &armed,
                &[("src/sub.sh", "#!/bin/sh\n[ $# = 2 ] || exit 2\necho \"$(($1 - $2))\"\n")],
            )
        })
        .agent_asked("code-reviewer", "round 3", reviews(&[]));
    let (_, result) = conducted(&armed, "add-feature a subtraction script", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(2)),
        "{result:#}"
    );
    Ok(())
}
