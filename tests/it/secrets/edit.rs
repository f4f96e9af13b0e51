//! Edits in their files, and waivers on the way of a tool call.

use serde_json::{Value, json};

use super::hook::Project;
use super::sample;

/// A file of the project.
fn file(project: &Project, text: &str) -> String {
    let path = project.folder().join("src/a.py");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn edit(path: &str, old: &str, new: &str) -> Value {
    json!({"file_path": path, "old_string": old, "new_string": new})
}

fn decision(reply: &Value) -> &str {
    reply["hookSpecificOutput"]["permissionDecision"].as_str().unwrap_or_default()
}

#[test]
fn the_lines_around_an_edit_give_its_value_a_name() {
    let project = Project::new();
    let value = sample("{A:40}", 5).text;
    let path = file(&project, "first = 1\napi_key = 'CHANGE_ME'\nlast = 2\n");
    let reply = project.tool("Edit", edit(&path, "CHANGE_ME", &value)).expect("a line");
    let text = reply["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(
        text.contains("generic-key") && text.contains("new_string, line 1, column 1"),
        "{text}"
    );
    // The same text without its file has no name.
    assert_eq!(project.tool("Edit", edit("/nowhere/a.py", "CHANGE_ME", &value)), None);
}

#[test]
fn half_a_token_beside_the_other_half_is_one() {
    let project = Project::new();
    let (head, tail) = project.token.split_at(20);
    let path = file(&project, &format!("t = '{head}REST'\n"));
    let reason = project.refused("Edit", edit(&path, "REST", tail));
    assert!(reason.contains("[github-pat]") && reason.contains("line 1, column 1"), "{reason}");
}

#[test]
fn what_stands_around_an_edit_is_not_judged() {
    let project = Project::new();
    let path = file(&project, &format!("t = '{}'\nx = 1\n", project.token));
    assert_eq!(project.tool("Edit", edit(&path, "x = 1", "x = 2")), None);
    // Elsewhere in the file it stood already: told, and not refused.
    let copy = format!("x = '{}'", project.token);
    let reply = project.tool("Edit", edit(&path, "x = 1", &copy)).expect("a notice");
    assert_eq!(decision(&reply), "");
    assert!(reply["systemMessage"].as_str().unwrap().contains("holds already"), "{reply}");
}

#[test]
fn a_comment_that_stood_there_lets_a_secret_pass_and_the_user_is_told() {
    let project = Project::new();
    let comment = "# portcullis:allow github-pat made up for the tests";
    let path = file(&project, &format!("{comment}\nt = ''\nu = ''\n"));
    let with = |name: &str| format!("{name} = '{}'", project.token);
    let reply = project.tool("Edit", edit(&path, "t = ''", &with("t"))).expect("a notice");
    assert_eq!(decision(&reply), "", "{reply}");
    let text = reply["systemMessage"].as_str().unwrap();
    assert!(text.contains("waived by a comment") && text.contains("made up"), "{text}");
    // It holds for the next line only.
    project.refused("Edit", edit(&path, "u = ''", &with("u")));
    let whole = |second: &str| format!("{comment}\n{}\n{second}\n", with("t"));
    let write = |content: String| json!({"file_path": path, "content": content});
    let reply = project.tool("Write", write(whole("u = ''"))).expect("a notice");
    assert_eq!(decision(&reply), "", "{reply}");
    project.refused("Write", write(whole(&with("u"))));
}

#[test]
fn a_comment_that_the_same_call_brings_silences_no_refusal() {
    let project = Project::new();
    let line = format!("t = '{}' # portcullis:allow github-pat made up\n", project.token);
    let path = file(&project, "t = ''\n");
    project.refused("Write", json!({"file_path": path, "content": line}));
    project.refused("Edit", edit(&path, "t = ''\n", &line));
    project.refused("Write", json!({"file_path": "/nowhere/new.py", "content": line}));
    // One that stands elsewhere in the file is no licence for another.
    let path = file(&project, "# portcullis:allow github-pat made up\na = 1\nt = ''\n");
    project.refused("Edit", edit(&path, "t = ''\n", &line));
}

#[test]
fn a_comment_alone_is_put_to_the_user() {
    let project = Project::new();
    let path = file(&project, "t = ''\n");
    let comment = "# portcullis:allow github-pat made up\n";
    let command = format!("echo '{}' >> a.py", comment.trim());
    for (tool, input) in [
        ("Edit", edit(&path, "t = ''\n", &format!("{comment}t = ''\n"))),
        ("Write", json!({"file_path": path, "content": comment})),
        ("NotebookEdit", json!({"notebook_path": path, "new_source": comment})),
        ("Bash", json!({"command": command})),
    ] {
        let reply = project.tool(tool, input).expect("a question");
        assert_eq!(decision(&reply), "ask", "{tool}: {reply}");
    }
    // One of a rule that refuses nothing, one without a reason, and one that stood there are none.
    for text in ["# portcullis:allow generic-key why\n", "# portcullis:allow github-pat\n"] {
        assert_eq!(project.tool("Write", json!({"file_path": path, "content": text})), None);
    }
    let path = file(&project, &format!("{comment}t = ''\n"));
    let change = edit(&path, &format!("{comment}t = ''"), &format!("{comment}t = 'x'"));
    assert_eq!(project.tool("Edit", change), None);
}

#[test]
fn a_comment_of_the_call_silences_a_warning() {
    let project = Project::new();
    let value = sample("{A:40}", 5).text;
    let line = format!("api_key = '{value}'");
    let content = |end: &str| json!({"file_path": "/p/a.py", "content": format!("{line}{end}\n")});
    assert!(project.tool("Write", content("")).is_some());
    assert_eq!(project.tool("Write", content(" # portcullis:allow generic-key made up")), None);
}

#[test]
fn the_policy_waives_a_path_until_a_day_and_no_command() {
    let project = Project::new();
    let path = file(&project, "t = ''\n");
    let write = json!({"file_path": path, "content": format!("t = '{}'\n", project.token)});
    let policy = |row: &str| project.policy(&format!("secrets:\n  waivers:\n  - {row}\n"));
    policy("{rule: github-pat, path: src/, reason: made up, expires: 2999-12-31}");
    let reply = project.tool("Write", write.clone()).expect("a notice");
    assert_eq!(decision(&reply), "", "{reply}");
    let text = reply["systemMessage"].as_str().unwrap();
    assert!(text.contains("portcullis.yaml") && text.contains("2999-12-31"), "{text}");
    project.refused("Bash", json!({"command": format!("echo {}", project.token)}));
    for row in [
        "{rule: github-pat, path: src/, reason: made up, expires: 2020-01-01}",
        "{rule: npm-token, path: src/, reason: made up, expires: 2999-12-31}",
        "{rule: github-pat, path: tests/, reason: made up, expires: 2999-12-31}",
    ] {
        policy(row);
        project.refused("Write", write.clone());
    }
    let outside = json!({"file_path": "/elsewhere/src/a.py", "content": write["content"]});
    policy("{rule: github-pat, reason: made up, expires: 2999-12-31}");
    project.refused("Write", outside);
}
