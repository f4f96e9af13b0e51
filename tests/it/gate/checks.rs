//! The checks of a gate: several at a time, retries, the breaker, the cache, coverage, requirements.

use serde_json::Value;

use super::{Project, text};

/// Runs a gate; returns the receipt, the exit code and what was shown.
fn run(project: &Project, args: &[&str]) -> (Value, i32, String) {
    let mut all = vec!["run"];
    all.extend(args);
    let output = project.command(&project.root, &all).arg("--json").output().unwrap();
    let receipt = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr))
    });
    (receipt, output.status.code().unwrap(), text(&output.stderr))
}

fn check<'r>(receipt: &'r Value, name: &str) -> &'r Value {
    let mut checks = receipt["checks"].as_array().unwrap().iter();
    checks.find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {receipt:#}"))
}

/// A gate of its own, `x`, with these checks.
fn with(checks: &str) -> Project {
    let project = Project::empty();
    project.write(".gitignore", "out/\n");
    project.write(
        "portcullis.yaml",
        &format!("retry: {{wait_ms: 1}}\ngates:\n  x:\n    checks:\n{checks}"),
    );
    project.commit("start");
    project
}

#[test]
fn a_gate_passes_when_its_required_checks_do_and_says_what_is_missing() {
    let project = with(
        "      one: {shell: 'echo fine'}\n      two: {shell: 'exit 3', required: false}\n      three: {required: false}\n",
    );
    let (receipt, code, _) = run(&project, &["x"]);
    assert_eq!((receipt["status"].as_str(), code), (Some("failed"), 1), "a failed check fails it");
    assert_eq!(check(&receipt, "one")["status"], "passed");
    assert_eq!(check(&receipt, "two")["exit_code"], 3);
    assert_eq!(check(&receipt, "three")["status"], "not_available");

    let project = with("      one: {shell: 'true'}\n      three: {required: false}\n");
    let (receipt, code, _) = run(&project, &["x"]);
    assert_eq!((receipt["status"].as_str(), code), (Some("passed"), 0));
    assert!(
        receipt["reason"].as_str().unwrap().contains("not available: three")
            || receipt["checks"].as_array().unwrap().len() == 2
    );

    let project = with("      one: {shell: 'true'}\n      three: {required: true}\n");
    let (receipt, code, _) = run(&project, &["x"]);
    assert_eq!((receipt["status"].as_str(), code), (Some("not_run"), 3), "{receipt:#}");
    assert!(receipt["reason"].as_str().unwrap().contains("three"), "{receipt:#}");
}

#[test]
fn checks_run_at_the_same_time() {
    // Each waits for the other: one after the other, neither would end.
    let project = with(
        "      one: {shell: 'cat out/a', timeout: 60}\n      two: {shell: 'echo x > out/a', timeout: 60}\n",
    );
    std::fs::create_dir(project.root.join("out")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(project.root.join("out/a"))
            .status()
            .unwrap()
            .success()
    );
    let cores = std::thread::available_parallelism().unwrap().get();
    assert!(cores > 1, "this test needs two cores, as the runner uses one thread a core");
    let (receipt, ..) = run(&project, &["x"]);
    assert_eq!(receipt["status"], "passed", "{receipt:#}");
}

#[test]
fn the_first_failure_stops_the_rest_when_asked() {
    let project =
        with("      one: {shell: 'sleep 1000', timeout: 900}\n      two: {shell: 'exit 1'}\n");
    let (receipt, ..) = run(&project, &["x", "--fail-fast"]);
    assert_eq!(receipt["status"], "failed");
    assert_eq!(check(&receipt, "one")["status"], "stopped", "{receipt:#}");
}

