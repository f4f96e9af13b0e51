//! Packets and reports in the real client: lies, reports that stay wrong, write sets that meet.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::armed::{Armed, Way, both_ways};
use crate::script::{Script, Turn};
use crate::session::Run;

both_ways! {
    plugin_lying_plain_worker project_lying_plain_worker lying_plain_worker;
    plugin_lying_workflow_worker project_lying_workflow_worker lying_workflow_worker;
    plugin_report_that_stays_wrong project_report_that_stays_wrong report_that_stays_wrong;
    plugin_object_that_stays_wrong project_object_that_stays_wrong object_that_stays_wrong;
    plugin_write_sets_that_meet project_write_sets_that_meet write_sets_that_meet;
    plugin_scripted_write_sets_that_meet project_scripted_write_sets_that_meet scripted_write_sets_that_meet;
    plugin_scripted_broken_packet project_scripted_broken_packet scripted_broken_packet;
}

fn packet(task: &str, fields: &Value) -> String {
    let mut packet = json!({"task": task, "requirements": "it works"});
    for (key, value) in fields.as_object().into_iter().flatten() {
        packet[key] = value.clone();
    }
    format!("Carry out this packet.\n\n```portcullis-packet\n{packet}\n```\n")
}

fn report(files: &[&str], evidence: &[&str]) -> Value {
    json!({
        "status": "completed", "summary": "Did it.", "files_changed": files,
        "tests_passing": false, "next_steps": [], "evidence": evidence,
    })
}

fn write(armed: &Armed, file: &str) -> Turn {
    Turn::tool("Write", json!({"file_path": armed.project.path().join(file), "content": "made\n"}))
}

/// A workflow script of the project that starts developers at the same time, one for each prompt.
fn workflow(armed: &Armed, prompts: &[String]) -> Result<()> {
    let developer = armed.name("backend-developer");
    let schema = json!({
        "type": "object",
        "properties": {
            "status": {"type": "string"}, "summary": {"type": "string"},
            "files_changed": {"type": "array"}, "tests_passing": {"type": "boolean"},
            "next_steps": {"type": "array"}, "evidence": {"type": "array"},
        },
        "required": ["status"],
    });
    let script = format!(
        "export const meta = {{ name: 'workers', description: 'Workers', phases: [{{ title: 'Work' }}] }}\n\
         const prompts = {}\n\
         return await parallel(prompts.map((prompt, index) => () => agent(prompt, \
         {{ agentType: '{developer}', schema: {schema}, label: `worker ${{index}}`, phase: 'Work' }})))\n",
        json!(prompts)
    );
    armed.project.write(".claude/workflows/workers.js", &script)
}

fn main_with_workflow() -> Script {
    Script::new().main([
        Turn::tool("Workflow", json!({"name": "workers", "args": {}})),
        Turn::text("started"),
        Turn::text("ended"),
    ])
}

/// Decisions on the reports of the developer, in their order.
fn decisions(armed: &Armed, event: &str) -> Result<Vec<(String, Value)>> {
    let ours = |line: &Value| {
        let tool = event == "SubagentStop" || line["tool"] == "StructuredOutput";
        line["event"] == event && tool && line["agent_type"] == *armed.name("backend-developer")
    };
    let lines = armed.journal()?.into_iter().filter(ours);
    Ok(lines
        .map(|line| (line["decision"].as_str().unwrap_or("").to_owned(), line["rules"].clone()))
        .collect())
}

fn agent_call(armed: &Armed, prompt: &str) -> Value {
    json!({
        "description": "work", "subagent_type": armed.name("backend-developer"),
        "run_in_background": false, "prompt": prompt,
    })
}

fn lying_plain_worker(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let call = agent_call(&armed, &packet("sub", &json!({"write_set": ["src"]})));
    let script = Script::new().main([Turn::tool("Agent", call), Turn::text("all done")]).agent(
        "backend-developer",
        [
            write(&armed, "src/sub.sh"),
            write(&armed, "README.md"),
            Turn::from(|request| {
                let refused = request.last_result();
                assert!(refused.is_error && refused.text.contains("[packet-write-set]"));
                let lie = report(&["src/sub.sh", "src/add.sh"], &["pytest -q: 12 passed"]);
                Turn::text(&lie.to_string())
            }),
            Turn::from(|request| {
                let told = request.told();
                for words in [
                    "[claims-files]",
                    "files_changed[1]: \"src/add.sh\" is as it was before",
                    "[claims-evidence]",
                    "`pytest` was not run by you",
                ] {
                    assert!(told.contains(words), "{words}: {told}");
                }
                Turn::text(&report(&["src/sub.sh"], &[]).to_string())
            }),
        ],
    );
    let run = armed.session("go", script).run()?;
    assert!(!run.results_of("Agent")[0].is_error);
    let expected = [
        ("deny".to_owned(), json!(["claims-files", "claims-evidence"])),
        ("pass".to_owned(), Value::Null),
    ];
    assert_eq!(decisions(&armed, "SubagentStop")?, expected);
    armed.journal_is_whole(&run)
}

