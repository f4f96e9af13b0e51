//! A run on a bad day: the client is killed, started again, compacted; what was accepted is not done twice.
#![expect(clippy::expect_used, reason = "a scripted turn that panics fails its test")]

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::armed::{Armed, PROGRAM, Way, both_ways};
use crate::request::Request;
use crate::script::{Script, Turn};
use crate::session::Run;

both_ways! {
    plugin_killed_client_goes_on project_killed_client_goes_on killed_client_goes_on;
    plugin_killed_script_repeats_nothing project_killed_script_repeats_nothing killed_script_repeats_nothing;
    plugin_death_is_seen project_death_is_seen death_is_seen;
    plugin_compaction_keeps_the_run project_compaction_keeps_the_run compaction_keeps_the_run;
}

/// The line of facts that the hook gives when the command expands.
fn facts(request: &Request) -> Value {
    let told = request.told();
    let at = told.find("Portcullis run facts: {\"").expect("no run facts");
    let json = &told[at + "Portcullis run facts: ".len()..];
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    values.next().expect("facts").expect("facts are JSON")
}

fn packet(run: &Value, task: &str) -> String {
    let packet = json!({
        "task": task, "requirements": "src/sub.sh A B prints A - B", "run": run,
        "phase": "implement", "context_files": ["src/add.sh"],
    });
    format!("Carry out this packet.\n\n```portcullis-packet\n{packet}\n```")
}

fn report(files: &[&str]) -> Value {
    json!({
        "status": "completed", "summary": "The subtraction is there.", "files_changed": files,
        "tests_passing": false, "next_steps": [], "evidence": [],
    })
}

fn spawn(armed: &Armed, agent: &str, prompt: &str) -> Turn {
    Turn::tool(
        "Agent",
        json!({
            "description": "work", "subagent_type": armed.name(agent), "prompt": prompt,
            "run_in_background": false,
        }),
    )
}

/// A turn that spawns an agent for the run of the typed command.
fn spawn_first(armed: &Armed, agent: &str, task: &'static str) -> Turn {
    let agent = armed.name(agent);
    Turn::from(move |request| {
        let input = json!({
            "description": "work", "subagent_type": agent, "run_in_background": false,
            "prompt": packet(&facts(request)["run"], task),
        });
        Turn::tool("Agent", input)
    })
}

/// The developer's turns: writes the script and says so.
fn develops(armed: &Armed) -> [Turn; 2] {
    let file = armed.project.path().join("src/sub.sh");
    let content = "#!/bin/sh\necho \"$(($1 - $2))\"\n";
    [
        Turn::tool("Write", json!({"file_path": file, "content": content})),
        Turn::text(&report(&["src/sub.sh"]).to_string()),
    ]
}

/// Ends the client that runs this command, as a crash would.
fn kill() -> Turn {
    Turn::tool("Bash", json!({"command": "kill -9 $PPID"}))
}

/// What `portcullis run …` prints as JSON.
fn cli(armed: &Armed, args: &[&str]) -> Result<Value> {
    let output = std::process::Command::new(PROGRAM)
        .arg("run")
        .args(args)
        .arg("--json")
        .current_dir(armed.project.path())
        .output()?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The kinds of the lines of the run's journal.
fn kinds(armed: &Armed, run: &str) -> Result<Vec<String>> {
    let text = armed.project.read(&format!(".git/portcullis/runs/{run}/journal.jsonl"))?;
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line)?;
            Ok(line["kind"].as_str().context("a kind")?.to_owned())
        })
        .collect()
}

/// The only run of the project.
fn only_run(armed: &Armed) -> Result<String> {
    let list = cli(armed, &["list"])?;
    let runs = list["runs"].as_array().context("a list")?;
    assert_eq!(runs.len(), 1, "{runs:?}");
    Ok(runs[0]["run"].as_str().context("an id")?.to_owned())
}

/// The session's id, also of a client that was killed.
fn session_id(run: &Run) -> Result<String> {
    Ok(run.id()?.to_owned())
}