#[test]
fn only_network_checks_are_tried_again_and_the_breaker_is_in_the_receipt() {
    // An npm of our own that cannot reach its server the first times.
    let project = Project::empty();
    project.write("package.json", "{}");
    project.write("package-lock.json", "{}");
    project.write(".gitignore", "out/\nnode_modules/\n");
    project
        .write("portcullis.yaml", "retry: {wait_ms: 1, attempts: 3, breaker: 2, pause_s: 3600}\n");
    project.commit("start");
    let npm = project.root.join("node_modules/.bin/npm");
    std::fs::create_dir_all(npm.parent().unwrap()).unwrap();
    let script = |body: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&npm, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    std::fs::create_dir(project.root.join("out")).unwrap();
    script(
        "echo x >> out/calls; [ $(wc -l < out/calls) -ge 3 ] || { echo ENOTFOUND; exit 1; }; echo found 0 vulnerabilities",
    );
    let audit = |receipt: &Value| check(receipt, "audit").clone();
    let (receipt, ..) = run(&project, &["security"]);
    let found = audit(&receipt);
    assert_eq!(
        (found["status"].as_str(), found["attempts"].as_u64(), found["breaker"].as_str()),
        (Some("passed"), Some(3), Some("closed")),
        "{found:#}"
    );

    // A finding is no network failure: one run.
    script("echo 'high severity'; exit 1");
    let (receipt, ..) = run(&project, &["security"]);
    let found = audit(&receipt);
    assert_eq!(
        (found["status"].as_str(), found["attempts"].as_u64()),
        (Some("failed"), Some(1)),
        "{found:#}"
    );

    script("echo ENOTFOUND; exit 1");
    for breaker in ["closed", "closed"] {
        let found = audit(&run(&project, &["security"]).0);
        assert_eq!(
            (found["status"].as_str(), found["attempts"].as_u64(), found["breaker"].as_str()),
            (Some("not_run"), Some(3), Some(breaker)),
            "{found:#}"
        );
    }
    let found = audit(&run(&project, &["security"]).0);
    assert_eq!(
        (found["status"].as_str(), found["attempts"].as_u64(), found["breaker"].as_str()),
        (Some("not_run"), Some(0), Some("open")),
        "{found:#}"
    );
    // Half open: one call, and its success closes it.
    let policy = "retry: {wait_ms: 1, attempts: 3, breaker: 2, pause_s: 0}\n";
    project.write("portcullis.yaml", policy);
    let found = audit(&run(&project, &["security"]).0);
    assert_eq!(
        (found["attempts"].as_u64(), found["breaker"].as_str()),
        (Some(1), Some("half_open")),
        "{found:#}"
    );
    script("echo found 0 vulnerabilities");
    assert_eq!(audit(&run(&project, &["security"]).0)["status"], "passed");
    assert_eq!(audit(&run(&project, &["security"]).0)["breaker"], "closed");
}

#[test]
fn a_result_is_taken_again_only_for_the_same_tree_and_command() {
    let project = with("      one: {shell: 'echo x >> out/calls'}\n");
    std::fs::create_dir(project.root.join("out")).unwrap();
    let calls = || std::fs::read_to_string(project.root.join("out/calls")).unwrap().lines().count();
    let first = run(&project, &["x"]).0;
    let (second, ..) = run(&project, &["x", "--cached"]);
    assert_eq!((calls(), &check(&second, "one")["cached"]), (1, &first["id"]));
    assert_eq!(second["status"], "passed");
    run(&project, &["x"]);
    assert_eq!(calls(), 2, "without the option it runs");
    project.write("new", "x");
    run(&project, &["x", "--cached"]);
    assert_eq!(calls(), 3, "another tree");
}

