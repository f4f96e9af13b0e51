//! Facts of the pinned client that Portcullis is built on; a new pin is checked by these.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::sample::NAME;
use crate::fixture::{Hooks, Plugin, Project};
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::session::{Run, Session};

tests![
    plugin_data_folder_is_filled_in_and_there,
    only_instructions_load_beside_session_start,
    missing_hook_binary_is_named_once,
    notices_of_hooks_reach_the_user_but_for_session_start,
    on_failure_block_holds_without_the_binary,
    context_for_a_skill_call_reaches_the_model,
];

/// A hooks.json with one exec-form command for each event.
fn wiring(hooks: &[(&str, &str, &[&str])]) -> String {
    let mut map = serde_json::Map::new();
    for (event, command, args) in hooks {
        let hook = json!({"type": "command", "command": command, "args": args});
        let group = json!({"hooks": [hook]});
        match map.entry(*event).or_insert_with(|| json!([])) {
            Value::Array(groups) => groups.push(group),
            other => *other = json!([group]),
        }
    }
    json!({ "hooks": map }).to_string()
}

/// `SessionStart` puts a binary into the data folder; later events run it from there.
fn plugin_data_folder_is_filled_in_and_there() -> Result<()> {
    let start = "#!/bin/sh\n\
        test -d \"$CLAUDE_PLUGIN_DATA\" || echo missing >>\"$HOOK_LOG\"\n\
        test \"$1\" = \"$CLAUDE_PLUGIN_DATA\" || echo \"argument $1\" >>\"$HOOK_LOG\"\n\
        printf '#!/bin/sh\\necho \"$1\" >>\"$HOOK_LOG\"\\n' >\"$CLAUDE_PLUGIN_DATA/run\"\n\
        chmod +x \"$CLAUDE_PLUGIN_DATA/run\"\n";
    let run = "${CLAUDE_PLUGIN_DATA}/run";
    let hooks = wiring(&[
        ("SessionStart", "${CLAUDE_PLUGIN_ROOT}/start.sh", &["${CLAUDE_PLUGIN_DATA}"]),
        ("UserPromptSubmit", run, &["prompt"]),
        ("PreToolUse", run, &["tool"]),
        ("Stop", run, &["stop"]),
        ("SessionEnd", run, &["end"]),
    ]);
    let plugin = Plugin::new(NAME, &[("hooks/hooks.json", &hooks), ("start.sh", start)])?;
    let (run, log) = logged(&Project::new()?, |session| session.plugin_dir(plugin.path()))?;
    assert_eq!(log, ["prompt", "tool", "stop", "end"]);
    let data = run.home.config().join("plugins").join("data").join("sample-inline");
    assert!(data.join("run").exists(), "{}", data.display());
    Ok(())
}

/// `SessionStart` ends before the prompt's hooks begin; only `InstructionsLoaded` runs beside it,
/// so for it a binary that `SessionStart` brings is not there yet.
fn only_instructions_load_beside_session_start() -> Result<()> {
    let project = Project::new()?;
    project.write("CLAUDE.md", "# Be kind.\n")?;
    // The pipe (made by whoever comes first) holds SessionStart until the other hook ran: if that one waited in turn, the session
    // would overrun its limit.
    let start = "#!/bin/sh\necho start >>\"$HOOK_LOG\"\n\
        mkfifo hooks/pipe 2>/dev/null\nread -r word <hooks/pipe\n\
        echo \"$word\" >>\"$HOOK_LOG\"\necho started >>\"$HOOK_LOG\"\n";
    project.write("hooks/start.sh", start)?;
    project.write(
        "hooks/loaded.sh",
        "#!/bin/sh\nmkfifo hooks/pipe 2>/dev/null\necho loaded >hooks/pipe\n",
    )?;
    project.write("hooks/say.sh", "#!/bin/sh\necho \"$1\" >>\"$HOOK_LOG\"\n")?;
    let folder = project.path().join("hooks");
    let path = |name: &str| folder.join(name).display().to_string();
    let hooks = wiring(&[
        ("SessionStart", &path("start.sh"), &[]),
        ("InstructionsLoaded", &path("loaded.sh"), &[]),
        ("UserPromptSubmit", &path("say.sh"), &["prompt"]),
        ("PreToolUse", &path("say.sh"), &["tool"]),
    ]);
    project.write(".claude/settings.json", &hooks)?;
    let (_, log) = logged(&project, |session| session)?;
    assert_eq!(log, ["start", "loaded", "started", "prompt", "tool"]);
    Ok(())
}

