//! The baseline: what is known does not count, what is new does.

use std::fs;

use super::{error, line, rows, scan, token};
use crate::support::Project;

const FILE: &str = ".portcullis-baseline.json";

fn read(project: &Project) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(project.path().join(FILE)).unwrap()).unwrap()
}

#[test]
fn what_is_known_does_not_count_and_what_is_new_does() {
    let project = Project::new();
    let (old, new) = (token(80), token(81));
    project.write("a", &line(&old));
    scan(&project, &["baseline", "create"]).check(0, &[&old]);
    let run = scan(&project, &["--format", "json"]).check(0, &[&old]);
    assert_eq!(run.json()["counts"]["baseline"], 1);
    scan(&project, &["baseline", "create"]).check(2, &[]);
    let text = fs::read_to_string(project.path().join(FILE)).unwrap();
    assert!(!text.contains(&old[8..24]));
    let schema = portcullis::cmd::schema::all();
    let (_, schema) = schema.iter().find(|(name, _)| *name == "baseline").unwrap();
    jsonschema::validator_for(schema).unwrap().validate(&read(&project)).unwrap();

    // Moved in its file, and in another file: the same secret.
    project.write("a", &format!("top\n\n{}", line(&old)));
    project.write("b", &line(&new));
    let report = scan(&project, &["--format", "json"]).check(1, &[&old, &new]).json();
    assert_eq!(rows(&report), [error("b", 1)]);
    assert_eq!(
        rows(&scan(&project, &["--no-baseline", "--format", "json"]).check(1, &[]).json()).len(),
        2
    );

    // Another clone has only the file.
    project.commit("one");
    let clone = project.outside().join("clone");
    project.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let mut command = project.command(crate::support::PROGRAM);
    let output = command.current_dir(&clone).args(["scan", "--format", "json"]).output().unwrap();
    assert_eq!(rows(&super::Run::of(output).check(1, &[&old]).json()), [error("b", 1)]);
}

#[test]
fn update_adds_and_takes_out_and_keeps_verdicts() {
    let project = Project::new();
    let (one, two, three) = (token(82), token(83), token(84));
    project.write("a", &format!("{}{}", line(&one), line(&two)));
    scan(&project, &["baseline", "create"]).check(0, &[]);
    let print = read(&project)["entries"][0]["fingerprint"].as_str().unwrap().to_owned();
    scan(&project, &["baseline", "audit"]).check(1, &[&one]);
    scan(&project, &["baseline", "audit", "--set", &print[..10], "false"]).check(0, &[]);
    scan(&project, &["baseline", "audit", "--set", "zzz", "false"]).check(2, &[]);
    scan(&project, &["baseline", "audit", "--set", &print, "perhaps"]).check(2, &[]);
    let kept = read(&project)["entries"][0].clone();
    assert_eq!(kept["verdict"], "false");

    project.write("a", &format!("{}{}{}", line(&one), line(&two), line(&three)));
    let run = scan(&project, &["baseline", "update"]).check(0, &[&three]);
    assert!(run.out.contains("3 entries, 1 added, 0 taken out"), "{}", run.out);
    assert!(read(&project)["entries"].as_array().unwrap().contains(&kept));
    project.write("a", "nothing\n");
    let run = scan(&project, &["baseline", "audit"]).check(1, &[]);
    assert!(run.out.contains("gone"), "{}", run.out);
    let run = scan(&project, &["baseline", "update"]).check(0, &[]);
    assert!(run.out.contains("0 entries, 0 added, 3 taken out"), "{}", run.out);
    scan(&project, &["baseline", "audit"]).check(0, &[]);
}

#[test]
fn two_repositories_have_different_fingerprints_of_one_secret() {
    let token = token(85);
    let print = || {
        let project = Project::new();
        project.write("a", &line(&token));
        scan(&project, &["baseline", "create"]).check(0, &[&token]);
        read(&project)["entries"][0]["fingerprint"].clone()
    };
    assert_ne!(print(), print());
}

#[test]
fn a_private_key_stays_in_the_state_folder() {
    let project = Project::new();
    let token = token(86);
    project.write("a", &line(&token));
    scan(&project, &["baseline", "create", "--private"]).check(0, &[&token]);
    assert!(read(&project)["key"]["value"].is_null());
    scan(&project, &[]).check(0, &[&token]);
    fs::remove_file(project.path().join(".git/portcullis/fingerprint.key")).unwrap();
    let run = scan(&project, &[]).check(4, &[&token]);
    assert!(run.err.contains("kept apart and is not here"), "{}", run.err);
}

#[test]
fn a_baseline_that_is_no_baseline_is_told() {
    let project = Project::new();
    project.write("a", "text\n");
    for text in ["not json", "{\"v\": 2, \"key\": {\"id\": \"x\"}, \"entries\": []}"] {
        project.write(FILE, text);
        let run = scan(&project, &[]).check(4, &[]);
        assert!(run.err.contains("cannot be used"), "{}", run.err);
    }
    fs::remove_file(project.path().join(FILE)).unwrap();
    scan(&project, &["--baseline", "nowhere.json"]).check(70, &[]);
    scan(&project, &["baseline", "update"]).check(70, &[]);
}
