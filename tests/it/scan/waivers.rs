//! Waivers: comments and rows of the policy, with a reason and an end.

use super::{error, line, rows, scan, token, warning};
use crate::support::Project;

const POLICY: &str = "portcullis.yaml";

fn messages(report: &serde_json::Value) -> Vec<&str> {
    let rows = report["entries"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["rule"] == "waiver")
        .map(|row| row["message"].as_str().unwrap())
        .collect()
}

#[test]
fn a_comment_allows_one_rule_on_its_line_or_the_next() {
    let project = Project::new();
    let token = token(60);
    let token_line = line(&token);
    let bare = token_line.trim_end();
    project
        .write("above", &format!("# portcullis:allow github-pat from a manual\n{bare}\n{bare}\n"));
    project.write("beside", &format!("{bare} # portcullis:allow github-pat why\n{bare}\n"));
    project.write("other", &format!("{bare} # portcullis:allow slack-bot why\n"));
    project.write("mute", &format!("{bare} # portcullis:allow github-pat\n"));
    let report = scan(&project, &["--format", "json"]).check(1, &[&token]).json();
    let errors: Vec<_> = rows(&report).into_iter().filter(|row| row.2 == "error").collect();
    assert_eq!(
        errors,
        [error("above", 3), error("beside", 2), error("mute", 1), error("other", 1)]
    );
    let told = messages(&report);
    assert!(told.iter().any(|text| text.contains("gives no reason")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("slack-bot")), "{told:?}");
}

#[test]
fn a_comment_that_nothing_needs_is_told() {
    let project = Project::new();
    project.write("a", "x = 1 # portcullis:allow github-pat it was here\n");
    project.write("docs.md", "Write `portcullis:allow RULE reason` behind it.\n");
    let report = scan(&project, &["--format", "json"]).check(0, &[]).json();
    assert_eq!(rows(&report), [warning("a", 1)]);
    assert!(messages(&report)[0].contains("not needed"));
}

#[test]
fn the_policy_waives_a_path_or_a_rule_until_a_day() {
    let project = Project::new();
    let token = token(61);
    for path in ["tests/deep/a", "src/b"] {
        project.write(path, &line(&token));
    }
    let policy = |rows: &str| project.write(POLICY, &format!("secrets:\n  waivers:\n{rows}"));
    let found = |code| scan(&project, &["--format", "json"]).check(code, &[&token]).json();

    policy("  - {rule: github-pat, path: tests/, reason: made up, expires: 2999-12-31}\n");
    assert_eq!(rows(&found(1)), [error("src/b", 1)]);
    policy("  - {rule: github-pat, reason: made up, expires: 2999-12-31}\n");
    assert!(rows(&found(0)).is_empty());
    policy("  - {path: '*', reason: made up, expires: 2020-01-01}\n");
    let report = found(1);
    assert_eq!(rows(&report).iter().filter(|row| row.2 == "error").count(), 2);
    assert!(messages(&report)[0].contains("secrets.waivers[0] expired on 2020-01-01"));
    policy("  - {rule: npm-token, path: elsewhere, reason: left over, expires: 2999-12-31}\n");
    assert!(messages(&found(1))[0].contains("is not needed"));
    // Of a part nothing can be said.
    let part = scan(&project, &["src", "--format", "json"]).check(1, &[&token]).json();
    assert!(messages(&part).is_empty());
}

#[test]
fn what_could_not_be_looked_at_can_be_waived_too() {
    let project = Project::new();
    std::fs::write(project.path().join("fixture.gz"), b"\x1f\x8b\x08broken").unwrap();
    scan(&project, &[]).check(5, &[]);
    project.write(
        POLICY,
        "secrets:\n  waivers:\n  - {rule: incomplete, path: '*.gz', reason: broken on purpose, expires: 2999-12-31}\n",
    );
    scan(&project, &[]).check(0, &[]);
}

#[test]
fn a_wrong_waiver_is_an_error_of_the_policy() {
    let project = Project::new();
    for (row, words) in [
        ("{rule: a, reason: b, expires: soon}", "secrets.waivers[0].expires: \"soon\" is no date"),
        ("{rule: a, reason: ' ', expires: 2999-01-01}", "secrets.waivers[0].reason: is empty"),
        ("{reason: b, expires: 2999-01-01}", "secrets.waivers[0].rule: is missing"),
        ("{rule: a, reason: b}", "expires"),
    ] {
        project.write(POLICY, &format!("secrets:\n  waivers:\n  - {row}\n"));
        let run = scan(&project, &[]).check(4, &[]);
        assert!(run.err.contains(words), "{}", run.err);
    }
}