/// The call goes through, the stream shows each failure, and says once that nothing was checked.
fn missing_hook_binary_is_named_once() -> Result<()> {
    let hooks = wiring(&[
        ("PreToolUse", "${CLAUDE_PLUGIN_ROOT}/bin/nothing", &["hook"]),
        ("UserPromptSubmit", "${CLAUDE_PLUGIN_ROOT}/bin/nothing", &["hook"]),
    ]);
    let plugin = Plugin::new(NAME, &[("hooks/hooks.json", &hooks)])?;
    let script = Script::new().main([bash("echo one"), bash("echo two"), Turn::text("done")]);
    let project = Project::new()?;
    let session = Session::new(&project.path(), "go", script).plugin_dir(plugin.path());
    let run = session.run()?;
    let texts: Vec<String> = run.results_of("Bash").into_iter().map(|result| result.text).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(run.hook_lines("UserPromptSubmit").len(), 1);
    let lines = run.hook_lines("PreToolUse");
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["outcome"], "error");
        let text = line["stderr"].as_str().context("a hook line has stderr")?;
        assert!(text.contains("ENOENT: no such file or directory"), "{text}");
    }
    assert_eq!(
        run.notices(),
        ["A hook of the \"sample\" plugin gave no usable answer, so it didn't check this action."]
    );
    assert!(!run.told("ENOENT"));
    assert_eq!(run.stderr, "");
    assert!(run.debug.contains("bin/nothing"));
    Ok(())
}

/// A notice to the user must not be left to `SessionStart` alone: a headless run does not show it.
fn notices_of_hooks_reach_the_user_but_for_session_start() -> Result<()> {
    let hooks = Hooks::new()?
        .reply("SessionStart", "", &json!({"systemMessage": "planted: start"}))?
        .reply("UserPromptSubmit", "", &json!({"systemMessage": "planted: prompt"}))?
        .reply("PreToolUse", "Bash", &json!({"systemMessage": "planted: tool"}))?
        .reply("Stop", "", &json!({"systemMessage": "planted: end"}))?;
    let project = Project::new()?;
    project.hooks(&hooks.map())?;
    let script = Script::new().main([bash("echo hi"), Turn::text("done")]);
    let run = Session::new(&project.path(), "go", script).run()?;
    assert_eq!(
        run.notices(),
        [
            "UserPromptSubmit says: planted: prompt",
            "PreToolUse:Bash says: planted: tool",
            "Stop says: planted: end",
        ]
    );
    assert_eq!(run.hook_lines("SessionStart").len(), 1);
    assert!(!run.told("planted:"));
    Ok(())
}

/// The only fail-closed wiring that a missing binary cannot open, and how far it reaches.
fn on_failure_block_holds_without_the_binary() -> Result<()> {
    let nothing = "${CLAUDE_PLUGIN_ROOT}/bin/nothing";
    let hook = json!({
        "type": "command", "command": nothing, "args": ["hook"],
        "if": "Bash(git push *)", "onFailure": "block",
    });
    let groups = json!([{"matcher": "Bash", "hooks": [hook]}]);
    let hooks = json!({"hooks": {"PreToolUse": groups}}).to_string();
    let plugin = Plugin::new(NAME, &[("hooks/hooks.json", &hooks)])?;
    let project = Project::new()?;
    project.git(&["commit", "--quiet", "--allow-empty", "--message", "second"])?;
    let before = project.pushed()?;
    let script = Script::new().main([
        bash("git push origin main"),
        bash("cd . && git push origin main"),
        bash("git log --oneline"),
        bash("git -C . push origin main"),
        Turn::text("done"),
    ]);
    let run = Session::new(&project.path(), "go", script).plugin_dir(plugin.path()).run()?;
    let results = run.results_of("Bash");
    let refused: Vec<bool> = results.iter().map(|result| result.is_error).collect();
    // The last one is what the rule does not see: it goes through and pushes.
    assert_eq!(refused, [true, true, false, false]);
    assert!(
        results[0].text.contains("failed; blocking because onFailure is \"block\""),
        "{}",
        results[0].text
    );
    assert_ne!(project.pushed()?, before);
    Ok(())
}

fn context_for_a_skill_call_reaches_the_model() -> Result<()> {
    let context = json!({"hookSpecificOutput": {
        "hookEventName": "PreToolUse", "additionalContext": "the gate is green",
    }});
    let hooks = Hooks::new()?.reply("PreToolUse", "Skill", &context)?;
    let project = Project::new()?;
    project.hooks(&hooks.map())?;
    let skill = "---\nname: hello\ndescription: Says hello.\n---\nSay hello.\n";
    project.write(".claude/skills/hello/SKILL.md", skill)?;
    let call = Turn::tool("Skill", json!({"skill": "hello", "args": "a b"}));
    let script = Script::new().main([call, Turn::text("hello")]);
    let run = Session::new(&project.path(), "go", script).run()?;
    assert!(run.told("PreToolUse:Skill hook additional context: the gate is green"));
    assert!(run.told("Say hello.\n\n\nARGUMENTS: a b"));
    assert_eq!(hooks.got("PreToolUse")?[0]["tool_input"], json!({"skill": "hello", "args": "a b"}));
    Ok(())
}

fn bash(command: &str) -> Turn {
    Turn::tool("Bash", json!({"command": command}))
}

/// Runs a session with one Bash call; the lines that hooks wrote to `$HOOK_LOG`.
fn logged(project: &Project, more: impl FnOnce(Session) -> Session) -> Result<(Run, Vec<String>)> {
    let script = Script::new().main([bash("echo hi"), Turn::text("done")]);
    let log = project.path().join("hook.log");
    let session = Session::new(&project.path(), "go", script).env("HOOK_LOG", &log);
    let run = more(session).run()?;
    let lines = project.read("hook.log")?.lines().map(str::to_owned).collect();
    Ok((run, lines))
}
