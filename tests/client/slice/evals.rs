//! The behaviour cases in the client's own `plugin eval`: each can be passed by the right answer, and not by a wrong one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::armed::checkout;
use crate::api::Api;
use crate::process::{Home, finish};
use crate::runner::{dump_folder, tests};
use crate::script::{Script, Turn};
use crate::session::known_agents;

tests![the_right_answer_passes_every_case, a_wrong_line_passes_none];

/// A behaviour case: the words of its prompt, and the answer that it is planted with.
#[derive(Clone)]
struct Planted {
    agent: String,
    prompt: String,
    file: String,
    line: usize,
    text: String,
}

/// All cases under `evals/`, their lines counted in the sample that the scaffold makes.
fn planted(root: &Path) -> Result<Vec<Planted>> {
    let mut all = Vec::new();
    for group in
        ["accessibility-expert", "code-reviewer", "performance-analyzer", "security-auditor"]
    {
        for case in fs::read_dir(root.join("evals").join(group))? {
            let case = case?.path();
            let yaml = fs::read_to_string(case.join("case.yaml"))?;
            let value: Value = serde_saphyr::from_str(&yaml)?;
            let expected = value["expected_outcome"].as_str().context("expected_outcome")?;
            let (file, text) = expected.split_once(": ").context("file: line")?;
            let sample = tempfile::tempdir()?;
            let done = std::process::Command::new("bash")
                .arg(case.join("scaffold.sh"))
                .current_dir(sample.path())
                .status()?;
            ensure!(done.success(), "{}", case.display());
            let source = fs::read_to_string(sample.path().join(file))?;
            let line = source.lines().position(|line| line.trim() == text);
            all.push(Planted {
                agent: group.to_owned(),
                prompt: value["execution"]["prompt"].as_str().context("prompt")?.to_owned(),
                file: file.to_owned(),
                line: line.with_context(|| expected.to_owned())? + 1,
                text: text.to_owned(),
            });
        }
    }
    Ok(all)
}

/// Runs the client's eval; every answer is the planted one, its line moved by `off`.
fn eval(filter: &str, off: usize) -> Result<Vec<(String, f64, Value)>> {
    let plugin = tempfile::Builder::new().prefix("pc-evals-").tempdir()?;
    checkout(plugin.path())?;
    let cases = planted(plugin.path())?;
    let main = move |request: &crate::request::Request| {
        let prompt = request.prompt();
        let Some(case) = cases.iter().find(|case| prompt.contains(&case.prompt)) else {
            panic!("no case has the prompt {prompt}");
        };
        if request.tool_results().is_empty() {
            return Turn::tool(
                "Agent",
                json!({
                    "description": "look", "prompt": case.prompt, "run_in_background": false,
                    "subagent_type": format!("portcullis:{}", case.agent),
                }),
            );
        }
        let review = format!(
            "{{\"verdict\":\"request_changes\",\"summary\":\"Read it.\",\"findings\":[{{\"severity\":\"major\",\
             \"file\":{},\"line\":{},\"quote\":{},\"problem\":\"p\",\"fix\":\"f\"}}]}}",
            json!(case.file),
            case.line + off,
            json!(case.text),
        );
        Turn::text(&review)
    };
    // Two turns for each case; each is made from its own request, so the order does not matter.
    let mut script = Script::new().main(vec![Turn::from(main); 100]);
    for agent in
        ["accessibility-expert", "code-reviewer", "performance-analyzer", "security-auditor"]
    {
        script = script.agent_every(agent, [Turn::text("{\"verdict\":\"approve\"}")]);
    }
    let mut known = Vec::new();
    known_agents(&plugin.path().join("agents"), &mut known)?;
    let api = Api::start(script, known)?;
    let home = Home::new()?;
    let dump = dump_folder()?;
    let result = dump.join("result.json");
    let mut command = home.command(plugin.path())?;
    command.env("ANTHROPIC_BASE_URL", api.url()?);
    // No Bash: the client refuses to run it without a sandbox, which a test machine may lack.
    command.args(["plugin", "eval", ".", "--trust-plugin", "--scaffold", "--ablation", "none"]);
    command.args(["--runs", "1", "--no-publish", "--concurrency", "2", "--case", filter, "--json"]);
    command.arg(&result);
    let done = finish(command, &dump, Duration::from_secs(600))?;
    let errors = api.finish(true);
    ensure!(errors.is_empty(), "{errors:?}");
    let text = fs::read_to_string(&result)
        .with_context(|| format!("no result: {}{}", done.stdout, done.stderr))?;
    let value: Value = serde_json::from_str(&text)?;
    let cases = value["cases"].as_array().context("cases")?;
    Ok(cases
        .iter()
        .map(|case| {
            let name = case["name"].as_str().unwrap_or_default().to_owned();
            let run = &case["arms"]["with"][0];
            (name, run["score"].as_f64().unwrap_or(-1.0), run.clone())
        })
        .collect())
}

fn the_right_answer_passes_every_case() -> Result<()> {
    let cases = eval("*", 0)?;
    ensure!(cases.len() == 40, "{} cases", cases.len());
    for (name, score, run) in cases {
        ensure!((score - 1.0).abs() < 1e-9, "{name}: {score}: {run:#}");
    }
    Ok(())
}

fn a_wrong_line_passes_none() -> Result<()> {
    let cases = eval("accessibility-expert-*", 10)?;
    ensure!(cases.len() == 8, "{} cases", cases.len());
    for (name, score, run) in cases {
        // One grader out of four, with half of the weight.
        ensure!((score - 0.5).abs() < 1e-9, "{name}: {score}: {run:#}");
    }
    Ok(())
}
