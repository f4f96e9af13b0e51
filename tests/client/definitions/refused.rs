//! What the rules say that the client does with a definition, it does: agents it does not load or launch, switches it
//! takes for off, placeholders it leaves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use portcullis::bundle::kind::Kind;
use portcullis::bundle::load::{Request, load};
use portcullis::lint::rule::Verdict;
use portcullis::lint::{self, Terms};
use serde_json::json;

use crate::fixture::Project;
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::session::{Run, Session};

tests![
    an_error_of_an_agent_is_one_that_is_not_loaded,
    an_agent_without_a_tool_is_not_launched,
    a_subagent_has_the_search_it_names,
    a_switch_that_is_no_truth_value_is_off,
    placeholders_become_what_the_rules_say,
    a_shell_command_needs_a_blank_and_a_permission,
];

/// The cases of a rule: the name of each and the text of the one file that they hold.
fn cases(rule: &str, path: &str) -> Result<Vec<(String, String)>> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint").join(rule);
    let mut all = Vec::new();
    for entry in fs::read_dir(top)? {
        let case = entry?.path();
        if let Ok(text) = fs::read_to_string(case.join(path)) {
            let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            all.push((format!("{rule}-{name}"), text));
        }
    }
    ensure!(all.len() >= 2, "{rule}: {} cases", all.len());
    all.sort();
    Ok(all)
}

fn session(project: &Project, prompt: &str) -> Result<Run> {
    let script = Script::new().main([Turn::text("hi")]);
    Session::new(&project.path(), prompt, script).run()
}

/// Every agent of the fixtures of these rules at once: those with an error are missing from the list, the others stand in it.
fn an_error_of_an_agent_is_one_that_is_not_loaded() -> Result<()> {
    let project = Project::new()?;
    for rule in
        ["agent-name-invalid", "agent-description-type", "agent-hooks-type", "agent-name-missing"]
    {
        for (name, text) in cases(rule, ".claude/agents/a.md")? {
            let text = text.replace("name: a\n", &format!("name: {name}\n"));
            project.write(&format!(".claude/agents/{name}.md"), &text)?;
        }
    }
    project.write(
        ".claude/skills/synced/SKILL.md",
        "---\nname: synced\ndescription: Use when needed.\n---\nx\n",
    )?;
    let run = session(&project, "hi")?;
    let agents: BTreeSet<&str> = run.init_names("agents")?.into_iter().collect();
    ensure!(!run.init_names("skills")?.contains(&"synced"), "the client loads `synced`");
    let root = project.path().canonicalize()?;
    let request = Request { base: root.clone(), paths: vec![root], overlay: None };
    let (bundle, _) = load(&request, &|_, _| false);
    let findings = lint::run(&bundle, &Terms::default());
    let (mut refused, mut loaded) = (0, 0);
    for (index, file) in
        bundle.files.iter().enumerate().filter(|(_, file)| file.kind == Kind::Agent)
    {
        let name = bundle.name(file).unwrap_or_default();
        let error = findings
            .iter()
            .find(|finding| finding.file == index && finding.verdict == Verdict::Error);
        match error {
            Some(error) => {
                ensure!(!agents.contains(name.as_str()), "{}: {name} is listed", error.rule.id);
                refused += 1;
            }
            None => {
                ensure!(agents.contains(name.as_str()), "{}: {name} is not listed", file.shown);
                loaded += 1;
            }
        }
    }
    ensure!(refused >= 6 && loaded >= 5, "{refused} refused, {loaded} loaded");
    Ok(())
}

/// Asks for the agent `a` with this text, and says whether the client refused to launch it.
fn refused(text: &str) -> Result<bool> {
    let project = Project::new()?;
    project.write(".claude/agents/a.md", text)?;
    let call = json!({
        "subagent_type": "a", "description": "look", "prompt": "look", "run_in_background": false
    });
    let script = Script::new()
        .main([Turn::tool("Agent", call), Turn::text("done")])
        .agent("a", [Turn::text("seen")]);
    let run = Session::new(&project.path(), "go", script).lenient().run()?;
    Ok(run.results_of("Agent").first().is_some_and(|result| result.is_error))
}

fn an_agent_without_a_tool_is_not_launched() -> Result<()> {
    for (name, text) in cases("tool-none-left", ".claude/agents/a.md")? {
        // `good-server` names the tool of a server that is not there.
        if name.ends_with("good-server") {
            continue;
        }
        let bad = name.contains("-bad-");
        ensure!(refused(&text)? == bad, "{name}: {}", if bad { "launched" } else { "refused" });
    }
    Ok(())
}

