//! Installing and uninstalling: the tree comes back byte for byte, whatever it held.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use portcullis::bundle::{Embedded as File, FILES, VERSION};
use portcullis::env::Env;
use portcullis::install::manifest::Manifest;
use portcullis::install::remove::{Restored, uninstall};
use portcullis::install::wiring::{self, Form};
use portcullis::install::{Obstacle, apply, layout};
use serde_json::Value;
use tempfile::TempDir;

use crate::project::{BINARY, Project, ROOT, command, text};

const BUNDLE: &[File<'static>] = &[
    File { path: "agents/backend-developer.md", executable: false, bytes: b"agent 1\n" },
    File { path: "bin/session-start", executable: true, bytes: b"#!/bin/sh\n" },
    File { path: "commands/add-feature.md", executable: false, bytes: b"command 1\n" },
    File { path: "skills/practices/README.md", executable: false, bytes: b"about\n" },
    File { path: "skills/practices/tdd/SKILL.md", executable: false, bytes: b"skill 1\n" },
    File { path: "skills/practices/tdd/scripts/run.sh", executable: true, bytes: b"#!/bin/sh\n" },
    File { path: "workflows/add-feature.js", executable: false, bytes: b"// 1\n" },
];

impl Project {
    fn install(&self, bundle: &[File]) -> anyhow::Result<apply::Outcome> {
        apply::install(
            &self.path,
            bundle,
            Path::new(ROOT).join("bin/portcullis").as_path(),
            &Env::default(),
        )
    }

    fn obstacle(&self, bundle: &[File]) -> String {
        let before = self.tree();
        let error = self.install(bundle).unwrap_err();
        assert!(error.is::<Obstacle>(), "{error:#}");
        assert_eq!(before, self.tree(), "a refused install changes nothing");
        format!("{error:#}")
    }
}

/// Settings of every shape that must come back as they were.
const SETTINGS: &[(&str, &str)] = &[
    ("empty", ""),
    ("empty object", "{}"),
    (
        "one line, no newline at the end",
        r#"{"model":"opus","hooks":{"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}"#,
    ),
    (
        "tabs",
        "{\n\t\"permissions\": {\"allow\": [\"Bash(ls)\"]},\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{ \"matcher\": \"Bash\", \"hooks\": [ { \"type\": \"command\", \"command\": \"./check.sh\" } ] }\n\t\t]\n\t}\n}\n",
    ),
    (
        "comments and trailing commas",
        "// mine\n{\n  /* all of it */\n  \"hooks\": {\n    \"PreToolUse\": [], // none yet\n    \"Stop\": [\n      {\"hooks\": [],},\n    ],\n  },\n}\n\n\n",
    ),
    (
        "windows line ends",
        "{\r\n  \"env\": {\r\n    \"A\": \"1\"\r\n  },\r\n  \"hooks\": {}\r\n}\r\n",
    ),
    ("byte order mark", "\u{feff}{ \"z\": 1, \"a\": [1,2 , 3] }\n"),
    ("odd spacing", "\n\n{   \"hooks\"   :{  \"SessionStart\" :[ ]},\"x\":1.50e1   }"),
];

#[test]
fn a_tree_comes_back_byte_for_byte() {
    for (name, settings) in SETTINGS {
        let project = Project::new();
        project.git(&["init", "-q"]);
        let file = project.write(".claude/settings.json", settings);
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        project.write(".claude/agents/my-own.md", "mine\n");
        project.write(".claude/agents/backend-developer.md", "also mine\n");
        let script = project.write("check.sh", "#!/bin/sh\n");
        fs::set_permissions(script, fs::Permissions::from_mode(0o750)).unwrap();
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", "mine"]);
        let before = project.tree();

        let outcome = project.install(BUNDLE).unwrap();
        assert_eq!(outcome.theirs, [".claude/agents/backend-developer.md"], "{name}");
        assert!(project.exists(".claude/portcullis/bin/portcullis"));
        assert!(project.exists(".claude/skills/tdd/SKILL.md"), "the category is dropped");
        assert!(!project.exists(".claude/skills/practices"));
        assert!(!project.git(&["status", "--porcelain"]).contains("bin/"), "not for git");
        assert_wired(&project.read(".claude/settings.json"), name);
        assert_ne!(before, project.tree());

        let outcome = uninstall(&project.path).unwrap().unwrap();
        assert_eq!(outcome.settings, Restored::Exactly, "{name}");
        assert_eq!(outcome.kept, [""; 0], "{name}");
        assert_eq!(before, project.tree(), "{name}");
        assert_eq!(project.git(&["status", "--porcelain"]), "", "{name}");
        assert_eq!(uninstall(&project.path).unwrap(), None, "twice: {name}");
    }
}

