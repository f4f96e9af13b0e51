//! The harness on subagents, workflows and typed commands, in both ways in.

use std::rc::Rc;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::sample::{Sample, Way};
use crate::fixture::Hooks;
use crate::process::Home;
use crate::request::Who;
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::session::{Run, Session};

tests![
    plugin_is_listed,
    project_is_listed,
    plugin_agent_is_sent_back_once,
    project_agent_is_sent_back_once,
    plugin_workflow_agent_corrects_itself,
    project_workflow_agent_corrects_itself,
    plugin_command_expands,
    project_command_expands,
    agents_at_the_same_time_keep_their_scripts,
    workflow_args_that_are_json_text_are_parsed,
    typed_workflow_tells_the_model_to_call_it,
    agent_in_the_background_reports_later,
    agent_of_an_agent_is_told_apart,
    installed_plugin_works_like_the_folder,
];

fn plugin_is_listed() -> Result<()> {
    is_listed(Way::Plugin)
}

fn project_is_listed() -> Result<()> {
    is_listed(Way::Project)
}

fn is_listed(way: Way) -> Result<()> {
    let sample = Sample::new(way, &Hooks::new()?)?;
    let run = sample.session("hi", Script::new().main([Turn::text("hi")])).run()?;
    let has = |key: &str, name: &str| -> Result<bool> {
        Ok(run.init_names(key)?.contains(&sample.name(name).as_str()))
    };
    assert!(has("agents", "worker")?, "{}", run.init()?);
    assert!(has("slash_commands", "greet")?, "{}", run.init()?);
    assert!(has("slash_commands", "build")?, "{}", run.init()?);
    let plugins = run.init()?["plugins"].as_array().context("init has no plugins")?;
    let named = plugins.iter().any(|plugin| plugin["name"] == super::sample::NAME);
    assert_eq!(named, way == Way::Plugin, "{plugins:?}");
    assert_eq!(run.init()?["plugin_errors"], Value::Null);
    Ok(())
}

fn plugin_agent_is_sent_back_once() -> Result<()> {
    agent_is_sent_back_once(Way::Plugin)
}

fn project_agent_is_sent_back_once() -> Result<()> {
    agent_is_sent_back_once(Way::Project)
}

fn agent_is_sent_back_once(way: Way) -> Result<()> {
    let block = json!({"decision": "block", "reason": "one more thing"});
    let hooks =
        Hooks::new()?.reply_once("SubagentStop", "", &block)?.record("SubagentStart", "")?;
    let sample = Sample::new(way, &hooks)?;
    let script = Script::new()
        .main([call(&sample, "do it"), Turn::text("all done")])
        .agent("worker", [Turn::text("first report"), Turn::text("second report")]);
    let run = sample.session("go", script).run()?;
    let requests = run.agent("worker");
    assert_eq!(requests.len(), 2);
    // What `tools: Read, Bash` gives.
    assert_eq!(requests[0].tools(), ["Read", "Bash"]);
    assert!(requests[1].told().contains("Stop hook feedback:\none more thing"));
    assert!(requests[1].told().contains("SubagentStop hook blocking error from command"));
    let result = &run.results_of("Agent")[0];
    assert!(result.text.contains("second report"), "{}", result.text);
    assert!(!result.text.contains("first report"), "{}", result.text);
    let stops = hooks.got("SubagentStop")?;
    assert_eq!(stops.len(), 2);
    for (stop, active) in stops.iter().zip([false, true]) {
        assert_eq!(stop["agent_type"], sample.name("worker"));
        assert_eq!(stop["agent_id"].as_str(), requests[0].agent_id.as_deref());
        assert_eq!(stop["stop_hook_active"], active);
    }
    assert_eq!(stops[1]["last_assistant_message"], "second report");
    assert_eq!(hooks.got("SubagentStart")?[0]["agent_type"], sample.name("worker"));
    Ok(())
}

fn plugin_workflow_agent_corrects_itself() -> Result<()> {
    workflow_agent_corrects_itself(Way::Plugin)
}

fn project_workflow_agent_corrects_itself() -> Result<()> {
    workflow_agent_corrects_itself(Way::Project)
}

