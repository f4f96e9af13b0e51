//! The seven workflows in real sessions: the script, the hooks, git, the gates and the test runners are real, the
//! model's words are not.
#![expect(clippy::expect_used, reason = "a scripted turn that panics fails its test")]

pub(crate) mod bugfix;
pub(crate) mod deploy;
pub(crate) mod failures;
pub(crate) mod feature;
pub(crate) mod names;
pub(crate) mod performance;
pub(crate) mod project;
pub(crate) mod refactor;
pub(crate) mod security;
mod transcript;

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::request::Request;
use crate::script::{Script, Turn};
use crate::session::Run;
use crate::slice::armed::{Armed, PROGRAM, Way};

/// The line of facts that the hook gives when a command expands.
pub(crate) fn facts(request: &Request) -> Value {
    let told = request.told();
    // The command's own text names the line too, with an ellipsis in it.
    let at = told.find("Portcullis run facts: {\"").expect("no run facts");
    let json = &told[at + "Portcullis run facts: ".len()..];
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    values.next().expect("facts").expect("facts are JSON")
}

/// The sample project under Portcullis, all of it pushed: what the review gate looks at is the run's own change.
pub(crate) fn sample(way: Way, files: &[(&str, &str)]) -> Result<Armed> {
    let armed = Armed::new(way)?;
    for (path, content) in files {
        armed.project.write(path, content)?;
    }
    armed.project.git(&["add", "-A"])?;
    armed.project.git(&["commit", "--quiet", "--allow-empty", "-m", "the sample"])?;
    // As the person would, before the session.
    armed.project.git(&["push", "--quiet", "--no-verify", "origin", "main"])?;
    Ok(armed)
}

/// The session's own turns: starts the workflow of the command with the facts and these arguments, waits, ends.
pub(crate) fn starts(workflow: String, more: Value) -> Vec<Turn> {
    vec![
        Turn::from(move |request| {
            let facts = facts(request);
            assert_eq!(facts["workflow"], workflow);
            let mut args = json!({
                "run": facts["run"], "prefix": facts["prefix"], "base_tree": facts["base_tree"],
            });
            for (key, value) in more.as_object().expect("arguments") {
                args[key] = value.clone();
            }
            Turn::tool("Workflow", json!({"name": facts["workflow"], "args": args}))
        }),
        Turn::text("started"),
        Turn::text("that was it"),
    ]
}

/// A report that claims no green tests: the gates say whether they are.
pub(crate) fn report(status: &str, files: &[&str]) -> Value {
    json!({
        "status": status, "summary": format!("Worked on {files:?}."), "files_changed": files,
        "tests_passing": false, "next_steps": [], "evidence": [],
    })
}

/// A worker that writes these files, one call each, and hands back `report`.
pub(crate) fn writes(armed: &Armed, files: &[(&str, &str)], report: Value) -> Vec<Turn> {
    let mut turns: Vec<Turn> = files
        .iter()
        .map(|(path, content)| {
            let path = armed.project.path().join(path);
            if !path.exists() {
                return Turn::tool("Write", json!({"file_path": path, "content": content}));
            }
            // The client's Write asks to have read what is there.
            let line = format!("cat > '{}' <<'END_OF_FILE'\n{content}END_OF_FILE", path.display());
            Turn::tool("Bash", json!({"command": line}))
        })
        .collect();
    turns.push(Turn::tool("StructuredOutput", report));
    turns.push(Turn::text("done"));
    turns
}

/// A developer that writes these files and says so.
pub(crate) fn develops(armed: &Armed, files: &[(&str, &str)]) -> Vec<Turn> {
    let names: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    writes(armed, files, report("completed", &names))
}

/// A reviewer that looks at the change and answers with these findings: severity, file, line, quote.
pub(crate) fn reviews(findings: &[(&str, &str, u32, &str)]) -> Vec<Turn> {
    let verdict = if findings.is_empty() { "approve" } else { "request_changes" };
    let findings: Vec<Value> = findings
        .iter()
        .map(|(severity, file, line, quote)| {
            json!({
                "severity": severity, "file": file, "line": line, "quote": quote,
                "problem": "wrong for an empty argument", "fix": "check it",
            })
        })
        .collect();
    vec![
        Turn::tool("Bash", json!({"command": "git status --porcelain && git diff --stat HEAD"})),
        Turn::tool(
            "StructuredOutput",
            json!({"verdict": verdict, "summary": "Read the change.", "findings": findings}),
        ),
        Turn::text("done"),
    ]
}

/// The messenger of gates and commands: runs the line it is told to run and answers with what came back.
pub(crate) fn messenger() -> Vec<Turn> {
    vec![
        Turn::from(|request| Turn::tool("Bash", json!({"command": errand(&request.prompt())}))),
        Turn::from(|request| {
            let back = request.last_result();
            Turn::tool("StructuredOutput", answer(&request.prompt(), &back.text, back.is_error))
        }),
        Turn::text("done"),
    ]
}

