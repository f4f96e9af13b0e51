//! The harness on plain sessions: words, tool calls, hooks in a project's settings.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::fixture::{Hooks, Project};
use crate::process::Home;
use crate::request::Who;
use crate::runner::tests;
use crate::script::{Script, Turn, Usage};
use crate::session::Session;

tests![
    words_only,
    scripted_usage_comes_back,
    write_happens,
    denied_write_does_not_happen,
    turns_can_depend_on_results,
    push_reaches_the_remote,
    default_mode_refuses_what_nobody_allows,
    environment_and_path_reach_the_tools,
    resumed_session_remembers,
    plugin_validate_runs,
    script_that_ends_early_fails_the_run,
    turn_that_panics_fails_the_run,
    unused_turns_fail_the_run_unless_lenient,
    wrong_exit_code_fails_the_run,
    overrun_is_killed,
];

fn write(project: &Project, name: &str) -> Turn {
    Turn::tool("Write", json!({"file_path": project.path().join(name), "content": "hello\n"}))
}

fn words_only() -> Result<()> {
    let project = Project::new()?;
    let run =
        Session::new(&project.path(), "hi there", Script::new().main([Turn::text("hi back")]))
            .run()?;
    assert_eq!(run.said()?, "hi back");
    assert_eq!(run.main().len(), 1);
    assert!(run.main()[0].prompt().ends_with("hi there"), "{}", run.main()[0].prompt());
    assert_eq!(run.stderr, "");
    // Seen: nothing is asked on the side, so no request is auxiliary.
    assert_eq!(run.requests.iter().filter(|request| request.method == "POST").count(), 1);
    Ok(())
}

fn scripted_usage_comes_back() -> Result<()> {
    let project = Project::new()?;
    let usage = Usage { input: 1234, output: 56, cache_creation: 7, cache_read: 89 };
    let script = Script::new().main([Turn::text("done").usage(usage)]);
    let run = Session::new(&project.path(), "hi", script).run()?;
    let total = &run.result()?["usage"];
    assert_eq!(total["input_tokens"], 1234);
    assert_eq!(total["output_tokens"], 56);
    assert_eq!(total["cache_creation_input_tokens"], 7);
    assert_eq!(total["cache_read_input_tokens"], 89);
    Ok(())
}

fn write_happens() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new().main([write(&project, "new.txt"), Turn::text("done")]);
    let run = Session::new(&project.path(), "write it", script).run()?;
    assert_eq!(project.read("new.txt")?, "hello\n");
    let results = run.results_of("Write");
    assert_eq!(results.len(), 1);
    assert!(!results[0].is_error, "{}", results[0].text);
    Ok(())
}

fn denied_write_does_not_happen() -> Result<()> {
    let project = Project::new()?;
    let deny = json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny",
        "permissionDecisionReason": "no file today",
    }});
    let hooks = Hooks::new()?.reply("PreToolUse", "Write", &deny)?;
    project.hooks(&hooks.map())?;
    let script = Script::new().main([write(&project, "new.txt"), Turn::text("I could not")]);
    let run = Session::new(&project.path(), "write it", script).run()?;
    assert!(!project.has("new.txt"));
    let results = run.results_of("Write");
    assert!(results[0].is_error);
    assert_eq!(results[0].text, "PreToolUse:Write hook error: no file today");
    let got = hooks.got("PreToolUse")?;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["tool_use_id"], results[0].tool_use_id);
    let lines = run.hook_lines("PreToolUse");
    assert_eq!(lines.len(), 1);
    let output = lines[0]["stdout"].as_str().context("a hook line has its stdout")?;
    assert!(output.contains("no file today"), "{output}");
    Ok(())
}

fn turns_can_depend_on_results() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new().main([
        Turn::tool("Bash", json!({"command": "echo one"}))
            .and_tool("Bash", json!({"command": "sh -c 'exit 3'"})),
        Turn::from(|request| {
            let results = request.tool_results();
            Turn::text(&format!("{} then {}", results[0].text, request.last_result().is_error))
        }),
    ]);
    let run = Session::new(&project.path(), "run it", script).run()?;
    assert_eq!(run.said()?, "one then true");
    assert_eq!(run.results_of("Bash")[1].input["command"], "sh -c 'exit 3'");
    assert!(run.told("Exit code 3"));
    Ok(())
}

fn push_reaches_the_remote() -> Result<()> {
    let project = Project::new()?;
    let before = project.pushed()?;
    project.write("src/more.sh", "echo more\n")?;
    let command = "sh tests/run.sh && git add . && git commit -qm more && git push -q";
    let script =
        Script::new().main([Turn::tool("Bash", json!({"command": command})), Turn::text("pushed")]);
    let run = Session::new(&project.path(), "push it", script).run()?;
    assert_eq!(run.results_of("Bash")[0].text, "1..2\nok 1 - 2 + 3\nok 2 - 40 + 2");
    assert_ne!(project.pushed()?, before);
    assert_eq!(project.pushed()?, project.git(&["rev-parse", "HEAD"])?);
    Ok(())
}