/// `Grep` and `Glob` are absent from a session unless they are named; an agent that names them has them. So no rule warns.
fn a_subagent_has_the_search_it_names() -> Result<()> {
    let project = Project::new()?;
    let text = "---\nname: a\ndescription: Use when needed.\ntools: Read, Grep, Glob\n---\nLook.\n";
    project.write(".claude/agents/a.md", text)?;
    let call = json!({
        "subagent_type": "a", "description": "look", "prompt": "look", "run_in_background": false
    });
    let script = Script::new()
        .main([Turn::tool("Agent", call), Turn::text("done")])
        .agent("a", [Turn::text("seen")]);
    let run = Session::new(&project.path(), "go", script).run()?;
    let tools = run.agent("a")[0].tools();
    ensure!(tools.contains(&"Read") && tools.contains(&"Grep"), "{tools:?}");
    Ok(())
}

fn a_switch_that_is_no_truth_value_is_off() -> Result<()> {
    let project = Project::new()?;
    for (name, switch) in [
        ("never", "disable-model-invocation: never"),
        ("yes", "disable-model-invocation: yes"),
        ("maybe", "user-invocable: maybe"),
        ("seen", "user-invocable: on"),
    ] {
        let text = format!("---\nname: {name}\ndescription: Use when needed.\n{switch}\n---\nx\n");
        project.write(&format!(".claude/skills/{name}/SKILL.md"), &text)?;
    }
    let run = session(&project, "hi")?;
    let told = run.main().first().map(|request| request.told()).unwrap_or_default();
    ensure!(told.contains("- never: "), "Claude may not start `never`: {told}");
    ensure!(!told.contains("- yes: "), "Claude may start `yes`");
    let typed = run.init_names("slash_commands")?;
    ensure!(!typed.contains(&"maybe") && typed.contains(&"seen"), "{typed:?}");
    Ok(())
}

fn placeholders_become_what_the_rules_say() -> Result<()> {
    let body = "zero $0 one $1 all $ARGUMENTS braces ${ARGUMENTS} short $ARGUMENT mustache {{args}} \
                sum $1,000 escaped \\$1 word $1M root ${CLAUDE_PLUGIN_ROOTS}\n\n\
                ```bash\nawk '{print $1}' list\n```\n";
    let project = Project::new()?;
    project.write(".claude/commands/c.md", &format!("---\ndescription: Goes.\n---\n{body}"))?;
    let told = told(&session(&project, "/c A B")?);
    for part in [
        "zero A one B all A B braces ${ARGUMENTS} short $ARGUMENT mustache {{args}}",
        "sum B,000 escaped $1 word $1M root ${CLAUDE_PLUGIN_ROOTS}",
        "awk '{print B}' list",
    ] {
        ensure!(told.contains(part), "no {part:?} in {told}");
    }
    Ok(())
}

fn told(run: &Run) -> String {
    run.main().first().map(|request| request.told()).unwrap_or_default()
}

fn a_shell_command_needs_a_blank_and_a_permission() -> Result<()> {
    let project = Project::new()?;
    let plain = "---\ndescription: Goes.\n---\n";
    let permitted = "---\ndescription: Goes.\nallowed-tools: Bash(touch *)\n---\n";
    project
        .write(".claude/commands/glued.md", &format!("{plain}in:!`pwd` (!`pwd`) **!`pwd`**\n"))?;
    project.write(".claude/commands/free.md", &format!("{permitted}!`touch made`\n"))?;
    project.write(".claude/commands/shut.md", &format!("{plain}!`touch shut`\n"))?;
    let glued = told(&session(&project, "/glued")?);
    ensure!(glued.contains("in:!`pwd` (!`pwd`) **!`pwd`**"), "{glued}");
    let script = Script::new().main([Turn::text("hi")]);
    Session::new(&project.path(), "/free", script).permission_mode("default").run()?;
    ensure!(project.has("made"), "the permitted command did not run");
    let script = Script::new();
    let run = Session::new(&project.path(), "/shut", script)
        .permission_mode("default")
        .lenient()
        .run()?;
    ensure!(
        !project.has("shut") && run.main().is_empty(),
        "a command nobody permits was run or sent"
    );
    Ok(())
}
