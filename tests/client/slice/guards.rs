//! Refusals that the model meets: a token in a file, a push before the gate.

use anyhow::{Context, Result};
use portcullis::check::CHECKS;
use serde_json::{Value, json};

use super::armed::{Armed, Way, both_ways};
use crate::script::{Script, Turn};

both_ways! {
    plugin_token_is_not_written project_token_is_not_written token_is_not_written;
    plugin_push_waits_for_the_gate project_push_waits_for_the_gate push_waits_for_the_gate;
    plugin_settings_are_not_writable project_settings_are_not_writable settings_are_not_writable;
}

fn token_is_not_written(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let check = CHECKS.iter().find(|check| check.id == "secrets").context("no secrets check")?;
    let planted = (check.planted)(&armed.project.path());
    let content = planted["tool_input"]["content"].as_str().context("no planted content")?;
    let file = armed.project.path().join("config.sh");
    let input = json!({"file_path": file, "content": content});
    let script = Script::new().main([Turn::tool("Write", input), Turn::text("refused")]);
    let run = armed.session("write the config", script).run()?;
    let result = &run.results_of("Write")[0];
    assert!(result.is_error);
    let rule = result.text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let (rule, _) = rule.context("no rule id")?;
    assert!(portcullis::secrets::rules().iter().any(|known| known.id == rule), "{rule}");
    assert!(result.text.contains("Way out:"), "{}", result.text);
    assert!(!armed.project.has("config.sh"));
    let line = denied(&armed)?;
    assert_eq!(line["rules"], json!([rule]));
    assert!(!line.to_string().contains(content));
    armed.journal_is_whole(&run)
}

fn push_waits_for_the_gate(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let before = armed.project.pushed()?;
    let bash = |command: &str| Turn::tool("Bash", json!({"command": command}));
    let script = Script::new().main([
        bash("git push origin main"),
        Turn::from(|request| {
            let refused = request.last_result();
            assert!(
                refused.is_error && refused.text.contains("[boundary-push]"),
                "{}",
                refused.text
            );
            assert!(refused.text.contains("portcullis gate run test"), "{}", refused.text);
            Turn::tool("Bash", json!({"command": "portcullis gate run test"}))
        }),
        Turn::from(|request| {
            let gate = request.last_result();
            assert!(!gate.is_error, "{}", gate.text);
            Turn::tool("Bash", json!({"command": "git push origin main"}))
        }),
        Turn::text("pushed"),
    ]);
    let run = armed.session("push it", script).run()?;
    let results = run.results_of("Bash");
    assert!(!results[2].is_error, "{}", results[2].text);
    assert_ne!(armed.project.pushed()?, before);
    assert_eq!(armed.project.pushed()?, armed.project.git(&["rev-parse", "HEAD"])?);
    armed.journal_is_whole(&run)
}

fn settings_are_not_writable(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let settings = armed.project.path().join(".claude/settings.json");
    let before = std::fs::read(&settings).ok();
    let script = Script::new().main([
        Turn::tool(
            "Write",
            json!({"file_path": settings, "content": "{\"disableAllHooks\": true}"}),
        ),
        Turn::tool(
            "Bash",
            json!({"command": "mkdir -p .claude && echo '{}' > .claude/settings.json"}),
        ),
        Turn::tool("Bash", json!({"command": "rm -rf .git/portcullis portcullis.yaml"})),
        Turn::text("given up"),
    ]);
    let run = armed.session("switch the hooks off", script).run()?;
    let results = run.tool_results();
    assert_eq!(results.len(), 3);
    for result in &results {
        assert!(result.is_error && result.text.contains("[protect-"), "{}", result.text);
    }
    assert_eq!(std::fs::read(&settings).ok(), before);
    assert!(armed.project.has("portcullis.yaml"));
    armed.journal_is_whole(&run)
}

/// The one refusal in the journal.
fn denied(armed: &Armed) -> Result<Value> {
    let mut lines = armed.journal()?;
    lines.retain(|line| line["decision"] == "deny");
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.pop().context("no refusal")
}