/// The line in a messenger's prompt.
fn errand(prompt: &str) -> String {
    if let Some((_, after)) = prompt.split_once("Run exactly `") {
        return after.split('`').next().expect("a line").to_owned();
    }
    // The client indents what it hands on.
    let (_, after) = prompt.split_once("and nothing else:").expect("a messenger's prompt");
    after.split("Answer status").next().expect("a line").trim().to_owned()
}

fn answer(prompt: &str, output: &str, failed: bool) -> Value {
    // A red gate ends with 1, and the client puts "Exit code 1" before what it printed.
    let json = output.find('{').map(|at| &output[at..]).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let value = values.next().and_then(Result::ok).unwrap_or_default();
    if prompt.contains("portcullis gate prove-fix") {
        let proof = &value["proof"];
        return json!({
            "proved": proof["proved"] == true, "reason": proof["reason"].as_str().unwrap_or(output),
            "before": proof["before"]["outcome"].as_str().unwrap_or("not_run"),
        });
    }
    if prompt.contains("portcullis gate measure") {
        let measured = &value["measured"];
        return json!({
            "verdict": measured["verdict"].as_str().unwrap_or("broken"),
            "ratio": measured["ratio"].as_f64().unwrap_or(1.0),
            "reason": measured["reason"].as_str().unwrap_or(output),
            "kept": measured["kept"].as_str().unwrap_or_default(),
        });
    }
    if let Some((_, after)) = prompt.split_once("portcullis gate run ") {
        let gate = after.split(' ').next().expect("a gate");
        let known = ["passed", "failed", "timed_out", "changed"];
        let status = value["status"].as_str().filter(|status| known.contains(status));
        let status = status.unwrap_or("not_run");
        let reason = value["reason"].as_str().unwrap_or(output);
        let failures = if status == "passed" { json!([]) } else { json!([reason]) };
        return json!({
            "gate": gate, "status": status, "receipt": value["id"].as_str().unwrap_or_default(),
            "summary": reason, "failures": failures,
        });
    }
    let exit = output.split_once("Exit code ").and_then(|(_, after)| {
        after.split(|c: char| !c.is_ascii_digit()).next().and_then(|code| code.parse::<i64>().ok())
    });
    let (status, exit) = match (failed, exit) {
        (false, _) => ("done", 0),
        (true, Some(code)) => ("failed", code),
        (true, None) => ("refused", -1),
    };
    json!({"status": status, "exit": exit, "output": output})
}

/// A script in which all messengers are honest.
pub(crate) fn with_messengers(script: Script) -> Script {
    script.agent_every("workflow-subagent", messenger())
}

/// The result of the workflow, as the session's own thread was told it.
pub(crate) fn result(run: &Run) -> Result<Value> {
    let told = run.main().last().context("no request")?.told();
    let (_, after) = told.split_once("<result>").with_context(|| format!("no result in {told}"))?;
    let (json, _) = after.split_once("</result>").context("the result has no end")?;
    serde_json::from_str(json.trim()).with_context(|| json.to_owned())
}

/// Runs a workflow by its typed command; its result, after it was compared with receipts and journal.
pub(crate) fn conducted(armed: &Armed, typed: &str, script: Script) -> Result<(Run, Value)> {
    let prompt = format!("/{}", armed.name(typed));
    // Whether an agent is asked once more after its StructuredOutput is the client's business.
    let run = armed.session(&prompt, with_messengers(script)).lenient().run()?;
    let result = result(&run)?;
    agrees(armed, &result)?;
    transcript::keep(armed, typed, &run)?;
    Ok((run, result))
}

/// The result against the run's journal, as `portcullis run verify-report` compares them; and
/// every gate that the result calls passed has a receipt that says so, and every agent that it names handed back
/// what the journal saw.
fn agrees(armed: &Armed, result: &Value) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("result.json");
    std::fs::write(&file, result.to_string())?;
    let mut verify = Command::new(PROGRAM);
    verify.args(["run", "verify-report"]).arg(&file).current_dir(armed.project.path());
    let output = verify.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "verify-report: {said}{:#}", result);
    let receipts = armed.project.read(".git/portcullis/receipts.jsonl").unwrap_or_default();
    let receipts: Vec<Value> =
        receipts.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?;
    for gate in result["gates"].as_array().context("gates")? {
        if gate["status"] == "passed" {
            let held = |receipt: &Value| {
                let text = receipt.to_string();
                text.contains(gate["receipt"].as_str().unwrap_or("?"))
                    && text.contains("\"status\":\"passed\"")
            };
            assert!(receipts.iter().any(held), "no receipt for {gate}: {receipts:#?}");
        }
    }
    let journal = armed.journal()?;
    for step in result["steps"].as_array().context("steps")? {
        let agent = step["agent"].as_str().context("an agent")?;
        if agent == "messenger" || step["status"] == "no answer" {
            continue;
        }
        let name = armed.name(agent);
        let seen = journal.iter().any(|line| {
            line["tool"] == "StructuredOutput"
                && line["agent_type"] == name.as_str()
                && line["decision"] == "pass"
        });
        assert!(seen, "the journal saw no answer of {name}, which the result names: {step}");
    }
    Ok(())
}