/// Every wired event has our entry once.
fn assert_wired(settings: &str, name: &str) {
    let file = Path::new("settings.json");
    let value = portcullis::install::settings::value(settings, file).unwrap();
    for event in wiring::events() {
        let wanted = wiring::handler(Form::Project, event.kind);
        let groups = value["hooks"][event.name].as_array().unwrap();
        let handlers = groups.iter().flat_map(|group| group["hooks"].as_array().unwrap());
        assert_eq!(handlers.filter(|h| **h == wanted).count(), 1, "{name}: {}", event.name);
    }
}

#[test]
fn a_project_with_nothing_gets_nothing_back() {
    let project = Project::new();
    project.install(BUNDLE).unwrap();
    let mode = fs::metadata(project.path.join(".claude/skills/tdd/scripts/run.sh")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o755);
    assert!(project.read(".claude/settings.json").ends_with("}\n"));
    uninstall(&project.path).unwrap().unwrap();
    assert_eq!(project.tree(), BTreeMap::new());
}

#[test]
fn merging_keeps_what_was_written_and_is_idempotent() {
    for (name, settings) in SETTINGS.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let file = Path::new("settings.json");
        let merged = portcullis::install::settings::merge(settings, file, Form::Project).unwrap();
        let again = portcullis::install::settings::merge(&merged, file, Form::Project).unwrap();
        assert_eq!(merged, again, "{name}");
        for comment in ["// mine", "/* all of it */", "// none yet"] {
            assert_eq!(settings.contains(comment), merged.contains(comment), "{name}: {comment}");
        }
        assert_eq!(settings.contains("\r\n"), merged.contains("\r\n"), "{name}");
        assert!(!settings.contains("\r\n") || !merged.replace("\r\n", "").contains('\n'), "{name}");
        let back = portcullis::install::settings::unmerge(&merged, file).unwrap();
        let value = |text| portcullis::install::settings::value(text, file).unwrap();
        let (mut was, mut is) = (value(settings), value(&back));
        // Empty groups and lists mean nothing to the client, and cannot be told from ours.
        for value in [&mut was, &mut is] {
            if let Some(hooks) = value.get_mut("hooks").and_then(Value::as_object_mut) {
                hooks.retain(|_, groups| groups != &serde_json::json!([]));
                if hooks.is_empty() {
                    value.as_object_mut().unwrap().remove("hooks");
                }
            }
        }
        assert_eq!(was, is, "{name}");
    }
}

#[test]
fn the_merged_text_reads_as_if_written_by_hand() {
    let file = Path::new("settings.json");
    let before = "{\n  \"model\": \"opus\", // why\n  \"hooks\": {\n    \"Stop\": [\n      {\n        \"hooks\": [{ \"type\": \"command\", \"command\": \"mine\" }]\n      }\n    ]\n  }\n}\n";
    let merged = portcullis::install::settings::merge(before, file, Form::Project).unwrap();
    let head = "{\n  \"model\": \"opus\", // why\n  \"hooks\": {\n    \"Stop\": [\n      {\n        \"hooks\": [{ \"type\": \"command\", \"command\": \"mine\" }]\n      },\n      {\n        \"hooks\": [\n          {\n            \"type\": \"command\",\n            \"command\": \"${CLAUDE_PROJECT_DIR}/.claude/portcullis/bin/portcullis\",\n";
    assert!(merged.starts_with(head), "{merged}");
    assert_eq!(portcullis::install::settings::unmerge(&merged, file).unwrap(), before);
}

