//! The client loads the bundle, accepts it, and a session without the binary goes on.

use anyhow::{Result, ensure};
use portcullis::install::layout::RENAMED;
use serde_json::json;

use super::armed::{Armed, Way, checkout};
use crate::fixture::Project;
use crate::process::Home;
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::session::Session;

tests![
    the_clients_own_validator_has_nothing_to_say,
    everything_is_listed_in_both_ways,
    a_missing_binary_is_said_once_and_locks_nothing,
    a_session_under_the_repositorys_own_settings,
];

fn the_clients_own_validator_has_nothing_to_say() -> Result<()> {
    let folder = tempfile::tempdir()?;
    checkout(folder.path())?;
    for profile in [&[][..], &["--profile", "directory"]] {
        let args = [&["plugin", "validate", "--strict"], profile, &["."]].concat();
        let output = Home::new()?.client(folder.path(), &args)?;
        ensure!(output.exit == Some(0), "{args:?}: {}{}", output.stdout, output.stderr);
    }
    Ok(())
}

fn everything_is_listed_in_both_ways() -> Result<()> {
    for way in [Way::Plugin, Way::Project] {
        let armed = Armed::new(way)?;
        let run = armed.session("hi", Script::new().main([Turn::text("hi")])).run()?;
        assert_eq!(run.init()?["plugin_errors"], json!(null));
        for (key, names) in [
            ("agents", stems("agents")?),
            ("slash_commands", [stems("commands")?, stems("workflows")?].concat()),
            ("skills", vec!["using-portcullis".to_owned()]),
        ] {
            let listed = run.init_names(key)?;
            for name in names {
                let name = match (
                    way,
                    RENAMED.iter().find(|(from, _)| *from == format!("commands/{name}.md")),
                ) {
                    (Way::Project, Some((_, to))) => to.trim_end_matches(".md").to_owned(),
                    _ => armed.name(&name),
                };
                assert!(listed.contains(&name.as_str()), "{way:?}: {key}: {listed:?}");
            }
        }
        assert!(!run.told("DISARMED"));
        armed.journal_is_whole(&run)?;
    }
    Ok(())
}

fn a_missing_binary_is_said_once_and_locks_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    checkout(folder.path())?;
    let project = Project::new()?;
    let file = project.path().join("new.txt");
    let script = Script::new().main([
        Turn::tool("Write", json!({"file_path": file, "content": "a"})),
        Turn::tool("Bash", json!({"command": "cat new.txt"})),
        Turn::text("done"),
    ]);
    let session = Session::new(&project.path(), "go", script).plugin_dir(folder.path());
    // Nothing of the developer's own machine may arm it.
    let run = session.env("PATH", minimal_path()?).run()?;
    assert!(project.has("new.txt"));
    let text: Vec<String> = run
        .lines
        .iter()
        .map(ToString::to_string)
        .filter(|line| line.contains("DISARMED") && line.contains("SessionStart"))
        .collect();
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(text[0].contains("install.sh' --arm"), "{}", text[0]);
    assert!(run.told("Portcullis is DISARMED"), "the model knows, and can say it");
    let unusable = run.lines.iter().filter(|line| line["tag"] == "hook_no_verdict").count();
    assert_eq!(unusable, 0, "the stub answers; the client has nothing to complain about");
    Ok(())
}

fn a_session_under_the_repositorys_own_settings() -> Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join(".claude/settings.json"))?;
    let project = Project::new()?;
    project.write(".claude/settings.json", &text)?;
    let run = Session::new(&project.path(), "hi", Script::new().main([Turn::text("hi")])).run()?;
    // The settings load (a bad PreToolUse entry would drop them all); the binary is not there.
    assert!(!run.hook_lines("UserPromptSubmit").is_empty());
    Ok(())
}

/// The names of the definitions in a folder of the bundle.
fn stems(folder: &str) -> Result<Vec<String>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(folder))? {
        let path = entry?.path();
        if path.is_file() {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    ensure!(!names.is_empty(), "{folder} is empty");
    Ok(names)
}

/// The folders of PATH that hold the programs the client needs, without any `portcullis`.
fn minimal_path() -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let kept = std::env::split_paths(&path).filter(|folder| !folder.join("portcullis").exists());
    Ok(std::env::join_paths(kept)?)
}