#[test]
fn coverage_is_read_from_what_the_run_left_on_all_and_on_changed_lines() {
    let project = Project::empty();
    project.write(".gitignore", "out/\n");
    project.write("src/a.py", "one\ntwo\nthree\nfour\nfive\n");
    let lcov = |hits: &str| {
        let lines: String =
            hits.chars().zip(1..).map(|(hit, line)| format!("DA:{line},{hit}\\n")).collect();
        project.write("portcullis.yaml", &format!(
            "gates:\n  test:\n    command: [sh, -c, \"mkdir -p coverage; printf 'SF:src/a.py\\\\n{}end_of_record\\\\n' > coverage/lcov.info; echo 1 passed, 0 failed\"]\n",
            lines.replace("\\n", "\\\\n")
        ));
        project.write(".gitignore", "coverage/\n");
    };
    lcov("11111");
    project.commit("start");
    let (receipt, ..) = run(&project, &["test"]);
    assert_eq!(check(&receipt, "coverage")["status"], "passed", "{receipt:#}");
    assert_eq!(check(&receipt, "coverage")["coverage"]["lines"], 100.0);
    lcov("11100");
    let (receipt, code, _) = run(&project, &["test"]);
    assert_eq!((code, receipt["status"].as_str()), (1, Some("failed")));
    assert!(receipt["reason"].as_str().unwrap().contains("60 % of all lines"), "{receipt:#}");

    // 9 of 10 lines are enough, but the changed one is not reached.
    project.write("src/a.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    lcov("1111111110");
    project.commit("ten");
    project.write("src/a.py", "1\n2\n3\n4\n5\n6\n7\n8\n9\nchanged\n");
    let (receipt, ..) = run(&project, &["test"]);
    let found = check(&receipt, "coverage");
    assert_eq!(
        (
            found["status"].as_str(),
            found["coverage"]["changed"].as_f64(),
            found["coverage"]["changed_lines"].as_u64()
        ),
        (Some("failed"), Some(0.0), Some(1)),
        "{found:#}"
    );

    // What an earlier run left says nothing of this one.
    project.gate("echo 1 passed, 0 failed", "");
    let (receipt, ..) = run(&project, &["test"]);
    assert_eq!(
        (receipt["status"].as_str(), check(&receipt, "coverage")["status"].as_str()),
        (Some("passed"), Some("not_available"))
    );
}

#[test]
fn tests_are_counted_from_junit_xml_when_the_output_says_nothing() {
    let project = Project::empty();
    project.write(".gitignore", "junit.xml\n");
    project.gate("printf '<testsuite><testcase name=\"a\"/><testcase name=\"b\"><skipped/></testcase></testsuite>' > junit.xml", "");
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"], serde_json::json!({"passed": 1, "failed": 0, "skipped": 1}));
    project.gate("printf '<testsuite><testcase><failure/></testcase></testsuite>' > junit.xml", "");
    project.run_expecting("failed", 1);
    // The file is there, but not of this run.
    project.gate("true", "");
    project.run_expecting("not_run", 3);
}

#[test]
fn a_gate_waits_for_those_it_requires_on_the_same_tree() {
    let project = with(
        "      one: {shell: 'true'}\n    requires: [y]\n  y:\n    command: [sh, -c, 'true']\n    counts: exit-code\n",
    );
    let (receipt, code, _) = run(&project, &["x"]);
    assert_eq!((receipt["status"].as_str(), code), (Some("not_run"), 3));
    assert!(receipt["reason"].as_str().unwrap().contains("portcullis gate run y"), "{receipt:#}");
    assert_eq!(receipt["checks"], serde_json::json!([]), "nothing was run");
    run(&project, &["y"]);
    assert_eq!(run(&project, &["x"]).0["status"], "passed");
    project.write("new", "x");
    assert_eq!(run(&project, &["x"]).0["status"], "not_run");
}

#[test]
fn verify_believes_no_receipt() {
    let project = Project::new();
    let verify = |args: &[&str]| {
        let mut all = vec!["verify", "--json"];
        all.extend(args);
        let output = project.portcullis(&all);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), answer["gates"][0].clone())
    };
    assert_eq!(verify(&[]).0, 1, "not run");
    let (code, row) = verify(&["--rerun"]);
    assert_eq!((code, row["verified"].as_bool()), (0, Some(true)), "{row:#}");
    assert_eq!(verify(&[]).0, 0);
    let (_, row) = verify(&["--rerun"]);
    assert!(row["reason"].as_str().unwrap().contains("said the same"), "{row:#}");
    // A receipt that was true when it was written, and is not now.
    project.gate("[ ! -e ignored/fails ] && echo '2 passed, 0 failed'", "");
    assert_eq!(verify(&["--rerun"]).0, 0);
    project.write("ignored/fails", "");
    let (code, row) = verify(&["--rerun"]);
    assert_eq!((code, row["agrees"].as_bool()), (1, Some(false)), "{row:#}");
}