fn killed_client_goes_on(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let script = Script::new()
        .main([
            spawn_first(&armed, "backend-developer", "add-subtraction"),
            spawn_first(&armed, "technical-writer", "describe-subtraction"),
        ])
        .agent("backend-developer", develops(&armed))
        .agent("technical-writer", [kill()]);
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    let first = armed.session(&prompt, script).killed().run()?;
    let id = only_run(&armed)?;
    assert!(!kinds(&armed, &id)?.contains(&"interrupted".to_owned()), "nobody could say so");

    let run = json!(id);
    let (done, open) = (packet(&run, "add-subtraction"), packet(&run, "describe-subtraction"));
    let again = spawn(&armed, "technical-writer", &open);
    let told = id.clone();
    let script = Script::new()
        .main([
            {
                let turn = spawn(&armed, "backend-developer", &done);
                Turn::from(move |request| {
                    let said = request.told();
                    let at = said.rfind("Portcullis run r-").expect("no state of the run");
                    let state = &said[at..];
                    assert!(state.contains(&told) && state.contains("is running"), "{state}");
                    assert!(state.contains("Open tasks: describe-subtraction"), "{state}");
                    assert!(state.contains("The subtraction is there."), "{state}");
                    turn.clone()
                })
            },
            Turn::from(move |request| {
                let refused = request.last_result();
                assert!(refused.is_error, "{}", refused.text);
                assert!(refused.text.contains("[dispatch-accepted]"), "{}", refused.text);
                assert!(refused.text.contains("The subtraction is there."), "{}", refused.text);
                again.clone()
            }),
            Turn::text("the rest is done"),
        ])
        .agent(
            "technical-writer",
            [
                Turn::tool("Bash", json!({"command": "cat src/sub.sh"})),
                Turn::text(&report(&[]).to_string()),
            ],
        );
    let session = armed.session("go on", script).home(&first.home);
    let second = session.arg("--resume").arg(session_id(&first)?).run()?;
    assert_eq!(second.said()?, "the rest is done");
    assert!(second.agent("backend-developer").is_empty(), "accepted work was done again");
    let kinds = kinds(&armed, &id)?;
    for wanted in ["accepted", "interrupted", "resumed", "refused"] {
        assert!(kinds.contains(&wanted.to_owned()), "{wanted}: {kinds:?}");
    }
    let status = cli(&armed, &["status", &id])?;
    let tasks = status["state"]["tasks"].as_array().context("tasks")?;
    assert!(tasks.len() == 2 && tasks.iter().all(|task| task["standing"] == "done"), "{tasks:?}");
    assert_eq!(status["state"]["interruptions"], 1);
    // Each answer of the script costs ten tokens in and five out.
    for agent in ["backend-developer", "technical-writer"] {
        let cost = &status["state"]["costs"][agent];
        assert_eq!((&cost["tokens"], &cost["turns"]), (&json!(30), &json!(2)), "{agent}: {cost}");
    }
    Ok(())
}

/// Two workers, one after the other; the packets hold no time and no chance.
const SCRIPT: &str = r#"export const meta = {
  name: 'two-steps',
  description: 'Two workers, one after the other',
  phases: [{ title: 'Work' }],
}
const schema = {
  type: 'object',
  properties: {
    status: { type: 'string' }, summary: { type: 'string' },
    files_changed: { type: 'array', items: { type: 'string' } },
    tests_passing: { type: 'boolean' },
    next_steps: { type: 'array', items: { type: 'string' } },
    evidence: { type: 'array', items: { type: 'string' } },
  },
  required: ['status', 'summary', 'files_changed', 'tests_passing', 'next_steps'],
}
phase('Work')
const ask = (task, name) => agent(
  'Carry out this packet.\n\n```portcullis-packet\n' + JSON.stringify({
    task, requirements: 'src/sub.sh A B prints A - B', context_files: ['src/add.sh'],
    run: args.run, phase: 'implement',
  }) + '\n```',
  { agentType: args.prefix + name, schema, label: task },
)
const code = await ask('add-subtraction', 'backend-developer')
const text = await ask('describe-subtraction', 'technical-writer')
return { run: args.run, status: 'completed', summary: 'Both steps are done.', report: code, text }
"#;

fn killed_script_repeats_nothing(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    armed.project.write(".claude/workflows/two-steps.js", SCRIPT)?;
    let start = || {
        Turn::from(|request| {
            let facts = facts(request);
            let args = json!({"run": facts["run"], "prefix": facts["prefix"]});
            Turn::tool("Workflow", json!({"name": "two-steps", "args": args}))
        })
    };
    let file = armed.project.path().join("src/sub.sh");
    let content = "#!/bin/sh\necho \"$(($1 - $2))\"\n";
    let script = Script::new()
        .main([start(), Turn::text("started")])
        .agent(
            "backend-developer",
            [
                Turn::tool("Write", json!({"file_path": file, "content": content})),
                Turn::tool("StructuredOutput", report(&["src/sub.sh"])),
                Turn::text("done"),
            ],
        )
        .agent("technical-writer", [kill()]);
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    let first = armed.session(&prompt, script).killed().lenient().run()?;
    let id = only_run(&armed)?;
    let resume = cli(&armed, &["resume", &id])?;
    assert!(resume["script"]["resumeFromRunId"].is_string(), "{resume}");

    // The script is started anew, without the client's own resume: the hook keeps the accepted work.
    let args = json!({"run": id, "prefix": if way == Way::Plugin { "portcullis:" } else { "" }});
    let script = Script::new()
        .main([
            Turn::tool("Workflow", json!({"name": "two-steps", "args": args})),
            Turn::text("started again"),
            Turn::text("both steps are done"),
        ])
        .agent(
            "backend-developer",
            [
                Turn::tool("Bash", json!({"command": "touch src/again.sh"})),
                Turn::from(|request| {
                    let refused = request.last_result();
                    assert!(refused.is_error, "{}", refused.text);
                    assert!(refused.text.contains("[dispatch-accepted]"), "{}", refused.text);
                    Turn::tool("StructuredOutput", report(&["src/sub.sh"]))
                }),
                Turn::text("done"),
            ],
        )
        .agent(
            "technical-writer",
            [
                Turn::tool("Bash", json!({"command": "cat src/sub.sh"})),
                Turn::tool("StructuredOutput", report(&[])),
                Turn::text("done"),
            ],
        );
    let session = armed.session("go on", script).home(&first.home).lenient();
    let second = session.arg("--resume").arg(session_id(&first)?).run()?;
    assert_eq!(second.said()?, "both steps are done");
    assert!(!armed.project.has("src/again.sh"));
    let status = cli(&armed, &["status", &id])?;
    assert_eq!(status["state"]["standing"], "completed", "{status:#}");
    // What the script handed back agrees with the journal once it states the interruption.
    let told = second.main().last().context("no request")?.told();
    let result = told.rsplit("<result>").next().and_then(|rest| rest.split("</result>").next());
    let mut result: Value = serde_json::from_str(result.context("no result")?)?;
    armed.project.write(".git/final.json", &result.to_string())?;
    let verdict = cli(&armed, &["verify-report", ".git/final.json"])?;
    let problems = verdict["disagreements"].to_string();
    assert!(problems.contains("the run was interrupted"), "{verdict:#}");
    result["degraded"] = json!(["the run was interrupted once"]);
    armed.project.write(".git/final.json", &result.to_string())?;
    let verdict = cli(&armed, &["verify-report", ".git/final.json"])?;
    assert_eq!(verdict["agrees"], true, "{verdict:#}");
    Ok(())
}

