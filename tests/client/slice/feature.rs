//! Packets and reports of plain workers, which no workflow script starts.

use anyhow::Result;
use serde_json::{Value, json};

use super::armed::{Armed, Way, both_ways};
use crate::script::{Script, Turn};

both_ways! {
    plugin_plain_worker_is_sent_back project_plain_worker_is_sent_back plain_worker_is_sent_back;
    plugin_broken_packet_is_refused project_broken_packet_is_refused broken_packet_is_refused;
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
