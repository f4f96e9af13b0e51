//! Effects outside of the working tree: registered, listed by a rollback, taken back by a command.

use portcullis::run;
use serde_json::json;

use super::sample;
use crate::support::{Project, denial};

const SESSION: &str = "11111111-2222-3333-4444-555555555555";

/// A sample whose session has started a run.
fn with_run(id: &str) -> Project {
    let project = sample();
    let state = project.path().join(".git/portcullis");
    project.begin_run(id);
    let line = json!({"v": 1, "ts": 1, "kind": "started", "command": "deploy"});
    std::fs::create_dir_all(run::folder(&state, id)).unwrap();
    std::fs::write(run::folder(&state, id).join("journal.jsonl"), format!("{line}\n")).unwrap();
    run::bind(&state, Some(SESSION), id).unwrap();
    project
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_rollback_lists_what_it_did_not_undo() {
    let project = with_run("r-0001");
    let taken = project.checkpoint("before");
    project.write("README.md", "deployed\n");
    let register = |args: &[&str]| {
        project.json(&[&["effect", "register", "--run", "r-0001"], args].concat())["effects"][0]
            .clone()
    };
    let deploy = register(&[
        "--kind",
        "deploy",
        "--what",
        "the site",
        "--compensate",
        "echo taken back > undone.txt",
    ]);
    let mail = register(&["--kind", "migration", "--irreversible", "columns are dropped"]);
    let (deploy, mail) = (deploy["id"].as_str().unwrap(), mail["id"].as_str().unwrap());
    let preview = text(project.portcullis(&["rollback", "--dry-run", "--to", &taken.id]).stdout);
    assert!(preview.contains("NOT undone"), "{preview}");
    for id in [deploy, mail] {
        assert!(preview.contains(id), "{preview}");
    }
    assert!(
        preview.contains("columns are dropped") && preview.contains("cannot be taken back"),
        "{preview}"
    );

    let done = project.portcullis(&["effect", "compensate", deploy]);
    assert_eq!(done.status.code(), Some(0), "{}", text(done.stderr));
    assert!(project.path().join("undone.txt").exists(), "the command ran");
    let refused = project.portcullis(&["effect", "compensate", mail]);
    assert_eq!(refused.status.code(), Some(1));
    let back = project.json(&["rollback", "--to", &taken.id]);
    let left = back["effects_not_undone"].as_array().unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"], mail);
    let again = project.portcullis(&["effect", "compensate", deploy]);
    assert_eq!(again.status.code(), Some(3), "it is not run twice");
}

#[test]
fn a_compensation_that_fails_is_not_called_done() {
    let project = with_run("r-0001");
    let made = project.json(&[
        "effect",
        "register",
        "--run",
        "r-0001",
        "--kind",
        "pr",
        "--compensate",
        "exit 7",
    ]);
    let id = made["effects"][0]["id"].as_str().unwrap();
    assert_eq!(project.portcullis(&["effect", "compensate", id]).status.code(), Some(1));
    let listed = text(project.portcullis(&["effect", "list"]).stdout);
    assert!(listed.contains("ended with 7"), "{listed}");
}

#[test]
fn a_registration_needs_a_run_and_holds_no_secret() {
    let project = with_run("r-0001");
    let said = |args: &[&str]| {
        let output = project.portcullis(&[&["effect", "register"], args].concat());
        assert!(!output.status.success());
        text(output.stderr)
    };
    let no_run = said(&["--run", "../r-0001", "--kind", "deploy", "--irreversible", "x"]);
    assert!(no_run.contains("run list"), "{no_run}");
    let neither = said(&["--run", "r-0001", "--kind", "deploy"]);
    assert!(neither.contains("--compensate"), "{neither}");
    let check = portcullis::check::CHECKS.iter().find(|check| check.id == "secrets").unwrap();
    let planted = (check.planted)(&project.path());
    let secret = planted["tool_input"]["content"].as_str().unwrap().trim();
    let held = said(&["--run", "r-0001", "--kind", "deploy", "--compensate", secret]);
    assert!(held.contains("secret") && !held.contains(secret), "{held}");
    assert!(project.json(&["effect", "list"])["effects"].as_array().unwrap().is_empty());
}

#[test]
fn a_deployment_of_a_run_is_registered_first() {
    let project = with_run("r-0001");
    let deploy = project.call("Bash", json!({"command": "kubectl apply -f app.yaml"}));
    let open = "boundaries: {deploy: []}\n";
    project.write("portcullis.yaml", open);
    let reply = project.hook(&deploy);
    assert!(denial(&reply).is_none(), "{reply:#}");
    let said = reply["systemMessage"].as_str().unwrap_or_default();
    assert!(said.contains("[effect-unregistered]") && said.contains("r-0001"), "{reply:#}");

    project.write("portcullis.yaml", &format!("{open}effects: {{required: true}}\n"));
    let reply = project.hook(&deploy);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply:#}"));
    assert!(reason.contains("effect register --run r-0001 --kind deploy"), "{reason}");
    project.json(&[
        "effect",
        "register",
        "--run",
        "r-0001",
        "--kind",
        "deploy",
        "--compensate",
        "true",
    ]);
    let reply = project.hook(&deploy);
    assert!(reply.is_null(), "{reply:#}");

    let mut other = deploy;
    other["session_id"] = json!("another");
    project.write("portcullis.yaml", open);
    assert!(project.hook(&other).is_null(), "a session without a run is not looked at");
}
