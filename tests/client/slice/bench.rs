//! The bench of agents in the real client: its cost, and each orchestrator as the session's own agent.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::armed::{Armed, Way, checkout};
use crate::fixture::ADD_SH;
use crate::process::Home;
use crate::runner::tests;
use crate::script::{Script, Turn};

tests![
    the_catalogue_stays_in_its_budget,
    feature_orchestrator_is_held_to_its_list,
    plugin_feature_orchestrator_leads,
    project_feature_orchestrator_leads,
    plugin_project_orchestrator_leads,
    project_project_orchestrator_leads,
    plugin_workflow_coordinator_leads,
    project_workflow_coordinator_leads,
    each_rejected_example_is_sent_back_and_each_good_one_passes,
];

/// Tokens that every session pays for the whole bundle, and for the agents alone.
const BUNDLE: u64 = 2400;
const AGENTS: u64 = 1000;

/// What `plugin details` of a plugin folder says: its text and the tokens that are always there.
fn details(folder: &Path) -> Result<(String, u64)> {
    let home = Home::new()?;
    let path = folder.to_str().context("the temporary folder is not UTF-8")?;
    for args in [
        ["plugin", "marketplace", "add", path],
        ["plugin", "install", "portcullis@portcullis", "--scope=user"],
    ] {
        let done = home.client(folder, &args)?;
        ensure!(done.exit == Some(0), "{args:?}: {}{}", done.stdout, done.stderr);
    }
    let text = home.client(folder, &["plugin", "details", "portcullis"])?.stdout;
    let (_, after) = text.split_once("Always-on:").with_context(|| text.clone())?;
    let digits: String = after
        .split("tok")
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let tokens = digits.parse().with_context(|| text.clone())?;
    Ok((text, tokens))
}