#[test]
fn edits_in_between_survive_an_uninstall() {
    let project = Project::new();
    project.write(".claude/settings.json", "{\n  \"model\": \"opus\"\n}\n");
    project.install(BUNDLE).unwrap();
    let edited = project.read(".claude/settings.json").replace("opus", "sonnet").replacen(
        "\"Stop\": [",
        "\"Stop\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"mine\" }] },",
        1,
    );
    assert!(edited.contains("mine"));
    project.write(".claude/settings.json", &edited);
    project.write(".claude/commands/add-feature.md", "my version\n");
    project.write(".claude/skills/tdd/NOTES.md", "my notes\n");

    let outcome = uninstall(&project.path).unwrap().unwrap();
    assert_eq!(outcome.settings, Restored::Unmerged);
    assert_eq!(outcome.kept, [".claude/commands/add-feature.md"]);
    let rest: Value = serde_json::from_str(&project.read(".claude/settings.json")).unwrap();
    let mine = serde_json::json!({
        "model": "sonnet",
        "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "mine" }] }] },
    });
    assert_eq!(rest, mine);
    assert_eq!(project.read(".claude/skills/tdd/NOTES.md"), "my notes\n");
    assert!(!project.exists(".claude/skills/tdd/SKILL.md"));
    assert!(!project.exists(".claude/portcullis"));
    assert!(!project.exists(".claude/agents"));
}

#[test]
fn an_upgrade_replaces_what_is_ours_and_keeps_what_was_edited() {
    const NEWER: &[File<'static>] = &[
        File { path: "agents/backend-developer.md", executable: false, bytes: b"agent 2\n" },
        File { path: "agents/new.md", executable: false, bytes: b"new\n" },
        File { path: "bin/session-start", executable: true, bytes: b"#!/bin/sh\n" },
        File { path: "commands/add-feature.md", executable: false, bytes: b"command 2\n" },
        File { path: "skills/tools/tdd/SKILL.md", executable: false, bytes: b"skill 2\n" },
    ];
    let project = Project::new();
    let original = "{ \"model\":\"opus\" }";
    project.write(".claude/settings.json", original);
    project.install(BUNDLE).unwrap();
    project.write(".claude/commands/add-feature.md", "my version\n");
    // An entry of an older form, as an older version would have left it.
    let older =
        project.read(".claude/settings.json").replacen("\"timeout\": 60", "\"timeout\": 7", 1);
    assert!(older.contains("\"timeout\": 7"));
    project.write(".claude/settings.json", &older);

    let outcome = project.install(NEWER).unwrap();
    assert_eq!(outcome.before.as_deref(), Some(VERSION));
    assert_eq!(outcome.changed, [".claude/commands/add-feature.md"]);
    assert_eq!(
        outcome.dropped,
        [".claude/skills/tdd/scripts/run.sh", ".claude/workflows/add-feature.js"]
    );
    assert_eq!(project.read(".claude/agents/backend-developer.md"), "agent 2\n");
    assert_eq!(project.read(".claude/skills/tdd/SKILL.md"), "skill 2\n");
    assert_eq!(project.read(".claude/commands/add-feature.md"), "my version\n");
    assert_wired(&project.read(".claude/settings.json"), "upgrade");
    assert!(!project.read(".claude/settings.json").contains("\"timeout\": 7"));

    let again = project.install(NEWER).unwrap();
    assert_eq!(again.written, [""; 0]);
    assert!(!again.settings_written);
    assert_eq!(again.unchanged, 5, "four of the bundle, and the ignore file");

    uninstall(&project.path).unwrap().unwrap();
    let rest: Value = serde_json::from_str(&project.read(".claude/settings.json")).unwrap();
    assert_eq!(rest, serde_json::json!({ "model": "opus" }));
    assert_eq!(project.read(".claude/commands/add-feature.md"), "my version\n");
    assert!(!project.exists(".claude/skills"), "folders of the first install go too");
}