fn workflow_agent_corrects_itself(way: Way) -> Result<()> {
    let deny = json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny",
        "permissionDecisionReason": "maybe is no status",
    }});
    let hooks = Hooks::new()?
        .reply_once("PreToolUse", "StructuredOutput", &deny)?
        .record("PreToolUse", "Workflow|Bash")?
        .record("PostToolUse", "Workflow|StructuredOutput")?
        .record("SubagentStop", "")?
        .record("UserPromptSubmit", "")?;
    let sample = Sample::new(way, &hooks)?;
    let script = workflow_script(&sample, sample.args(), [report("maybe"), report("done")]);
    let run = sample.session("build it", script).run()?;

    let denied = &run.results_of("StructuredOutput")[0];
    assert!(denied.is_error);
    assert_eq!(denied.who, Who::Agent("worker".to_owned()));
    assert_eq!(denied.text, "PreToolUse:StructuredOutput hook error: maybe is no status");
    // Tools of the worker, with the one its schema adds, and of an agent without agentType.
    assert_eq!(run.agent("worker")[0].tools(), ["Read", "Bash", "StructuredOutput"]);
    let default = run.agent("workflow-subagent")[0].tools();
    assert!(default.contains(&"Bash") && default.contains(&"Write"), "{default:?}");
    assert!(!default.contains(&"Agent") && !default.contains(&"Workflow"), "{default:?}");

    let calls = hooks.got("PreToolUse")?;
    let of = |tool: &str| calls.iter().filter(|call| call["tool_name"] == tool).collect::<Vec<_>>();
    let outputs = of("StructuredOutput");
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[0]["tool_input"], json!({"status": "maybe"}));
    assert_eq!(outputs[1]["tool_input"], json!({"status": "done"}));
    for output in &outputs {
        assert_eq!(output["agent_type"], sample.name("worker"));
        assert_eq!(output["agent_id"].as_str(), run.agent("worker")[0].agent_id.as_deref());
    }
    assert_eq!(of("Bash")[0]["agent_type"], "workflow-subagent");
    let workflow = of("Workflow")[0];
    let input = json!({"name": sample.name("build"), "args": sample.args()});
    assert_eq!(workflow["tool_input"], input);
    assert_eq!(workflow["agent_id"], Value::Null);
    let after = hooks.got("PostToolUse")?;
    let started = after.iter().find(|call| call["tool_name"] == "Workflow");
    let started = &started.context("no PostToolUse of Workflow")?["tool_response"];
    assert_eq!(started["status"], "async_launched");
    assert!(started["runId"].as_str().is_some_and(|id| id.starts_with("wf_")), "{started}");
    // An agent with a schema ends without last words.
    let stops = hooks.got("SubagentStop")?;
    assert_eq!(stops[0]["last_assistant_message"], Value::Null);
    assert_eq!(stops[1]["last_assistant_message"], "looked");

    let returned = returned(&run)?;
    assert_eq!(returned["report"], json!({"status": "done"}));
    assert_eq!(returned["plain"], "looked");
    assert_eq!(returned["args"], sample.args());
    assert_eq!(returned["kind"], "object");
    assert_eq!(run.said()?, "the workflow is finished");
    // The end of a workflow is a prompt of its own, and each prompt has its result line.
    assert_eq!(hooks.got("UserPromptSubmit")?.len(), 2);
    assert_eq!(run.lines.iter().filter(|line| line["type"] == "result").count(), 2);
    Ok(())
}

fn plugin_command_expands() -> Result<()> {
    command_expands(Way::Plugin, "plugin")
}

fn project_command_expands() -> Result<()> {
    command_expands(Way::Project, "projectSettings")
}

fn command_expands(way: Way, source: &str) -> Result<()> {
    let context = json!({"hookSpecificOutput": {
        "hookEventName": "UserPromptExpansion", "additionalContext": "the gate is green",
    }});
    let hooks =
        Hooks::new()?.reply("UserPromptExpansion", "", &context)?.record("UserPromptSubmit", "")?;
    let sample = Sample::new(way, &hooks)?;
    let typed = format!("/{} x \"y z\"", sample.name("greet"));
    let run = sample.session(&typed, Script::new().main([Turn::text("hello")])).run()?;
    let prompt = run.main()[0].prompt();
    assert!(prompt.contains("Say hello to x and to y z. All of it: x \"y z\""), "{prompt}");
    // What the hook adds reaches the model in a headless run.
    assert!(run.told("UserPromptExpansion hook additional context: the gate is green"));
    let got = hooks.all()?;
    assert_eq!(got[0]["hook_event_name"], "UserPromptSubmit");
    assert_eq!(got[0]["prompt"], typed);
    let expansion = &got[1];
    assert_eq!(expansion["expansion_type"], "slash_command");
    assert_eq!(expansion["command_name"], sample.name("greet"));
    assert_eq!(expansion["command_args"], "x \"y z\"");
    assert_eq!(expansion["command_source"], source);
    assert_eq!(expansion["prompt"], typed);
    Ok(())
}

