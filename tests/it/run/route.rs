//! The route of a run: measured, raised by the model, lowered by the user only.

use serde_json::{Value, json};

use super::{Run, begin};

#[test]
fn the_facts_hold_the_route_with_its_reasons() {
    let files = |project: &crate::support::Project| {
        project.write("src/auth/login.rs", "fn login() {}\n");
        project.write("src/one.rs", "fn one() {}\n");
    };
    for (args, route, reason) in [
        ("make src/one.rs louder", "short", "1 line in the files that are named"),
        ("a new thing", "standard", "nothing is measured"),
        ("check src/auth/login.rs twice.", "full", "a mistake there costs more"),
        ("check src/auth/login.rs --route short", "short", "the user chose short"),
        ("make src/one.rs louder --route full", "full", "the user chose full"),
    ] {
        let run = Run::asked(args, files);
        assert_eq!(run.facts["route"], route, "{args}: {}", run.facts);
        let reasons = run.facts["route_reasons"].to_string();
        assert!(reasons.contains(reason), "{args}: {reasons}");
        let line = &run.journal()[1];
        assert_eq!((&line["kind"], &line["route"]), (&json!("route"), &json!(route)));
    }
}

#[test]
fn a_call_by_the_model_cannot_ask_for_less() {
    let run = Run::asked("x", |project| project.write("src/auth.rs", "fn a() {}\n"));
    let ask = |args: &str| {
        let call =
            run.project.call("Skill", json!({"skill": "portcullis:add-feature", "args": args}));
        let reply = run.project.hook(&call);
        let text = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
        let text = text.strip_prefix("Portcullis run facts: ").unwrap();
        serde_json::from_str::<Value>(text).unwrap()["route"].clone()
    };
    assert_eq!(ask("src/auth.rs --route short"), "full");
    assert_eq!(ask("a thing --route full"), "full");
}

#[test]
fn a_change_is_graded_and_recorded_and_only_goes_up() {
    let run = Run::asked("a thing", |project| project.write("src/a.rs", "fn a() {}\n"));
    run.project.write("src/a.rs", "fn a() {}\nfn b() {}\n");
    let graded = |args: &[&str]| run.json(&[&["route"], args].concat());
    let found = graded(&[]);
    assert_eq!((&found["route"], &found["by"]), (&json!("short"), &json!("measured")), "{found}");
    let found = graded(&["--run", &run.id]);
    assert_eq!(found["route"], "standard", "the run began as standard: {found}");
    let found = graded(&["--run", &run.id, "--at-least", "full"]);
    assert_eq!((&found["route"], &found["by"]), (&json!("full"), &json!("model")), "{found}");
    assert_eq!(graded(&["--run", &run.id])["route"], "full");
    let state = run.json(&["status", &run.id])["state"].clone();
    assert_eq!((&state["route"], &state["route_by"]), (&json!("full"), &json!("model")));
    run.project.write("db/migrations/1.sql", "drop table a;\n");
    assert_eq!(graded(&["--base", "HEAD"])["route"], "full");
    assert_eq!(graded(&["src/a.rs"])["route"], "short");
    assert_eq!(run.cli(&["route", "no/such/file"]).0, 3);
}

#[test]
fn what_the_user_chose_stays_in_the_run() {
    let run = Run::asked("src/auth.rs --route short", |project| {
        project.write("src/auth.rs", "fn a() {}\n");
    });
    run.project.write("src/auth.rs", "fn b() {}\n");
    let found = run.json(&["route", "--run", &run.id]);
    assert_eq!((&found["route"], &found["measured"]), (&json!("short"), &json!("full")), "{found}");
    let found = run.json(&["route", "--run", &run.id, "--at-least", "standard"]);
    assert_eq!(found["route"], "standard", "{found}");
}

#[test]
fn every_workflow_command_of_the_bundle_gets_its_facts_in_both_namings() {
    let run = Run::new();
    for (command, workflow) in portcullis::run::workflows::table() {
        for prefix in ["", "portcullis:"] {
            let reply = run.project.hook(&json!({
                "hook_event_name": "UserPromptExpansion", "session_id": "s",
                "cwd": run.project.path(), "command_name": format!("{prefix}{command}"),
                "command_args": "", "prompt": format!("/{prefix}{command}"),
            }));
            let text = reply["hookSpecificOutput"]["additionalContext"].as_str();
            let text = text.unwrap_or_else(|| panic!("{prefix}{command}: {reply}"));
            assert!(text.contains(&format!("\"workflow\":\"{prefix}{workflow}\"")), "{text}");
        }
    }
}

#[test]
fn a_command_of_the_same_name_that_somebody_else_wrote_is_left_alone() {
    let run = Run::new();
    let expand = || {
        run.project.hook(&json!({
            "hook_event_name": "UserPromptExpansion", "session_id": "s",
            "cwd": run.project.path(), "command_name": "add-feature",
            "command_args": "x", "prompt": "/add-feature x",
        }))
    };
    assert!(expand()["hookSpecificOutput"].is_object());
    run.project.write(".claude/commands/add-feature.md", "Add it as we always do: $ARGUMENTS\n");
    assert_eq!(expand(), Value::Null);
    let ours = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("commands/add-feature.md"),
    );
    run.project.write(".claude/commands/add-feature.md", &ours.unwrap());
    assert!(expand()["hookSpecificOutput"].is_object());
    assert_ne!(begin(&run.project, "x")["run"], run.facts["run"]);
}