#[test]
fn a_second_install_does_not_lose_the_original_nor_the_edits() {
    let original = "{\"model\" : \"opus\"}";
    let project = Project::new();
    project.write(".claude/settings.json", original);
    project.install(BUNDLE).unwrap();
    project.install(BUNDLE).unwrap();
    uninstall(&project.path).unwrap().unwrap();
    assert_eq!(project.read(".claude/settings.json"), original);

    project.install(BUNDLE).unwrap();
    let edited = project.read(".claude/settings.json").replace("opus", "sonnet");
    project.write(".claude/settings.json", &edited);
    project.install(BUNDLE).unwrap();
    uninstall(&project.path).unwrap().unwrap();
    let rest: Value = serde_json::from_str(&project.read(".claude/settings.json")).unwrap();
    assert_eq!(rest, serde_json::json!({ "model": "sonnet" }));
}

#[test]
fn a_skill_of_the_users_is_left_whole() {
    let project = Project::new();
    project.write(".claude/skills/tdd/SKILL.md", "mine\n");
    let outcome = project.install(BUNDLE).unwrap();
    assert_eq!(outcome.theirs, [".claude/skills/tdd"]);
    assert!(!project.exists(".claude/skills/tdd/scripts"));
    let manifest = Manifest::load(&project.path).unwrap().unwrap();
    assert!(manifest.files.iter().all(|entry| !entry.path.contains("tdd")));
}

#[test]
fn wrong_settings_are_named_and_nothing_is_written() {
    let rows: &[(&str, &[&str])] = &[
        ("{ \"hooks\": ", &["settings.json", "not valid JSON", "repair"]),
        ("{ 'hooks': {} }", &["not valid JSON"]),
        ("[]", &["is not a JSON object"]),
        ("{ \"hooks\": [1, 2] }", &["settings.json", "hooks: [1, 2]", "an object"]),
        ("{ \"hooks\": { \"Stop\": {\"a\": 1} } }", &["hooks.Stop: {\"a\": 1}", "array"]),
        ("{ \"hooks\": {}, \"hooks\": {} }", &["hooks twice"]),
    ];
    for (settings, words) in rows {
        let project = Project::new();
        project.write(".claude/settings.json", settings);
        let error = project.obstacle(BUNDLE);
        for word in *words {
            assert!(error.contains(word), "{word:?} is not in {error:?}");
        }
    }
    let project = Project::new();
    fs::create_dir(project.path.join(".claude")).unwrap();
    fs::write(project.path.join(".claude/settings.json"), b"{\"a\": \"\xff\"}").unwrap();
    assert!(project.obstacle(BUNDLE).contains("UTF-8"));
}

#[test]
fn nothing_is_written_outside_of_the_project() {
    let project = Project::new();
    let elsewhere = TempDir::new().unwrap();
    symlink(elsewhere.path(), project.path.join(".claude")).unwrap();
    assert!(project.obstacle(BUNDLE).contains("out of the project"));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);

    for inner in ["agents", "settings.json", "portcullis"] {
        let project = Project::new();
        fs::create_dir(project.path.join(".claude")).unwrap();
        let target = elsewhere.path().join("not there yet");
        symlink(&target, project.path.join(".claude").join(inner)).unwrap();
        let error = project.obstacle(BUNDLE);
        assert!(error.contains(inner) && error.contains("leads nowhere"), "{error}");
        fs::create_dir(&target).unwrap();
        assert!(project.obstacle(BUNDLE).contains("out of the project"));
        fs::remove_dir(&target).unwrap();
    }
}

#[test]
fn a_symlink_inside_of_the_project_is_followed() {
    let project = Project::new();
    project.write("config/settings.json", "{ }");
    fs::create_dir(project.path.join(".claude")).unwrap();
    symlink("../config/settings.json", project.path.join(".claude/settings.json")).unwrap();
    let before = project.tree();
    project.install(BUNDLE).unwrap();
    assert_wired(&project.read("config/settings.json"), "symlink");
    assert!(project.path.join(".claude/settings.json").is_symlink());
    uninstall(&project.path).unwrap().unwrap();
    assert_eq!(before, project.tree());
}