fn compaction_keeps_the_run(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let script = Script::new()
        .main([
            spawn_first(&armed, "backend-developer", "add-subtraction"),
            Turn::text("the first task is done"),
        ])
        .agent("backend-developer", develops(&armed));
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    let first = armed.session(&prompt, script).run()?;
    let id = only_run(&armed)?;
    let before = kinds(&armed, &id)?;

    // Whoever summarises the conversation is asked once or twice.
    let summary = "<summary>A feature was asked for.</summary>";
    let script = Script::new().main([Turn::text(summary), Turn::text(summary)]);
    let session = armed.session("/compact", script).home(&first.home).lenient();
    let second = session.arg("--resume").arg(session_id(&first)?).run()?;
    let starts: Vec<String> =
        second.hook_lines("SessionStart").into_iter().map(ToString::to_string).collect();
    let states = starts.iter().filter(|line| line.contains(&id)).count();
    assert_eq!(states, 2, "at the restart and after the compaction: {starts:#?}");
    let after = kinds(&armed, &id)?;
    assert_eq!(after[..before.len()], before);

    let script = Script::new().main([Turn::from(move |request| {
        let told = request.told();
        assert!(told.contains("A feature was asked for."), "not compacted: {told}");
        let at = told.find("Portcullis run r-").expect("no state of the run");
        assert!(told[at..].contains("Accepted, not to be handed out again"), "{}", &told[at..]);
        Turn::text("I know where I am")
    })]);
    let session = armed.session("go on", script).home(&second.home);
    let third = session.arg("--resume").arg(session_id(&first)?).run()?;
    assert_eq!(third.said()?, "I know where I am");

    // Another session of the same project works on no run and is told of none.
    let script = Script::new().main([Turn::text("hi")]);
    let other = armed.session("hi", script).run()?;
    assert!(!other.told("Portcullis run r-"));
    Ok(())
}

/// A worker of the `Agent` tool and one of a script, both ended by the API in the middle of their work.
fn death_is_seen(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    armed.project.write(".claude/workflows/two-steps.js", SCRIPT)?;
    let look = || Turn::tool("Bash", json!({"command": "cat src/add.sh"}));
    let script = Script::new()
        .main([
            spawn_first(&armed, "backend-developer", "add-subtraction"),
            Turn::from(|request| {
                let facts = facts(request);
                let args = json!({"run": facts["run"], "prefix": facts["prefix"]});
                Turn::tool("Workflow", json!({"name": "two-steps", "args": args}))
            }),
            Turn::text("started"),
            Turn::text("that was it"),
        ])
        // The client asks again a few times.
        .agent("backend-developer", [look()].into_iter().chain(vec![Turn::Died; 12]))
        .agent("backend-developer", [look()].into_iter().chain(vec![Turn::Died; 12]))
        .agent(
            "technical-writer",
            [look(), Turn::tool("StructuredOutput", report(&[])), Turn::text("done")],
        );
    let prompt = format!("/{} a subtraction script", armed.name("add-feature"));
    armed.session(&prompt, script).lenient().run()?;
    let id = only_run(&armed)?;
    let facts = cli(&armed, &["report", &id])?;
    let breaker = &facts["state"]["breakers"]["backend-developer"];
    assert_eq!(breaker["failures"], 2, "{:?} {facts:#}", kinds(&armed, &id)?);
    let degraded = facts["degraded"].to_string();
    assert!(degraded.contains("add-subtraction"), "{degraded}");
    assert_eq!(facts["state"]["live"], json!({}), "{facts:#}");
    Ok(())
}
