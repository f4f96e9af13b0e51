//! The forms of the answer: each says the place, none says the secret.

use serde_json::Value;

use super::{Run, line, scan, scan_stdin, token};
use crate::support::{PROGRAM, Project};

/// A project with three findings, one of them waived, one in a file with an awkward name.
fn project(token: &str) -> Project {
    let project = Project::new();
    project.write("src/a b,c%.py", &format!("x = 1\n{}", line(token)));
    // The token in the name of the file, too.
    project.write(&format!("{token}.txt"), &line(token));
    project.write("w.py", &format!("# portcullis:allow github-pat made up\n{}", line(token)));
    project
}

fn formatted(project: &Project, token: &str, format: &str) -> Run {
    scan(project, &["--format", format]).check(1, &[token])
}

#[test]
fn text() {
    let token = token(20);
    let project = project(&token);
    let run = formatted(&project, &token, "text");
    assert!(run.out.contains("src/a b,c%.py:2:10: error[github-pat]: "), "{}", run.out);
    assert!(run.out.contains("w.py:2:10: waived[github-pat]: "), "{}", run.out);
    assert!(run.out.contains("  fingerprint "), "{}", run.out);
    assert!(run.err.contains("3 files") && run.err.contains("2 found"), "{}", run.err);
    assert!(run.err.contains("1 waived"), "{}", run.err);
    // Not on a terminal: no bar.
    assert!(!run.err.contains('\r'));
}

#[test]
fn on_a_terminal_there_is_a_bar_and_it_goes_away() {
    let token = token(26);
    let project = project(&token);
    // util-linux's script gives the command a terminal.
    let run = project
        .command("script")
        .args(["-qec", &format!("{PROGRAM} scan --format json"), "/dev/null"])
        .output();
    let Ok(run) = run else {
        println!("SKIPPED: script (util-linux) is not here, so there is no terminal");
        return;
    };
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("scanning: "), "{said}");
    let end = said.rfind("scanning: ").unwrap();
    assert!(said[end..].contains("\r\x1b[K"), "it is taken off the line: {said}");
    assert!(!said.contains(&token));
}

#[test]
fn json_is_of_its_schema_and_the_same_each_time() {
    let token = token(21);
    let project = project(&token);
    let report = formatted(&project, &token, "json").json();
    let schema = portcullis::cmd::schema::all();
    let (_, schema) = schema.iter().find(|(name, _)| *name == "scan-report").unwrap();
    jsonschema::validator_for(schema).unwrap().validate(&report).unwrap();
    assert_eq!(report["v"], 1);
    assert_eq!(report["complete"], true);
    assert_eq!(report["counts"]["errors"], 2);
    let again = formatted(&project, &token, "json").json();
    assert_eq!(again["entries"], report["entries"]);
    let prints: Vec<&Value> =
        report["entries"].as_array().unwrap().iter().map(|row| &row["fingerprint"]).collect();
    assert!(prints.iter().all(|print| *print == prints[0]), "one secret, one fingerprint");
}

#[test]
fn sarif_has_what_the_standard_asks_for() {
    let token = token(22);
    let project = project(&token);
    project.write("broken.gz", "\u{1f}");
    std::fs::write(project.path().join("broken.gz"), b"\x1f\x8b\x08broken").unwrap();
    let log = formatted(&project, &token, "sarif").json();
    let schema: Value =
        serde_json::from_str(include_str!("../data/sarif-subset.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap().validate(&log).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["portcullisKeyed/v1"].is_string());
    }
    let suppressed: Vec<_> = results.iter().filter(|one| !one["suppressions"].is_null()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn github_annotations_escape_what_their_form_uses() {
    let token = token(23);
    let run = formatted(&project(&token), &token, "github");
    assert!(
        run.out.contains(
            "::error file=src/a b%2Cc%25.py,line=2,endLine=2,col=10,endColumn=50,title=github-pat::"
        ),
        "{}",
        run.out
    );
    assert_eq!(run.out.lines().count(), 2, "a waived one is no annotation: {}", run.out);
    assert!(run.out.lines().all(|line| line.starts_with("::")));
}

#[test]
fn gitlab_has_the_fields_of_its_report() {
    let token = token(24);
    let report = formatted(&project(&token), &token, "gitlab").json();
    assert_eq!(report["scan"]["type"], "secret_detection");
    assert_eq!(report["scan"]["status"], "success");
    for tool in ["analyzer", "scanner"] {
        for field in ["id", "name", "version"] {
            assert!(report["scan"][tool][field].is_string(), "{tool}.{field}");
        }
        assert!(report["scan"][tool]["vendor"]["name"].is_string());
    }
    for field in ["start_time", "end_time"] {
        assert_eq!(report["scan"][field].as_str().unwrap().len(), "2026-01-01T00:00:00".len());
    }
    let rows = report["vulnerabilities"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0]["id"], rows[1]["id"]);
    for row in rows {
        assert_eq!(row["id"].as_str().unwrap().len(), 36);
        assert_eq!(row["category"], "secret_detection");
        assert_eq!(row["identifiers"][0]["value"], "github-pat");
        assert!(row["location"]["commit"]["sha"].is_string());
        assert!(row["location"]["start_line"].is_u64());
        assert!(matches!(row["severity"].as_str(), Some("Critical" | "High" | "Medium" | "Low")));
    }
}

#[test]
fn no_form_says_a_secret_of_a_history_or_of_its_author() {
    let token = token(25);
    let project = Project::new();
    project.write("a", &line(&token));
    project.git(&["add", "-A"]);
    let author = format!("--author={token} <{token}@example.invalid>");
    project.git(&["commit", "-q", "-m", "one", &author]);
    for format in ["text", "json", "sarif", "github", "gitlab"] {
        let run = scan(&project, &["--history", "--format", format]).check(1, &[&token]);
        assert!(run.out.contains("[redacted:github-pat]"), "{}", run.out);
    }
}

#[test]
fn explained_are_the_matches_that_are_none() {
    let project = Project::new();
    let wrong = portcullis::secrets::template::expand("ghp_{A:30}{!crc32-base62}", 1).unwrap().text;
    let example = format!("ghp_{}", "EXAMPLE".repeat(6).split_at(36).0);
    let input = format!("{}{}", line(&wrong), line(&example));
    let quiet = scan_stdin(&project, &["-", "--format", "json"], input.as_bytes());
    let told = scan_stdin(&project, &["-", "--explain", "--format", "json"], input.as_bytes());
    let engine = |run: &Run| {
        let rows = run.json()["entries"].as_array().unwrap().clone();
        rows.into_iter().filter(|row| row["suppressed"]["by"] == "engine").collect::<Vec<_>>()
    };
    assert!(engine(&quiet).is_empty());
    let reasons = engine(&told);
    assert!(
        reasons
            .iter()
            .any(|row| row["suppressed"]["reason"].as_str().unwrap().starts_with("placeholder")),
        "{reasons:?}"
    );
    assert!(!told.out.contains(&wrong) && !told.out.contains(&example));
}

#[test]
fn the_rules_are_listed() {
    let run = scan(&Project::new(), &["--list-rules"]).check(0, &[]);
    assert_eq!(run.out.lines().count(), portcullis::secrets::rules().len());
    assert!(run.out.contains("github-pat"));
}