fn lying_workflow_worker(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    workflow(&armed, &[packet("sub", &json!({"write_set": ["src"]}))])?;
    let script = main_with_workflow().agent(
        "backend-developer",
        [
            Turn::tool("StructuredOutput", report(&["src/sub.sh"], &[])),
            Turn::from(|request| {
                let refused = request.last_result();
                assert!(refused.is_error, "{}", refused.text);
                for words in ["[claims-idle]", "[claims-files]", "is not there"] {
                    assert!(refused.text.contains(words), "{words}: {}", refused.text);
                }
                Turn::tool(
                    "Bash",
                    json!({"command": "echo made > src/sub.sh; echo x >> README.md"}),
                )
            }),
            Turn::tool("StructuredOutput", report(&["src/sub.sh"], &[])),
            Turn::from(|request| {
                let refused = request.last_result();
                for words in ["[claims-files]", "README.md is missing", "[claims-scope]"] {
                    assert!(refused.text.contains(words), "{words}: {}", refused.text);
                }
                Turn::tool("Bash", json!({"command": "git checkout README.md"}))
            }),
            Turn::tool("StructuredOutput", report(&["src/sub.sh"], &[])),
            Turn::text("done"),
        ],
    );
    let run = armed.session("go", script).lenient().run()?;
    let expected = [
        ("deny".to_owned(), json!(["claims-idle", "claims-files"])),
        ("deny".to_owned(), json!(["claims-files", "claims-scope"])),
        ("pass".to_owned(), Value::Null),
    ];
    assert_eq!(decisions(&armed, "PreToolUse")?, expected);
    armed.journal_is_whole(&run)
}

/// The rules of the last decision, and that the main thread was told once.
fn passed_on_as_invalid(armed: &Armed, run: &Run, event: &str, rule: &str) -> Result<()> {
    let made = decisions(armed, event)?;
    let verdicts: Vec<&str> = made.iter().map(|(verdict, _)| verdict.as_str()).collect();
    assert_eq!(verdicts, ["deny", "deny", "notice"], "sent back twice, then passed on");
    assert_eq!(made[2].1, json!(["claims-invalid", rule]));
    let told = run.main().last().context("no request")?.told();
    let words = format!("is invalid ({rule})");
    assert_eq!(told.matches(&words).count(), 1, "{told}");
    assert!(
        run.notices().iter().any(|text| text.contains("[claims-invalid]")),
        "{:?}",
        run.notices()
    );
    Ok(())
}

fn report_that_stays_wrong(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let call = agent_call(&armed, &packet("sub", &json!({})));
    let mut malformed = report(&[], &[]);
    malformed["files_changed"] = json!(["a", 7]);
    let script =
        Script::new().main([Turn::tool("Agent", call), Turn::text("I look myself")]).agent(
            "backend-developer",
            [
                Turn::tool("Bash", json!({"command": "git status"})),
                Turn::text(&malformed.to_string()),
                Turn::from(|request| {
                    let told = request.told();
                    assert!(told.contains("files_changed[1]: wanted a text, found 7"), "{told}");
                    Turn::text("Everything is fine.")
                }),
                Turn::text("Everything is fine, believe me."),
            ],
        );
    let run = armed.session("go", script).run()?;
    assert_eq!(run.agent("backend-developer").len(), 4, "never a loop");
    passed_on_as_invalid(&armed, &run, "SubagentStop", "claims-report")?;
    armed.journal_is_whole(&run)
}

fn object_that_stays_wrong(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    workflow(&armed, &[packet("sub", &json!({}))])?;
    let lie = || Turn::tool("StructuredOutput", report(&["src/ghost.sh"], &[]));
    let script = main_with_workflow().agent(
        "backend-developer",
        [
            Turn::tool("Bash", json!({"command": "git status"})),
            lie(),
            lie(),
            lie(),
            Turn::text("done"),
        ],
    );
    let run = armed.session("go", script).lenient().run()?;
    passed_on_as_invalid(&armed, &run, "PreToolUse", "claims-files")?;
    armed.journal_is_whole(&run)
}

