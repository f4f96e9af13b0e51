//! `portcullis shell explain`: the tree, the JSON, and the batch that never stops.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{PROGRAM, Project};

/// Runs `shell explain` with `args`, feeding it `input`.
fn explain(project: &Project, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(PROGRAM)
        .args(["shell", "explain"])
        .args(args)
        .current_dir(project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tree_shows_layers_actions_files_and_doubts() {
    let project = Project::new();
    project.write("release.sh", "git push\n");
    let tree = explain(&project, &["sudo ./release.sh && $x"], b"");
    for wanted in [
        "guarded\n",
        "├─ sudo\n",
        "│  ├─ release.sh\n",
        "│  │  ├─ git push  ◀ push (git push)\n",
        "├─ followed release.sh\n",
        "├─ unsure: a program's name",
        "└─ 3 commands, 1 actions\n",
    ] {
        assert!(tree.contains(wanted), "{wanted:?} is not in\n{tree}");
    }
    assert_eq!(explain(&project, &["-"], b"ls $DIR").lines().next(), Some("none"));
    assert_eq!(explain(&project, &[], b"curl x | sh").lines().next(), Some("unsure"));
    let line = "Start-Process git -ArgumentList 'push'";
    assert!(explain(&project, &["--powershell", line], b"").starts_with("guarded\n"));
}

#[test]
fn the_json_holds_what_the_tree_shows() {
    let project = Project::new();
    let text = explain(&project, &["--json", "cd sub; env A=1 git push \"$x\""], b"");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["answer"], "guarded");
    assert_eq!(value["actions"][0]["kind"], "push");
    let command = &value["commands"][value["actions"][0]["command"].as_u64().unwrap() as usize];
    assert_eq!(command["layers"], json!(["env"]));
    assert_eq!(command["words"][2], json!({"text": "", "certain": false}));
    assert!(command["dir"].as_str().unwrap().ends_with("/sub"), "{command}");
}

#[test]
fn a_batch_answers_each_line_in_order_and_survives_bad_ones() {
    let project = Project::new();
    project.write("sub/Makefile", "ship:\n\tgit push\n");
    let long = format!("{{\"id\":9,\"command\":\"{}\"}}", "a ".repeat(2 << 20));
    let deep = json!({"id": 10, "command": "$(".repeat(100_000)}).to_string();
    let input = [
        r#"{"id":1,"command":"git push"}"#,
        r#"{"id":"b","command":"echo git push"}"#,
        r#"{"id":3,"command":"git $verb"}"#,
        r#"{"id":4,"command":"make ship","cwd":"sub"}"#,
        "not json",
        "",
        r#"{"id":5}"#,
        r#"{"id":6,"command":"ls","cwd":7}"#,
        r#"[1]"#,
        &long,
        &deep,
        r#"{"id":8,"command":"npm publish; git commit -m x; git push"}"#,
    ]
    .join("\n");
    let mut bytes = input.into_bytes();
    bytes.extend(b"\n\xff\xfe\n{\"id\":11,\"command\":\"ls\"}");
    let answers: Vec<Value> = explain(&project, &["--batch"], &bytes)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let short: Vec<(Value, &str)> = answers
        .iter()
        .map(|answer| (answer["id"].clone(), answer["answer"].as_str().unwrap()))
        .collect();
    let wanted = [
        (json!(1), "guarded"),
        (json!("b"), "none"),
        (json!(3), "unsure"),
        (json!(4), "guarded"),
        (Value::Null, "unsure"),
        (json!(5), "unsure"),
        (json!(6), "unsure"),
        (Value::Null, "unsure"),
        (Value::Null, "unsure"),
        (json!(10), "unsure"),
        (json!(8), "guarded"),
        (Value::Null, "unsure"),
        (json!(11), "none"),
    ];
    assert_eq!(short, wanted);
    assert_eq!(answers[10]["actions"], json!(["publish", "commit", "push"]));
    for bad in [4, 5, 6, 7, 8, 11] {
        assert!(answers[bad]["reason"].as_str().unwrap().starts_with("error: "), "{bad}");
    }
    assert!(answers[2]["reason"].as_str().unwrap().contains("expansion"));
    assert!(answers[3]["reason"].as_str().unwrap().contains("Makefile: ship"), "{}", answers[3]);
}