#[test]
fn folders_in_the_way_are_named() {
    let project = Project::new();
    project.write(".claude", "a file\n");
    assert!(project.obstacle(BUNDLE).contains("a folder is needed"));

    let project = Project::new();
    project.write(".claude/commands", "a file\n");
    assert!(project.obstacle(BUNDLE).contains(".claude/commands: is a file"));

    let project = Project::new();
    fs::create_dir(project.path.join(".claude")).unwrap();
    let read_only = fs::Permissions::from_mode(0o555);
    fs::set_permissions(project.path.join(".claude"), read_only).unwrap();
    let error = project.obstacle(BUNDLE);
    assert!(error.contains("read-only") && error.contains("chmod"), "{error}");

    let gone = project.path.join("gone");
    let error = apply::install(&gone, BUNDLE, Path::new(BINARY), &Env::default()).unwrap_err();
    assert!(format!("{error:#}").contains("cannot be opened"));
}

#[test]
fn the_users_own_configuration_is_not_a_project() {
    let project = Project::new();
    let env = Env { home: Some(project.path.clone()), ..Env::default() };
    let error = apply::install(&project.path, BUNDLE, Path::new(BINARY), &env).unwrap_err();
    assert!(format!("{error:#}").contains("your own configuration"));
    assert_eq!(project.tree(), BTreeMap::new());
}

#[test]
fn a_failure_half_way_puts_everything_back() {
    let name = format!("workflows/{}.js", "x".repeat(300));
    let mut bundle = BUNDLE.to_vec();
    bundle.push(File { path: &name, executable: false, bytes: b"too long a name\n" });
    let project = Project::new();
    project.write(".claude/settings.json", "{}");
    let before = project.tree();
    let error = project.install(&bundle).unwrap_err();
    assert!(format!("{error:#}").contains("xxx"), "{error:#}");
    assert_eq!(before, project.tree());

    project.install(BUNDLE).unwrap();
    // As session-start leaves it on another machine.
    let place = project.path.join(".claude/portcullis/bin/portcullis");
    fs::remove_file(&place).unwrap();
    symlink("/bin/ls", &place).unwrap();
    let installed = project.tree();
    bundle[0].bytes = b"agent 2\n";
    project.install(&bundle).unwrap_err();
    assert_eq!(installed, project.tree(), "an upgrade is undone too");
    let linked = fs::read("/bin/ls").unwrap();
    project.install(BUNDLE).unwrap();
    assert!(!place.is_symlink());
    assert_eq!(fs::read("/bin/ls").unwrap(), linked, "nothing is written through the link");
}

#[test]
fn two_files_for_one_place_are_an_error() {
    let bundle = [
        File { path: "skills/a/tdd/SKILL.md", executable: false, bytes: b"" },
        File { path: "skills/b/tdd/SKILL.md", executable: false, bytes: b"" },
    ];
    assert!(layout::place(&bundle).unwrap_err().to_string().contains("rename one"));
    layout::place(FILES).unwrap();
}

#[test]
fn a_manifest_cannot_lead_out_of_the_project() {
    for path in ["../outside", ".claude/../../outside", "/etc/passwd", "src/main.rs"] {
        let project = Project::new();
        project.install(BUNDLE).unwrap();
        let manifest = project.read(".claude/portcullis/manifest.json");
        let forged = manifest.replace(".claude/agents/backend-developer.md", path);
        project.write(".claude/portcullis/manifest.json", &forged);
        let error = uninstall(&project.path).unwrap_err();
        assert!(format!("{error:#}").contains("not inside of .claude"), "{path}: {error:#}");
    }
    let project = Project::new();
    project.write(".claude/portcullis/manifest.json", "{}");
    assert!(project.obstacle(BUNDLE).contains("is not a manifest"));
}

#[test]
fn a_lost_manifest_leaves_no_hooks() {
    let project = Project::new();
    project.install(BUNDLE).unwrap();
    fs::remove_file(project.path.join(".claude/portcullis/manifest.json")).unwrap();
    assert_eq!(uninstall(&project.path).unwrap().unwrap().settings, Restored::Unmerged);
    assert_eq!(project.read(".claude/settings.json").trim(), "{}");
    assert_eq!(uninstall(&project.path).unwrap(), None);
}

