//! `portcullis policy`: the layers on disk, what holds, and what it means.

use std::path::PathBuf;

use portcullis::cli::{Command, PolicyAction, PolicyArgs, PolicyExplainArgs, PolicyProjectArgs};
use portcullis::cmd::{self, Console};
use portcullis::env::Env;
use portcullis::exit::Exit;
use serde_json::Value;

use super::{Project, text};

/// The environment of a project with a user's and an administrator's file.
fn env(project: &Project, managed: &str, user: &str) -> Env {
    let folder = project.folder.path();
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        Some(file)
    };
    Env {
        cwd: project.root.clone(),
        managed_policy: file("managed.yaml", managed),
        user_policy: file("user.yaml", user),
        ..Env::default()
    }
}

/// Runs a subcommand of `policy` in this process: the administrator's file has a fixed place.
fn policy(action: PolicyAction, env: &Env) -> (Exit, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Box::new(std::fs::File::create(folder.path().join(name)).unwrap());
    let mut console = Console { out: open("out"), err: open("err") };
    let exit = cmd::run(&Command::Policy(PolicyArgs { action }), env, &mut console);
    drop(console);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    (exit, read("out"), read("err"))
}

fn here(json: bool) -> PolicyProjectArgs {
    PolicyProjectArgs { project: PathBuf::from("."), json }
}

#[test]
fn every_value_says_its_layer_and_the_stricter_one_holds() {
    let project = Project::new();
    project.write(
        "portcullis.yaml",
        "profile: bank\nboundaries: {push: []}\nsecrets: {prompts: 'off'}\n",
    );
    let managed =
        "profiles: {bank: {boundaries: {push: [test, security]}}}\ncoverage: {lines: 90}\n";
    let env =
        env(&project, managed, "coverage: {lines: 50, changed: 95}\nsecrets: {prompts: block}\n");
    let (exit, out, _) = policy(PolicyAction::Show(here(true)), &env);
    assert_eq!(exit, Exit::Ok);
    let shown: Value = serde_json::from_str(&out).unwrap();
    let at = |path: &str| {
        (
            shown["policy"].pointer(path).unwrap().clone(),
            shown["sources"][path[1..].replace('/', ".")].clone(),
        )
    };
    assert_eq!(
        at("/boundaries/push"),
        (serde_json::json!(["test", "security"]), "managed, profile bank".into())
    );
    assert_eq!(at("/boundaries/publish"), (serde_json::json!(["test"]), "built in".into()));
    assert_eq!(at("/coverage/lines"), (90.0.into(), "managed".into()));
    assert_eq!(at("/coverage/changed"), (95.0.into(), "user".into()));
    assert_eq!(at("/secrets/prompts"), ("block".into(), "user".into()));
    assert_eq!(at("/complexity"), (15.into(), "built in".into()));
    let (_, out, _) = policy(PolicyAction::Show(here(false)), &env);
    assert!(out.contains("coverage.lines: 90.0  # managed\n"), "{out}");

    let key = "coverage.lines".to_owned();
    let (_, out, _) =
        policy(PolicyAction::Explain(PolicyExplainArgs { key, project: ".".into() }), &env);
    for wanted in ["Of all lines", "value: 90", "from: managed", "user says 50"] {
        assert!(out.contains(wanted), "{wanted}: {out}");
    }
    let key = "gates.test.timeout".to_owned();
    let (exit, out, _) =
        policy(PolicyAction::Explain(PolicyExplainArgs { key, project: ".".into() }), &env);
    assert!(exit == Exit::Ok && out.contains("not set") && out.contains("killed"), "{out}");
    let key = "coverag".to_owned();
    let (exit, ..) =
        policy(PolicyAction::Explain(PolicyExplainArgs { key, project: ".".into() }), &env);
    assert_eq!(exit, Exit::Usage);
}

#[test]
fn check_names_the_file_the_key_and_the_way_out() {
    let project = Project::new();
    let check = |text: &str, managed: &str| {
        project.write("portcullis.yaml", text);
        policy(PolicyAction::Check(here(false)), &env(&project, managed, ""))
    };
    assert_eq!(check("", "").0, Exit::Ok);
    for (text, managed, wanted) in [
        ("boundaries: {push: [tset]}\n", "", &["boundaries.push", "tset", "known: design"][..]),
        ("boundaries: {psuh: [test]}\n", "", &["boundaries.psuh", "push"]),
        ("gates: {mine: {}}\n", "", &["gates.mine", "no command"]),
        ("gates: {test: {requires: [nothing]}}\n", "", &["gates.test.requires", "nothing"]),
        ("gates: {test: {command: []}}\n", "", &["portcullis.yaml", "gates.test.command"]),
        ("gates: {test: {command: [a], shell: b}}\n", "", &["gates.test.shell"]),
        ("coverage: {lines: 101}\n", "", &["coverage.lines", "101"]),
        ("profile: nobody\n", "", &["profile", "nobody", "strict"]),
        ("", "boundarys: {}\n", &["managed.yaml", "boundarys"]),
    ] {
        let (exit, _, err) = check(text, managed);
        assert_eq!(exit, Exit::Config, "{text}{managed}");
        for wanted in wanted {
            assert!(err.contains(wanted), "{text}{managed}: {err}");
        }
    }
}

#[test]
fn the_built_in_profiles_are_whole() {
    let project = Project::new();
    for name in portcullis::config::profiles::NAMES {
        project.write("portcullis.yaml", &format!("profile: {name}\n"));
        let (exit, out, err) = policy(PolicyAction::Check(here(false)), &env(&project, "", ""));
        assert_eq!(exit, Exit::Ok, "{name}: {out}{err}");
    }
    let shown = project.command(&project.root, &[]).get_program().to_owned();
    let output = std::process::Command::new(shown)
        .args(["policy", "show"])
        .current_dir(&project.root)
        .env("HOME", project.folder.path().join("home"))
        .output()
        .unwrap();
    let out = text(&output.stdout);
    assert!(out.contains("boundaries.push: [\"implementation\",\"review\",\"test\",\"security\"]  # built in, profile strict"), "{out}");
}