fn agents_at_the_same_time_keep_their_scripts() -> Result<()> {
    let sample = Sample::new(Way::Project, &Hooks::new()?)?;
    let input = |prompt: &str| call_input(&sample, prompt);
    let talk =
        |word: &str| [Turn::tool("Bash", json!({"command": format!("echo {word}")})), echo()];
    let script = Script::new()
        .main([
            Turn::tool("Agent", input("the left half"))
                .and_tool("Agent", input("the right half"))
                .and_tool("Agent", input("the rest"))
                .and_tool("Agent", input("the rest")),
            Turn::text("all done"),
        ])
        .agent_asked("worker", "the right half", talk("right"))
        .agent_asked("worker", "the left half", talk("left"))
        .agent_every("worker", talk("rest"));
    let run = sample.session("go", script).run()?;
    let reports: Vec<String> =
        run.results_of("Agent").into_iter().map(|result| result.text).collect();
    assert_eq!(reports.len(), 4);
    for (report, word) in reports.iter().zip(["left", "right", "rest", "rest"]) {
        assert!(report.contains(&format!("it said {word}")), "{word}: {report}");
    }
    Ok(())
}

/// Words that repeat what the last tool call gave.
fn echo() -> Turn {
    Turn::from(|request| Turn::text(&format!("it said {}", request.last_result().text)))
}

/// A string that is JSON is parsed on the way: a script must be ready for both.
fn workflow_args_that_are_json_text_are_parsed() -> Result<()> {
    let sample = Sample::new(Way::Project, &Hooks::new()?)?;
    for (args, kind, got) in [
        (json!("{\"prefix\": \"\", \"n\": 1}"), "object", json!({"prefix": "", "n": 1})),
        (json!("add a thing"), "string", json!("add a thing")),
    ] {
        let script = workflow_script(&sample, args, [report("done")]);
        let run = sample.session("build it", script).run()?;
        assert_eq!(returned(&run)?["kind"], kind);
        assert_eq!(returned(&run)?["args"], got);
    }
    Ok(())
}

/// A workflow is a slash command too: the client puts the typed words in as one string.
fn typed_workflow_tells_the_model_to_call_it() -> Result<()> {
    for way in [Way::Plugin, Way::Project] {
        let sample = Sample::new(way, &Hooks::new()?)?;
        let name = sample.name("build");
        let script = Script::new().main([Turn::text("no")]);
        let run = sample.session(&format!("/{name} some words"), script).run()?;
        let wanted = format!("Invoke: Workflow({{ name: \"{name}\", args: \"some words\" }})");
        assert!(run.told(&wanted), "{}", run.main()[0].prompt());
    }
    Ok(())
}

fn workflow_script(sample: &Sample, args: Value, worker: impl IntoIterator<Item = Turn>) -> Script {
    Script::new()
        .main([
            Turn::tool("Workflow", json!({"name": sample.name("build"), "args": args})),
            Turn::text("the workflow has begun"),
            Turn::text("the workflow is finished"),
        ])
        .agent("worker", worker)
        .agent(
            "workflow-subagent",
            [Turn::tool("Bash", json!({"command": "pwd"})), Turn::text("looked")],
        )
}

/// The worker's final answer in a workflow.
fn report(status: &str) -> Turn {
    Turn::tool("StructuredOutput", json!({"status": status}))
}

/// What the workflow's script returned, from the notification that the main thread got.
fn returned(run: &Run) -> Result<Value> {
    let told = run.main().last().context("no request of the main thread")?.told();
    let result = told.split_once("<result>").and_then(|(_, rest)| rest.split_once("</result>"));
    let (result, _) = result.with_context(|| format!("no result of the workflow in {told}"))?;
    Ok(serde_json::from_str(result)?)
}