#[test]
fn the_command_line_says_what_it_did() {
    let project = Project::new();
    project.write(".claude/settings.json", "{\"model\":\"opus\"}");
    project.git(&["init", "-q"]);
    let before = project.tree();
    let path = project.path.to_str().unwrap();
    let output = project.run(&["install", path]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    for word in [VERSION, "session-start", "settings.json", "portcullis doctor", "/add-feature"] {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert!(!said.contains("not in a git repository"));
    for file in layout::place(FILES).unwrap() {
        assert_eq!(fs::read(project.path.join(&file.path)).unwrap(), file.file.bytes);
    }
    let binary = project.path.join(".claude/portcullis/bin/portcullis");
    assert_eq!(fs::read(&binary).unwrap(), fs::read(BINARY).unwrap());

    // The installed binary can upgrade and remove itself.
    let own = command(&project.path, binary.to_str().unwrap()).args(["install", path]).output();
    assert!(own.unwrap().status.success());
    let output = command(&project.path, binary.to_str().unwrap())
        .args(["uninstall", path])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(before, project.tree());
    let output = project.run(&["uninstall", path]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("nothing to do"));
}

#[test]
fn the_command_line_warns_and_fails_in_words() {
    let project = Project::new();
    let path = project.path.to_str().unwrap();
    let own = layout::place(FILES).unwrap()[0].path.clone();
    project.write(&own, "mine\n");
    let output = project.run(&["install", path]);
    let said = text(&output.stderr);
    assert!(said.contains(&own) && said.contains("your own"), "{said}");
    assert!(said.contains("not in a git repository"), "{said}");
    assert_eq!(project.read(&own), "mine\n");

    let project = Project::new();
    project.write(".claude/settings.json", "{");
    let output = project.run(&["install", project.path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("nothing was changed"));
}

#[test]
fn the_state_stays_and_is_named() {
    let project = Project::new();
    project.git(&["init", "-q"]);
    project.write(".git/portcullis/journal/journal.jsonl", "{}\n");
    let path = project.path.to_str().unwrap();
    assert!(project.run(&["install", path]).status.success());
    let output = project.run(&["uninstall", path]);
    assert!(text(&output.stdout).contains(".git/portcullis"), "{}", text(&output.stdout));
    assert!(project.exists(".git/portcullis/journal/journal.jsonl"));
}

/// Compares a generated file with the committed one; `PORTCULLIS_UPDATE=1` writes it.
fn generated(path: &str, wanted: &str) {
    let file = Path::new(ROOT).join(path);
    if std::env::var_os("PORTCULLIS_UPDATE").is_some() {
        fs::write(&file, wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(found, wanted, "{path} is generated; run the tests with PORTCULLIS_UPDATE=1");
}

#[test]
fn the_committed_wiring_is_the_generated_one() {
    generated("hooks/hooks.json", &wiring::plugin_file());
    generated(".claude/settings.json", &wiring::checkout_file());
}

#[test]
fn every_version_is_the_crates() {
    let json = |path: &str| -> Value {
        serde_json::from_slice(&fs::read(Path::new(ROOT).join(path)).unwrap()).unwrap()
    };
    let plugin = json(".claude-plugin/plugin.json");
    assert_eq!(plugin["version"], VERSION);
    let market = json(".claude-plugin/marketplace.json");
    assert_eq!(market["plugins"][0]["name"], plugin["name"]);
    assert!(market["plugins"][0].get("version").is_none(), "plugin.json's is the one version");
    let script = fs::read_to_string(Path::new(ROOT).join("bin/session-start")).unwrap();
    assert!(script.contains(&format!("\nversion='{VERSION}'\n")), "bin/session-start");
    let said = command(Path::new("/"), BINARY).arg("--version").output().unwrap();
    assert_eq!(text(&said.stdout), format!("portcullis {VERSION} (gates for Claude Code)\n"));
}