#[test]
fn plan_says_what_will_run_and_what_is_not_available() {
    let project = Project::empty();
    project.write("Cargo.toml", "");
    let output = project.portcullis(&["plan", "implementation"]);
    let said = text(&output.stdout);
    assert!(said.contains("format (rust): `cargo fmt --all --check` (Cargo.toml)"), "{said}");
    let output = project.portcullis(&["plan", "security", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = answer["gates"][0]["checks"].as_array().unwrap();
    let secrets = checks.iter().find(|check| check["check"] == "secrets").unwrap();
    assert!(secrets["available"] == true && secrets["required"] == true, "{secrets:#}");
    let project = Project::empty();
    let output = project.portcullis(&["plan", "test"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("NOT AVAILABLE"), "{}", text(&output.stdout));
}

/// The gate `x` with a check that is switched on, and what the policy says of the web.
fn web(check: &str, web: &str) -> Project {
    let project = Project::empty();
    project.write(
        "portcullis.yaml",
        &format!("gates:\n  x:\n    checks: {{{check}: {{}}}}\nweb: {web}\n"),
    );
    project.write(".gitignore", "dist/\nout/\nnode_modules/\n");
    project.write("dist/js/a.js", &"a".repeat(1000));
    project.write("dist/js/b.js", &"b".repeat(500));
    project.write("dist/page.html", "x");
    project.commit("start");
    project
}

/// A Lighthouse of our own; the real one is in tests/tools.
fn lighthouse(project: &Project, script: &str) {
    let tool = project.root.join("node_modules/.bin/lighthouse");
    std::fs::create_dir_all(tool.parent().unwrap()).unwrap();
    std::fs::write(&tool, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn what_is_shipped_is_held_to_its_bytes() {
    for (web_says, status, said) in [
        ("{bundle: [{files: ['dist/**/*.js'], bytes: 1500}]}", "passed", "1500 bytes in 2 files"),
        ("{bundle: [{files: ['dist/**/*.js'], bytes: 1499}]}", "failed", "at most 1499"),
        ("{bundle: [{files: [dist/], bytes: 1501}]}", "passed", "1501 bytes in 3 files"),
        ("{bundle: [{files: ['*.js'], gzip: 200, bytes: 9999}]}", "passed", "by gzip"),
        ("{bundle: [{files: ['*.js'], gzip: 20}]}", "failed", "bytes by gzip in 2 files"),
        ("{bundle: [{files: ['*.css'], bytes: 1}]}", "not_run", "build first"),
        ("{}", "not_run", "web.bundle names no files"),
    ] {
        let project = web("bundle-size", web_says);
        let (receipt, ..) = run(&project, &["x"]);
        let found = check(&receipt, "bundle-size");
        assert_eq!(found["status"], status, "{web_says}: {receipt:#}");
        let reason = found["reason"].as_str().unwrap();
        assert!(reason.contains(said), "{web_says}: {reason}");
    }
}

#[test]
fn pages_without_an_address_a_tool_or_a_server_are_not_passed() {
    let none = web("accessibility", "{}");
    let (receipt, ..) = run(&none, &["x"]);
    assert_eq!(receipt["status"], "not_run");
    assert!(receipt["reason"].as_str().unwrap().contains("web.pages"), "{receipt:#}");

    let project = web(
        "lighthouse",
        "{serve: [sh, -c, 'exec 3> dist/held; echo port taken; exit 3'], pages: [a, b]}",
    );
    let made = std::process::Command::new("mkfifo").arg(project.root.join("dist/held")).status();
    assert!(made.unwrap().success());
    // The first page is looked at until the server is gone.
    lighthouse(&project, "mkdir dist/seen 2>/dev/null || exit 0; cat dist/held");
    let (receipt, ..) = run(&project, &["x"]);
    assert_eq!(receipt["checks"].as_array().unwrap().len(), 2, "one for each page: {receipt:#}");
    let reason = receipt["reason"].as_str().unwrap();
    assert!(reason.contains("did not stay") && reason.contains("port taken"), "{reason}");
    assert_eq!(receipt["status"], "error");
}

#[test]
fn the_server_ends_with_the_run_and_budgets_are_part_of_the_receipt() {
    let project = web("lighthouse", "{}");
    let fifo = project.fifo("server");
    let policy = |budget: u32| {
        project.write(
            "portcullis.yaml",
            &format!(
                "gates: {{x: {{checks: {{lighthouse: {{}}}}}}}}\nweb:\n  serve: [sh, -c, \"exec 3> '{}'; sleep 1000\"]\n  pages: [a]\n  lighthouse: {{seo: {budget}}}\n",
                fifo.display()
            ),
        );
    };
    lighthouse(
        &project,
        "for a; do case $a in --output-path=*) cat dist/report.json > \"${a#*=}\";; esac; done",
    );
    project.write("dist/report.json", r#"{"categories": {"seo": {"score": 0.5}}, "audits": {}}"#);
    for (budget, status) in [(50, "passed"), (51, "failed")] {
        policy(budget);
        let child = project
            .command(&project.root, &["run", "x", "--json"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Ends when the server, which holds the other end, is gone.
        let mut rest = Vec::new();
        let mut held = std::fs::File::open(&fifo).unwrap();
        std::io::Read::read_to_end(&mut held, &mut rest).unwrap();
        let receipt: Value =
            serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(receipt["status"], status, "{receipt:#}");
    }
    policy(50);
    assert_eq!(project.gate_status("x")["standing"], "passed");
    let plan = text(&project.portcullis(&["plan", "x"]).stdout);
    assert!(plan.contains("lighthouse a"), "{plan}");
    policy(52);
    assert_eq!(project.gate_status("x")["standing"], "stale");
}
