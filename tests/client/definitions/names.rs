//! What the client lists as loaded when a session begins is what our loader says it loads.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use portcullis::bundle::kind::Kind;
use portcullis::bundle::load::{Request, load};

use crate::fixture::{Plugin, Project};
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::session::{Run, Session};

tests![a_plugins_names, a_projects_names];

const AGENT: &str = "---\nname: NAME\ndescription: Use when needed.\n---\nYou help.\n";

fn agent(name: &str) -> String {
    AGENT.replace("NAME", name)
}

/// The names that our loader gives to the definitions of one kind.
fn ours(dir: &Path, kind: Kind) -> BTreeSet<String> {
    let request =
        Request { base: dir.to_path_buf(), paths: vec![dir.to_path_buf()], overlay: None };
    let (bundle, _) = load(&request, &|_, _| false);
    let described = |file: &&portcullis::bundle::file::File| {
        // A skill without a description, or one for the user alone, is not in the model's list (facts C3).
        kind != Kind::Skill
            || file.text_field("description").is_some()
                && file.field("user-invocable").and_then(|node| node.as_bool()) != Some(false)
    };
    let loads = |file: &&portcullis::bundle::file::File| {
        kind != Kind::Agent
            || file.in_plugin()
            || file.text_field("description").is_some()
                && file
                    .text_field("name")
                    .is_some_and(|name| !name.contains(':') && !name.starts_with('-'))
    };
    let files = bundle.of(kind).filter(|file| file.loaded).filter(described).filter(loads);
    files.filter_map(|file| bundle.name(file)).collect()
}

fn compare(run: &Run, key: &str, ours: &BTreeSet<String>, candidates: &[&str]) -> Result<()> {
    let listed: BTreeSet<String> = run.init_names(key)?.into_iter().map(str::to_owned).collect();
    for name in ours {
        ensure!(listed.contains(name), "{key}: we load {name}, the client does not: {listed:?}");
    }
    for name in candidates {
        ensure!(
            ours.contains(*name) == listed.contains(*name),
            "{key}: {name}: ours {}, the client's {}",
            ours.contains(*name),
            listed.contains(*name)
        );
    }
    Ok(())
}

fn a_plugins_names() -> Result<()> {
    let files: &[(&str, &str)] = &[
        ("agents/plain.md", &agent("plain")),
        ("agents/sub/inner.md", &agent("inner")),
        ("agents/other-file.md", &agent("its-own-name")),
        ("agents/README.md", "# Agents\n"),
        ("agents/broken.md", "---\nname: broken-name\ndescription: \"a\" b\n---\nx\n"),
        ("commands/go.md", "---\ndescription: Go.\n---\nGo.\n"),
        ("commands/deep/er.md", "Go deeper.\n"),
        ("skills/one/SKILL.md", "---\nname: other\ndescription: Use when one.\n---\nx\n"),
        ("skills/deep/two/SKILL.md", "---\nname: two\ndescription: Use when two.\n---\nx\n"),
        ("skills/three/skill.md", "---\nname: three\ndescription: Use when three.\n---\nx\n"),
        ("skills/mute/SKILL.md", "---\nname: mute\n---\n"),
    ];
    let plugin = Plugin::new("probe", files)?;
    let project = Project::new()?;
    let script = Script::new().main([Turn::text("hi")]);
    let run = Session::new(&project.path(), "hi", script).plugin_dir(plugin.path()).run()?;
    compare(
        &run,
        "agents",
        &ours(plugin.path(), Kind::Agent),
        &[
            "probe:plain",
            "probe:sub:inner",
            "probe:inner",
            "probe:its-own-name",
            "probe:other-file",
            "probe:README",
            "probe:broken",
            "probe:broken-name",
        ],
    )?;
    compare(
        &run,
        "skills",
        &ours(plugin.path(), Kind::Skill),
        &["probe:one", "probe:other", "probe:two", "probe:deep", "probe:three", "probe:mute"],
    )?;
    compare(
        &run,
        "slash_commands",
        &ours(plugin.path(), Kind::Command),
        &["probe:go", "probe:deep:er", "probe:er"],
    )
}

fn a_projects_names() -> Result<()> {
    let project = Project::new()?;
    for (path, text) in [
        ("agents/plain.md", agent("plain")),
        ("agents/sub/inner.md", agent("inner")),
        ("agents/README.md", "# Agents\n".to_owned()),
        ("agents/colon.md", agent("a:b")),
        ("agents/dash.md", agent("-a")),
        ("agents/mute.md", "---\nname: mute\n---\nx\n".to_owned()),
        ("commands/go.md", "Go.\n".to_owned()),
        ("commands/deep/er.md", "Go deeper.\n".to_owned()),
        (
            "skills/one/SKILL.md",
            "---\nname: other\ndescription: Use when one.\n---\nx\n".to_owned(),
        ),
        ("skills/deep/two/SKILL.md", "---\ndescription: Use when two.\n---\nx\n".to_owned()),
    ] {
        project.write(&format!(".claude/{path}"), &text)?;
    }
    let script = Script::new().main([Turn::text("hi")]);
    let run = Session::new(&project.path(), "hi", script).run()?;
    compare(
        &run,
        "agents",
        &ours(&project.path(), Kind::Agent),
        &["plain", "inner", "sub:inner", "README", "a:b", "-a", "mute"],
    )?;
    compare(&run, "skills", &ours(&project.path(), Kind::Skill), &["one", "other", "two", "deep"])?;
    compare(&run, "slash_commands", &ours(&project.path(), Kind::Command), &["go", "deep:er", "er"])
}
