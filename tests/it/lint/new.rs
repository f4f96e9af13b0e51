//! `portcullis new`: what it writes passes every rule, lies where the client looks, and replaces nothing.

use std::path::Path;
use std::process::{Command, Output};

use portcullis::cli::NewKind;
use portcullis::cmd::new::templates;

use super::look;
use crate::support::PROGRAM;

fn new(dir: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM).arg("new").args(args).current_dir(dir).env_clear().output().unwrap()
}

const KINDS: &[(NewKind, &str)] = &[
    (NewKind::Agent, "agent"),
    (NewKind::Skill, "skill"),
    (NewKind::Command, "command"),
    (NewKind::Workflow, "workflow"),
];

#[test]
fn every_template_passes_every_rule_in_a_plugin_and_in_a_project() {
    for plugin in [true, false] {
        for (kind, word) in KINDS {
            for (template, _) in templates(*kind) {
                let dir = tempfile::tempdir().unwrap();
                if plugin {
                    let manifest = dir.path().join(".claude-plugin/plugin.json");
                    std::fs::create_dir_all(manifest.parent().unwrap()).unwrap();
                    let text = "{\"name\": \"tools\", \"version\": \"1.0.0\", \"description\": \"Tools\", \
                                \"author\": {\"name\": \"x\"}, \"skills\": [\"./skills/custom\"]}\n";
                    std::fs::write(manifest, text).unwrap();
                    std::fs::create_dir_all(dir.path().join("skills/custom")).unwrap();
                }
                let output = new(dir.path(), &[word, "data-model", "--template", template]);
                assert!(output.status.success(), "{output:?}");
                let (bundle, findings) = look(dir.path());
                let told: Vec<String> = findings
                    .iter()
                    .map(|f| format!("{}: {}", f.rule.id, f.message))
                    .filter(|told| plugin || !told.starts_with("plugin-"))
                    .collect();
                assert!(told.is_empty(), "{word} {template}: {told:#?}");
                let path = String::from_utf8(output.stdout).unwrap();
                let file = bundle.files.iter().find(|file| file.shown == path.trim());
                assert!(
                    file.is_some_and(|file| file.loaded),
                    "{path}: the client does not look there"
                );
            }
        }
    }
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    assert!(new(dir.path(), &["agent", "data-model"]).status.success());
    let file = dir.path().join(".claude/agents/custom/data-model.md");
    std::fs::write(&file, "mine\n").unwrap();
    let again = new(dir.path(), &["agent", "data-model"]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine\n");
}

#[test]
fn a_name_that_is_a_path_is_none() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["../x", "A", "a b", "a--b", "-a", ""] {
        let output = new(dir.path(), &["skill", "--", name]);
        assert_eq!(output.status.code(), Some(2), "{name:?}: {output:?}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