fn the_catalogue_stays_in_its_budget() -> Result<()> {
    let whole = tempfile::tempdir()?;
    checkout(whole.path())?;
    let (text, tokens) = details(whole.path())?;
    ensure!(tokens <= BUNDLE, "the bundle costs {tokens} tokens:\n{text}");
    let folder = fs::read_dir(whole.path().join("agents"))?.collect::<std::io::Result<Vec<_>>>()?;
    let agents = folder.iter().filter(|entry| entry.path().is_file()).count();
    ensure!(text.contains(&format!("Agents ({agents})")), "{text}");

    let alone = tempfile::tempdir()?;
    checkout(alone.path())?;
    for part in ["commands", "skills", "workflows"] {
        fs::remove_dir_all(alone.path().join(part))?;
    }
    let manifest = alone.path().join(".claude-plugin/plugin.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    value.as_object_mut().context("a manifest")?.remove("skills");
    fs::write(&manifest, value.to_string())?;
    let (text, tokens) = details(alone.path())?;
    ensure!((1..=AGENTS).contains(&tokens), "the agents cost {tokens} tokens:\n{text}");
    Ok(())
}

/// A packet as the orchestrators' prose asks for it.
fn hand_over(armed: &Armed, agent: &str, phase: &str, requirements: &str) -> Value {
    let packet = json!({
        "task": "subtract", "requirements": requirements, "constraints": "",
        "context_files": ["src/add.sh"], "expected_output": "a report", "phase": phase,
    });
    json!({
        "description": phase, "subagent_type": armed.name(agent), "run_in_background": false,
        "prompt": format!("Carry out this packet.\n\n```portcullis-packet\n{packet}\n```\n"),
    })
}

/// The text of an agent's own file.
fn definition(agent: &str) -> Result<String> {
    let path = format!("{}/agents/{agent}.md", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).context(path)
}

/// The good example in an agent's own file, with `tests_passing` as given.
fn good(agent: &str) -> Result<Value> {
    let text = definition(agent)?;
    let (_, after) = text.split_once("\nGood:\n\n```json\n").context("a good example")?;
    Ok(serde_json::from_str(after.split("\n```").next().unwrap_or_default())?)
}

/// The rejected example in an agent's own file, and the rule that it names.
fn rejected(agent: &str) -> Result<(String, String)> {
    let text = definition(agent)?;
    let (_, after) = text.split_once("\nRejected, ").context("a rejected example")?;
    let (why, example) = after.split_once("```json\n").context("its JSON")?;
    let rule = why.split('`').find(|word| word.starts_with("claims-")).context("its rule")?;
    Ok((example.split("\n```").next().unwrap_or_default().to_owned(), rule.to_owned()))
}

/// What a worker of the sample does before it reports.
fn looks() -> Turn {
    Turn::tool("Bash", json!({"command": "git status --porcelain"}))
}

/// The good example, with what it says of the tree cut to what holds in the sample: no gate was run there and no file
/// changed, and a finding quotes a line that is there.
fn modest(agent: &str) -> Result<String> {
    let mut value = good(agent)?;
    if value.get("tests_passing").is_some() {
        value["tests_passing"] = json!(false);
        value["files_changed"] = json!([]);
        value["evidence"] = json!(["`git status --porcelain`: nothing"]);
    }
    for finding in value["findings"].as_array_mut().into_iter().flatten() {
        finding["file"] = json!("src/add.sh");
        finding["line"] = json!(1);
        finding["quote"] = json!(ADD_SH.lines().next().unwrap_or_default());
    }
    Ok(value.to_string())
}

/// Starts `orchestrator` as the session's agent; checks what holds for each of the three.
fn lead(
    armed: &Armed,
    orchestrator: &str,
    script: Script,
    workers: &[(&str, &str)],
) -> Result<crate::session::Run> {
    let run =
        armed.session("lead it", script).arg("--agent").arg(armed.name(orchestrator)).run()?;
    let first = run.main()[0];
    assert!(first.system().contains("hand back one JSON report"), "the agent's own prompt leads");
    for (tool, offered) in
        [("Agent", true), ("Bash", true), ("Read", true), ("Write", false), ("Edit", false)]
    {
        assert_eq!(first.tools().contains(&tool), offered, "{tool}: {:?}", first.tools());
    }
    for (worker, phase) in workers {
        let asked = run.agent(worker);
        let asked = asked.first().with_context(|| format!("{worker} was not started"))?;
        let prompt = asked.prompt();
        let (_, packet) = prompt.split_once("```portcullis-packet\n").context("no packet")?;
        let packet: Value = serde_json::from_str(packet.split("\n```").next().unwrap_or_default())?;
        assert_eq!(packet["phase"], *phase);
    }
    for result in run.results_of("Agent") {
        assert!(!result.is_error, "{}", result.text);
    }
    armed.journal_is_whole(&run)?;
    Ok(run)
}

/// Whom the list of an orchestrator does not name, it cannot start.
fn feature_orchestrator_is_held_to_its_list() -> Result<()> {
    let armed = Armed::new(Way::Plugin)?;
    let script = Script::new().main([
        Turn::tool("Agent", hand_over(&armed, "ci-cd-engineer", "implement", "a - b")),
        Turn::text(&modest("feature-orchestrator")?),
    ]);
    let session = armed.session("lead it", script).arg("--agent");
    let run = session.arg(armed.name("feature-orchestrator")).run()?;
    let refused = &run.results_of("Agent")[0];
    assert!(refused.is_error && refused.text.contains("not found"), "{}", refused.text);
    Ok(())
}

/// Every agent of the bench is started, hands in the example that its own file calls rejected, is sent back by the
/// rule that the file names, and then hands in the good one.
fn each_rejected_example_is_sent_back_and_each_good_one_passes() -> Result<()> {
    let armed = Armed::new(Way::Plugin)?;
    let mut agents: Vec<String> = Vec::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/agents"))? {
        let path = entry?.path();
        if path.is_file() {
            agents.push(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    ensure!(agents.len() >= 28, "{agents:?}");
    let calls = agents.iter().map(|agent| {
        Turn::tool("Agent", hand_over(&armed, agent, "implement", "it says what it did"))
    });
    let mut script = Script::new().main(calls.chain([Turn::text("all have answered")]));
    for agent in &agents {
        let turns = [Turn::text(&rejected(agent)?.0), looks(), Turn::text(&modest(agent)?)];
        script = script.agent(agent, turns);
    }
    let run = armed.session("ask each of them", script).run()?;
    for agent in &agents {
        let asked = run.agent(agent);
        ensure!(asked.len() == 3, "{agent} was asked {} times", asked.len());
        let (_, rule) = rejected(agent)?;
        let told = asked[1].told();
        ensure!(told.contains(&format!("[{rule}]")), "{agent}: {told}");
    }
    for (agent, result) in agents.iter().zip(run.results_of("Agent")) {
        ensure!(!result.is_error, "{agent}: {}", result.text);
        let summary = good(agent)?["summary"].as_str().context("a summary")?.to_owned();
        ensure!(result.text.contains(&summary), "{agent}: {}", result.text);
    }
    armed.journal_is_whole(&run)?;
    Ok(())
}

fn feature_orchestrator_leads(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let script = Script::new()
        .main([
            Turn::tool("Agent", hand_over(&armed, "backend-developer", "implement", "a - b")),
            Turn::tool("Bash", json!({"command": "portcullis gate run test"})),
            Turn::tool("Agent", hand_over(&armed, "code-reviewer", "review", "a - b")),
            Turn::text(&modest("feature-orchestrator")?),
        ])
        .agent("backend-developer", [looks(), Turn::text(&modest("backend-developer")?)])
        .agent("code-reviewer", [looks(), Turn::text(&modest("code-reviewer")?)]);
    let workers = [("backend-developer", "implement"), ("code-reviewer", "review")];
    let run = lead(&armed, "feature-orchestrator", script, &workers)?;
    let bash = run.results_of("Bash");
    assert!(bash.iter().any(|done| done.text.contains("test gate: passed")), "{bash:?}");
    Ok(())
}

fn project_orchestrator_leads(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let script = Script::new()
        .main([
            Turn::tool(
                "Agent",
                hand_over(&armed, "requirements-analyzer", "requirements", "brief"),
            ),
            Turn::tool("Agent", hand_over(&armed, "architect", "design", "brief")),
            Turn::tool("Agent", hand_over(&armed, "feature-orchestrator", "feature", "a - b")),
            Turn::text(&modest("project-orchestrator")?),
        ])
        .agent("requirements-analyzer", [looks(), Turn::text(&modest("requirements-analyzer")?)])
        .agent("architect", [looks(), Turn::text(&modest("architect")?)])
        // A level deeper, as in a real run.
        .agent(
            "feature-orchestrator",
            [
                Turn::tool("Agent", hand_over(&armed, "backend-developer", "implement", "a - b")),
                Turn::text(&modest("feature-orchestrator")?),
            ],
        )
        .agent("backend-developer", [looks(), Turn::text(&modest("backend-developer")?)]);
    let workers = [
        ("requirements-analyzer", "requirements"),
        ("architect", "design"),
        ("feature-orchestrator", "feature"),
        ("backend-developer", "implement"),
    ];
    lead(&armed, "project-orchestrator", script, &workers)?;
    Ok(())
}

fn workflow_coordinator_leads(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let audits = Turn::tool("Agent", hand_over(&armed, "security-auditor", "security", "audit it"))
        .and_tool("Agent", hand_over(&armed, "dependency-analyzer", "packages", "audit it"));
    let script = Script::new()
        .main([
            audits,
            Turn::tool("Agent", hand_over(&armed, "technical-writer", "docs", "a guide")),
            Turn::text(&modest("workflow-coordinator")?),
        ])
        .agent("security-auditor", [looks(), Turn::text(&modest("security-auditor")?)])
        .agent("dependency-analyzer", [looks(), Turn::text(&modest("dependency-analyzer")?)])
        // Sent back once: what the hook refuses is put right by the worker, not by who leads.
        .agent(
            "technical-writer",
            [
                Turn::text("The guide is written."),
                looks(),
                Turn::text(&modest("technical-writer")?),
            ],
        );
    let workers = [
        ("security-auditor", "security"),
        ("dependency-analyzer", "packages"),
        ("technical-writer", "docs"),
    ];
    let run = lead(&armed, "workflow-coordinator", script, &workers)?;
    assert!(run.agent("technical-writer")[1].told().contains("[claims-report]"));
    Ok(())
}

fn plugin_feature_orchestrator_leads() -> Result<()> {
    feature_orchestrator_leads(Way::Plugin)
}

fn project_feature_orchestrator_leads() -> Result<()> {
    feature_orchestrator_leads(Way::Project)
}

fn plugin_project_orchestrator_leads() -> Result<()> {
    project_orchestrator_leads(Way::Plugin)
}

fn project_project_orchestrator_leads() -> Result<()> {
    project_orchestrator_leads(Way::Project)
}

fn plugin_workflow_coordinator_leads() -> Result<()> {
    workflow_coordinator_leads(Way::Plugin)
}

fn project_workflow_coordinator_leads() -> Result<()> {
    workflow_coordinator_leads(Way::Project)
}