fn agent_in_the_background_reports_later() -> Result<()> {
    let hooks = Hooks::new()?.record("PostToolUse", "Agent")?;
    let sample = Sample::new(Way::Plugin, &hooks)?;
    let mut input = call_input(&sample, "do it");
    input.as_object_mut().context("the input is an object")?.remove("run_in_background");
    let script = Script::new()
        .main([Turn::tool("Agent", input), Turn::text("it runs"), Turn::text("it is done")])
        .agent("worker", [Turn::text("the report")]);
    // On a busy machine the worker may be done before the main thread asks again; its report then
    // comes with that request, and the last turn is not asked for.
    let run = sample.session("go", script).lenient().run()?;
    assert_eq!(hooks.got("PostToolUse")?[0]["tool_response"]["status"], "async_launched");
    assert!(run.told("<task-notification>") && run.told("the report"));
    assert!(["it runs", "it is done"].contains(&run.said()?), "{}", run.said()?);
    Ok(())
}

fn agent_of_an_agent_is_told_apart() -> Result<()> {
    for way in [Way::Plugin, Way::Project] {
        let hooks = Hooks::new()?.record("PreToolUse", "")?;
        let sample = Sample::new(way, &hooks)?;
        let mut lead = call_input(&sample, "see to it");
        lead["subagent_type"] = json!(sample.name("lead"));
        let script = Script::new()
            .main([Turn::tool("Agent", lead), Turn::text("all done")])
            .agent("lead", [call(&sample, "do it"), echo()])
            .agent("worker", [Turn::tool("Bash", json!({"command": "echo deep"})), echo()]);
        let run = sample.session("go", script).run()?;
        assert_eq!(run.agent("lead")[0].tools(), ["Agent", "Read"]);
        assert!(run.results_of("Agent")[0].text.contains("it said deep"), "{way:?}");
        let calls = hooks.got("PreToolUse")?;
        let types: Vec<&Value> = calls.iter().map(|call| &call["agent_type"]).collect();
        let [lead, worker] = ["lead", "worker"].map(|name| json!(sample.name(name)));
        assert_eq!(types, [&Value::Null, &lead, &worker]);
    }
    Ok(())
}

/// The third way: the client's marketplace commands, into a home that later sessions use.
fn installed_plugin_works_like_the_folder() -> Result<()> {
    let hooks = Hooks::new()?.record("PreToolUse", "Bash")?;
    let sample = Sample::new(Way::Plugin, &hooks)?;
    let plugin = sample.plugin.as_ref().context("the sample is a plugin")?.path();
    let entry = json!({"name": "sample", "source": "./", "description": "Test fixture."});
    let market = json!({
        "name": "test-market", "owner": {"name": "Sample"}, "plugins": [entry],
        "metadata": {"description": "Test fixture."},
    });
    std::fs::write(plugin.join(".claude-plugin/marketplace.json"), market.to_string())?;
    let home = Rc::new(Home::new()?);
    let path = plugin.to_str().context("the temporary folder is not UTF-8")?;
    for args in [
        ["plugin", "marketplace", "add", path],
        ["plugin", "install", "sample@test-market", "--scope=user"],
    ] {
        let done = home.client(&sample.project.path(), &args)?;
        assert_eq!(done.exit, Some(0), "{args:?}: {}{}", done.stdout, done.stderr);
    }
    let script = Script::new()
        .main([call(&sample, "do it"), echo()])
        .agent("worker", [Turn::tool("Bash", json!({"command": "echo deep"})), echo()]);
    let session = Session::new(&sample.project.path(), "go", script).home(&home);
    let run = session.run()?;
    assert!(run.said()?.contains("it said deep"), "{}", run.said()?);
    assert!(run.init_names("slash_commands")?.contains(&"sample:greet"));
    assert_eq!(hooks.got("PreToolUse")?[0]["agent_type"], "sample:worker");
    Ok(())
}

fn call_input(sample: &Sample, prompt: &str) -> Value {
    json!({
        "description": "work", "prompt": prompt, "subagent_type": sample.name("worker"),
        "run_in_background": false,
    })
}

fn call(sample: &Sample, prompt: &str) -> Turn {
    Turn::tool("Agent", call_input(sample, prompt))
}