fn default_mode_refuses_what_nobody_allows() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new().main([
        write(&project, "new.txt"),
        Turn::tool("Bash", json!({"command": "git push --force"})),
        Turn::text("refused"),
    ]);
    let run = Session::new(&project.path(), "write", script).permission_mode("default").run()?;
    assert!(!project.has("new.txt"));
    assert!(run.tool_results().iter().all(|result| result.is_error), "{:?}", run.tool_results());
    assert_eq!(run.init()?["permissionMode"], "default");
    // Nor does the client ask a model on the side whether a command is harmless.
    assert_eq!(run.of(&Who::Auxiliary).iter().filter(|asked| asked.method == "POST").count(), 0);
    Ok(())
}

fn environment_and_path_reach_the_tools() -> Result<()> {
    let project = Project::new()?;
    project.write("tools/greet", "#!/bin/sh\necho \"hello $GREETED\"\n")?;
    let script = Script::new()
        .main([Turn::tool("Bash", json!({"command": "greet; env"})), Turn::text("done")]);
    let run = Session::new(&project.path(), "greet", script)
        .env("GREETED", "world")
        .path_prepend(&project.path().join("tools"))
        .run()?;
    let text = run.results_of("Bash")[0].text.clone();
    assert!(text.contains("hello world"), "{text}");
    // The environment of the tests stays outside.
    assert!(!text.contains("CARGO_"), "{text}");
    Ok(())
}

fn resumed_session_remembers() -> Result<()> {
    let project = Project::new()?;
    let home = Rc::new(Home::new()?);
    let first =
        Session::new(&project.path(), "the word is plum", Script::new().main([Turn::text("ok")]))
            .home(&home)
            .run()?;
    let second =
        Session::new(&project.path(), "which word?", Script::new().main([Turn::text("plum")]))
            .home(&first.home)
            .arg("--resume")
            .arg(first.id()?)
            .run()?;
    assert!(second.told("the word is plum"));
    assert!(home.config().join("projects").is_dir());
    Ok(())
}

fn plugin_validate_runs() -> Result<()> {
    let project = Project::new()?;
    let home = Home::new()?;
    let bad = home.client(&project.path(), &["plugin", "validate", "--strict", "."])?;
    assert_ne!(bad.exit, Some(0), "{}{}", bad.stdout, bad.stderr);
    project.write(
        ".claude-plugin/plugin.json",
        r#"{"name": "x", "version": "0.1.0", "description": "X.", "author": {"name": "X"}}"#,
    )?;
    let good = home.client(&project.path(), &["plugin", "validate", "."])?;
    assert_eq!(good.exit, Some(0), "{}{}", good.stdout, good.stderr);
    Ok(())
}

fn error_of(session: Session) -> Result<String> {
    match session.run() {
        Ok(run) => anyhow::bail!("the run passed: {:?}", run.said()),
        Err(error) => Ok(format!("{error:#}")),
    }
}

fn script_that_ends_early_fails_the_run() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new().main([write(&project, "new.txt")]);
    let error = error_of(Session::new(&project.path(), "write it", script))?;
    assert!(error.contains("the main thread asked for more turns"), "{error}");
    Ok(())
}

fn turn_that_panics_fails_the_run() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new().main([Turn::from(|request| {
        assert_eq!(request.prompt(), "something else");
        Turn::text("never said")
    })]);
    let error = error_of(Session::new(&project.path(), "hi", script))?;
    assert!(error.contains("something else"), "{error}");
    Ok(())
}

fn unused_turns_fail_the_run_unless_lenient() -> Result<()> {
    let project = Project::new()?;
    let script = Script::new()
        .main([Turn::text("done"), Turn::text("never asked for")])
        .agent_asked("nobody", "anything", [Turn::text("never asked for")]);
    let path = project.path();
    let error = error_of(Session::new(&path, "hi", script.clone()))?;
    assert!(error.contains("the main thread did not ask for its last 1 turns"), "{error}");
    assert!(error.contains("agent \"nobody\" asked \"anything\" never began"), "{error}");
    assert_eq!(Session::new(&path, "hi", script).lenient().run()?.said()?, "done");
    Ok(())
}

fn wrong_exit_code_fails_the_run() -> Result<()> {
    let project = Project::new()?;
    let path = project.path();
    let session = || Session::new(&path, "hi", Script::new()).arg("--no-such-option");
    let error = error_of(session())?;
    assert!(error.contains("ended with Some(1), wanted Some(0)"), "{error}");
    assert!(error.contains("--no-such-option"), "{error}");
    let run = session().exits(1).run()?;
    assert!(run.stderr.contains("--no-such-option"));
    assert_eq!(run.lines, Vec::<Value>::new());
    Ok(())
}

fn overrun_is_killed() -> Result<()> {
    let project = Project::new()?;
    // No client starts in no time, so this one is always over its limit.
    let session = Session::new(&project.path(), "hi", Script::new()).limit(Duration::ZERO);
    let error = error_of(session)?;
    assert!(error.contains("did not end within 0 s and was killed"), "{error}");
    Ok(())
}
