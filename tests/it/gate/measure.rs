//! `gate measure` with real processes. Work is counted in loop rounds; only ratios are judged.

use serde_json::Value;

use super::{Project, text};

fn measure(project: &Project, args: &[&str]) -> (Value, i32) {
    let mut all = vec!["measure", "--json", "--runs", "3", "--base", "HEAD"];
    all.extend(args);
    let output = project.portcullis(&all);
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    (answer["measured"].clone(), output.status.code().unwrap())
}

fn work(rounds: u32) -> String {
    format!("i=0\nwhile [ $i -lt {rounds} ]; do i=$((i + 1)); done\n")
}

const BENCH: &[&str] = &["--", "sh", "work.sh"];

fn committed(rounds: u32) -> Project {
    let project = Project::empty();
    project.write("work.sh", &work(rounds));
    project.commit("before");
    project
}

#[test]
fn less_work_is_better_and_more_is_worse() {
    let project = committed(60_000);
    project.write("work.sh", &work(1));
    let (measured, code) = measure(&project, BENCH);
    assert_eq!((measured["verdict"].as_str(), code), (Some("better"), 0), "{measured:#}");
    assert_eq!(measured["before"]["runs_ms"].as_array().unwrap().len(), 3);
    let kept = measured["kept"].as_str().unwrap().to_owned();
    assert_eq!(project.git(&["show", &format!("{kept}:work.sh")]), work(1).trim_end());
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1, "nothing is left");
    assert_eq!(project.git(&["status", "--porcelain"]), " M work.sh");

    // The way back that the workflow takes: the tree of before, from the two kept trees.
    project.write("new.txt", "new\n");
    let (measured, _) = measure(&project, BENCH);
    let from = measured["kept"].as_str().unwrap();
    let script = format!("git diff --binary {from} HEAD | git apply");
    let mut shell = std::process::Command::new("sh");
    project.environment(&mut shell);
    assert!(shell.args(["-c", &script]).current_dir(&project.root).status().unwrap().success());
    assert_eq!(project.git(&["status", "--porcelain"]), "");

    project.write("work.sh", &work(400_000));
    let (measured, code) = measure(&project, BENCH);
    assert_eq!((measured["verdict"].as_str(), code), (Some("worse"), 1), "{measured:#}");
}

#[test]
fn a_side_that_fails_or_a_changed_tree_is_no_measurement() {
    let project = committed(1);
    let (measured, code) = measure(&project, &["--", "sh", "missing.sh"]);
    assert_eq!((measured["verdict"].as_str(), code), (Some("broken"), 3));
    assert!(measured["reason"].as_str().unwrap().starts_with("on the base:"), "{measured:#}");

    project.write("work.sh", "exit 4\n");
    let (measured, _) = measure(&project, BENCH);
    assert_eq!(measured["reason"], "on the tree: it ended with code 4");

    project.write("work.sh", "echo x >> grown.txt\n");
    let (measured, _) = measure(&project, BENCH);
    assert!(measured["reason"].as_str().unwrap().contains("changed files"), "{measured:#}");
}