fn write_sets_that_meet(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let first = agent_call(&armed, &packet("first", &json!({"write_set": ["src/**"]})));
    let second = agent_call(&armed, &packet("second", &json!({"write_set": ["src/sub.sh"]})));
    let turns = || {
        [
            Turn::tool("Bash", json!({"command": "git status"})),
            Turn::text(&report(&[], &[]).to_string()),
        ]
    };
    let again = second.clone();
    let script = Script::new()
        .main([
            Turn::tool("Agent", first).and_tool("Agent", second),
            // One of the two was refused; alone it goes through.
            Turn::from(move |request| {
                let refused: Vec<_> =
                    request.tool_results().into_iter().filter(|result| result.is_error).collect();
                assert_eq!(refused.len(), 1);
                let text = &refused[0].text;
                for words in ["[packet-overlap]", "\"first\"", "\"second\"", "src/sub.sh", "src/**"]
                {
                    assert!(text.contains(words), "{words}: {text}");
                }
                Turn::tool("Agent", again.clone())
            }),
            Turn::text("all done"),
        ])
        .agent("backend-developer", turns())
        .agent("backend-developer", turns());
    let run = armed.session("go", script).run()?;
    let results = run.results_of("Agent");
    let refused = results.iter().filter(|result| result.is_error).count();
    assert_eq!((results.len(), refused), (3, 1));
    armed.journal_is_whole(&run)
}

fn scripted_write_sets_that_meet(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let prompts = [
        packet("first", &json!({"write_set": ["src/**"]})),
        packet("second", &json!({"write_set": ["src/sub.sh"]})),
    ];
    workflow(&armed, &prompts)?;
    let turns = || {
        [
            Turn::tool("Bash", json!({"command": "git status"})),
            Turn::from(|request| {
                let result = request.last_result();
                let mut answer = report(&[], &[]);
                if result.is_error {
                    assert!(result.text.contains("[packet-overlap]"), "{}", result.text);
                    answer["status"] = json!("blocked");
                    answer["next_steps"] = json!([result.text]);
                }
                Turn::tool("StructuredOutput", answer)
            }),
            Turn::text("done"),
        ]
    };
    let script = main_with_workflow()
        .agent("backend-developer", turns())
        .agent("backend-developer", turns());
    let run = armed.session("go", script).lenient().run()?;
    let refused = run.results_of("Bash").into_iter().filter(|result| result.is_error).count();
    // When one of them is done before the other begins, both may write: they were not at work together.
    let lines = armed.journal()?;
    let developer = armed.name("backend-developer");
    let of = |event: &str| {
        let ours = lines
            .iter()
            .filter(|line| line["event"] == event && line["agent_type"] == *developer.as_str());
        ours.filter_map(|line| line["ts"].as_u64()).collect::<Vec<_>>()
    };
    let (begun, ended) = (of("PreToolUse"), of("SubagentStop"));
    let apart = ended.first().zip(begun.get(2)).is_some_and(|(end, begin)| end <= begin);
    ensure!(refused == 1 || apart, "{refused} refused, begun {begun:?}, ended {ended:?}");
    armed.journal_is_whole(&run)
}

fn scripted_broken_packet(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    workflow(&armed, &[packet("sub", &json!({"write_set": ["/etc"], "budget": {"tokens": 0}}))])?;
    let script = main_with_workflow().agent(
        "backend-developer",
        [
            Turn::tool("Bash", json!({"command": "touch made"})),
            Turn::from(|request| {
                let refused = request.last_result();
                assert!(refused.is_error, "{}", refused.text);
                for words in ["[packet-malformed]", "budget.tokens: 0 is less than 1"] {
                    assert!(refused.text.contains(words), "{words}: {}", refused.text);
                }
                let mut answer = report(&[], &[]);
                answer["status"] = json!("needs_context");
                answer["next_steps"] = json!(["the packet is malformed"]);
                Turn::tool("StructuredOutput", answer)
            }),
            Turn::text("done"),
        ],
    );
    let run = armed.session("go", script).lenient().run()?;
    let handed_back = decisions(&armed, "PreToolUse")?;
    assert_eq!(handed_back, [("pass".to_owned(), Value::Null)]);
    assert!(!armed.project.has("made"));
    armed.journal_is_whole(&run)
}
