//! Runs that pass, fail, hang, flood, write, wait and are killed.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};

use serde_json::Value;

use super::{Project, TEST, needs, sha256, text};

#[test]
fn another_command_or_setting_makes_a_pass_stale() {
    let project = Project::new();
    // Ignored, so that the tree stays the same and only the command differs.
    project.git(&["rm", "-q", "--cached", "portcullis.yaml"]);
    project.write(".gitignore", "ignored/\nportcullis.yaml\n");
    project.commit("policy is local");
    project.run_expecting("passed", 0);
    let tree = project.tree();
    for (script, more) in [
        ("echo '3 passed, 0 failed'", ""),
        ("echo '2 passed, 0 failed'", "    timeout: 5\n"),
        ("echo '2 passed, 0 failed'", "    counts: exit-code\n"),
    ] {
        project.gate(script, more);
        assert_eq!(project.tree(), tree);
        assert_eq!(project.standing(), "stale", "{script} {more}");
    }
    project.gate("echo '2 passed, 0 failed'", "");
    assert_eq!(project.standing(), "passed");
}

#[test]
fn the_newest_run_on_a_tree_decides() {
    let project = Project::new();
    let fails = project.root.join("ignored/fails");
    project.gate("if [ -e ignored/fails ]; then echo '1 passed, 1 failed'; exit 1; fi; echo '2 passed, 0 failed'", "");
    project.run_expecting("passed", 0);
    project.write("ignored/fails", "");
    project.run_expecting("failed", 1);
    assert_eq!(project.standing(), "failed");
    assert_eq!(project.portcullis(&["status"]).status.code(), Some(1));
    std::fs::remove_file(fails).unwrap();
    project.run_expecting("passed", 0);
    assert_eq!(project.standing(), "passed");
    assert_eq!(project.portcullis(&["status"]).status.code(), Some(0));
}

#[test]
fn no_test_is_not_run() {
    let project = Project::new();
    for (script, in_reason) in [
        ("echo '0 passed, 0 failed'", "found none"),
        ("echo '0 passed, 0 failed, 3 skipped'", "all 3 were skipped"),
        ("echo 'all good'", "counts: exit-code"),
        ("true", "counts: exit-code"),
        ("echo '=== no tests ran in 0.01s ==='; exit 5", "found none"),
    ] {
        project.gate(script, "");
        let receipt = project.run_expecting("not_run", 3);
        let reason = receipt["reason"].as_str().unwrap();
        assert!(reason.contains(in_reason), "{script}: {reason}");
        assert_eq!(project.standing(), "failed");
    }
    project.gate("echo 'all good'", "    counts: exit-code\n");
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"], Value::Null);
}

#[test]
fn failures_are_failures_whatever_the_exit_code_says() {
    let project = Project::new();
    for script in [
        "echo '3 passed, 1 failed'",
        "echo '3 passed, 0 failed'; exit 1",
        "echo '3 passed, 0 failed'; kill -9 $$",
        "exit 7",
        "exit 5",
    ] {
        project.gate(script, "");
        project.run_expecting("failed", 1);
    }
    project.gate("exit 1", "    counts: exit-code\n");
    project.run_expecting("failed", 1);
}

#[test]
fn a_missing_command_leaves_a_receipt_that_says_so() {
    let project = Project::new();
    project.write("portcullis.yaml", "gates: {test: {command: [no-such-program-here, x]}}\n");
    let receipt = project.run_expecting("error", 70);
    let reason = receipt["reason"].as_str().unwrap();
    assert!(reason.contains("no-such-program-here x") && reason.contains("gates.test.command"));
    assert_eq!(project.standing(), "failed");
}

#[test]
fn a_run_that_hangs_is_killed_with_all_it_started() {
    let project = Project::new();
    let fifo = project.fifo("background");
    let script = format!("sleep 1000 > '{}' & sleep 1000", fifo.display());
    project.gate(&script, "    timeout: 1\n");
    let run = project
        .command(&project.root, &["run", "test", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Ends when the last writer is gone: the background process is dead, not only its parent.
    let mut rest = Vec::new();
    File::open(&fifo).unwrap().read_to_end(&mut rest).unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(receipt["status"], "timed_out");
    assert!(receipt["reason"].as_str().unwrap().contains("gates.test.timeout"), "{receipt:#}");
}

#[test]
fn what_is_left_in_the_background_ends_with_the_run() {
    let project = Project::new();
    let fifo = project.fifo("background");
    project.gate(
        &format!("exec 3> '{}'; sleep 1000 & echo '1 passed, 0 failed'", fifo.display()),
        "    timeout: 600\n",
    );
    let run = project
        .command(&project.root, &["run", "test", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Ends when the background process, which holds the other end, is gone.
    let mut rest = Vec::new();
    File::open(&fifo).unwrap().read_to_end(&mut rest).unwrap();
    let output = run.wait_with_output().unwrap();
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(receipt["status"], "passed", "{receipt:#}");
    assert!(receipt["dur_ms"].as_u64().unwrap() < 600_000);
}

#[test]
fn a_process_that_leaves_the_group_and_keeps_the_pipe_does_not_hold_the_gate() {
    let project = Project::new();
    needs("python3");
    let fifo = project.fifo("daemon");
    project.write(
        "daemon.py",
        "import os, sys\n\
         ready, done = os.pipe()\n\
         if os.fork() == 0:\n\
         \x20   os.setsid()\n\
         \x20   os.write(done, b'x')\n\
         \x20   open(sys.argv[1]).read()\n\
         else:\n\
         \x20   os.read(ready, 1)\n\
         \x20   print('1 passed, 0 failed')\n",
    );
    project.gate(&format!("exec python3 daemon.py '{}'", fifo.display()), "    timeout: 600\n");
    project.run_expecting("passed", 0);
    // The daemon still waits for a writer, so it still held the pipe when the gate answered.
    drop(OpenOptions::new().write(true).open(&fifo).unwrap());
}

#[test]
fn a_flood_of_output_is_cut_and_the_summary_still_counts() {
    let project = Project::new();
    let line = "x".repeat(1000);
    project.gate(
        &format!("echo first; yes {line} | head -c 52428800; echo; echo '2 passed, 0 failed'; yes {line} | head -c 1048576"),
        "",
    );
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"]["passed"], 2);
    let log = project.log(&receipt);
    assert!(log.len() < 600 * 1024, "{}", log.len());
    assert!(log.starts_with("first\n"));
    assert!(log.contains("bytes are left out here"));
    assert_eq!(receipt["output_sha256"].as_str().unwrap(), sha256(log.as_bytes()));
}

#[test]
fn a_flood_without_an_end_is_killed_at_the_limit() {
    let project = Project::new();
    for flood in ["yes", "yes | tr -d '\\n'", "trap '' TERM INT HUP; yes"] {
        project.gate(flood, "    timeout: 1\n");
        let receipt = project.run_expecting("timed_out", 1);
        let log = project.log(&receipt);
        assert!(log.len() < 600 * 1024, "{flood}: {}", log.len());
    }
}

#[test]
fn a_run_that_writes_into_the_tree_proves_nothing() {
    let project = Project::new();
    project.gate("echo x >> src/lib.txt; echo x > 'new file'; echo '2 passed, 0 failed'", "");
    let receipt = project.run_expecting("changed", 1);
    assert_eq!(receipt["changed_paths"], serde_json::json!(["new file", "src/lib.txt"]));
    let reason = receipt["reason"].as_str().unwrap();
    assert!(reason.contains("new file, src/lib.txt") && reason.contains(".gitignore"), "{reason}");
    assert_ne!(project.standing(), "passed");
    project.git(&["reset", "-q", "--hard"]);
    project.git(&["clean", "-fdq"]);
    assert_ne!(project.standing(), "passed", "nor for the tree before");
}

/// Starts a run whose command waits on `fifo`, and returns when it does.
fn start_waiting(project: &Project) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut run = project
        .command(&project.root, &["run", "test"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(run.stderr.take().unwrap());
    (run, stderr)
}

fn read_until(stderr: &mut impl std::io::BufRead, wanted: &str) {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "ended without {wanted:?}: {all}");
        if line.contains(wanted) {
            return;
        }
        all += &line;
    }
}

#[test]
fn a_second_run_waits_for_the_first_and_says_so() {
    let project = Project::new();
    let fifo = project.fifo("go");
    project.gate(&format!("echo started; cat '{}'; echo '2 passed, 0 failed'", fifo.display()), "");
    let (first, mut first_says) = start_waiting(&project);
    read_until(&mut first_says, "started");
    let (second, mut second_says) = start_waiting(&project);
    read_until(&mut second_says, "waiting for it");
    assert_eq!(project.receipts(), "");
    drop(OpenOptions::new().write(true).open(&fifo).unwrap());
    let first = first.wait_with_output().unwrap();
    assert!(text(&first.stdout).contains("test gate: passed"), "{}", text(&first.stdout));
    read_until(&mut second_says, "started");
    drop(OpenOptions::new().write(true).open(&fifo).unwrap());
    let second = second.wait_with_output().unwrap();
    assert!(text(&second.stdout).contains("test gate: passed"), "{}", text(&second.stdout));
    assert_eq!(project.receipts().lines().count(), 2);
}

#[test]
fn two_gates_and_two_worktrees_run_at_the_same_time() {
    let project = Project::new();
    let (here, there) = (project.fifo("go-a project"), project.fifo("go-beside"));
    let fifo = project.folder.path().join("go");
    let waits = format!(
        "echo started; cat '{}'-\"$(basename \"$PWD\")\"; echo '2 passed, 0 failed'",
        fifo.display()
    );
    let gates = serde_json::json!({
        "test": {"command": ["sh", "-c", waits]},
        "other": {"shell": "echo '1 passed, 0 failed'"},
    });
    project.write("portcullis.yaml", &format!("gates: {gates}\n"));
    project.commit("policy");
    let (first, mut first_says) = start_waiting(&project);
    read_until(&mut first_says, "started");
    // Another gate here, and the same gate in another worktree, wait for nobody.
    assert_eq!(project.portcullis(&["run", "other"]).status.code(), Some(0));
    let beside = project.folder.path().join("beside");
    project.git(&["worktree", "add", "-q", "-b", "w", beside.to_str().unwrap()]);
    let mut second = project
        .command(&beside, &["run", "test"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    read_until(&mut BufReader::new(second.stderr.take().unwrap()), "started");
    for fifo in [here, there] {
        drop(OpenOptions::new().write(true).open(&fifo).unwrap());
    }
    for run in [first, second] {
        let output = run.wait_with_output().unwrap();
        assert!(text(&output.stdout).contains("passed"), "{}", text(&output.stdout));
    }
    assert_eq!(project.receipts().lines().count(), 3);
    assert_eq!(project.status()["notes"], serde_json::json!([]));
}

/// `script` gives the run a terminal for its standard error.
#[test]
fn a_terminal_shows_which_checks_are_still_going() {
    needs("script");
    let project = Project::new();
    let fifo = project.fifo("go");
    project.gate(&format!("cat '{}'; echo '2 passed, 0 failed'", fifo.display()), "");
    let line = format!("{} gate run test", env!("CARGO_BIN_EXE_portcullis"));
    let mut script = std::process::Command::new("script");
    project.environment(&mut script);
    let mut run = script
        .current_dir(&project.root)
        .args(["-q", "-e", "-c", &line, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = run.stdout.take().unwrap();
    let mut text = String::new();
    let mut more = |text: &mut String| {
        let mut bytes = [0; 256];
        let size = shown.read(&mut bytes).unwrap_or_default();
        *text += &String::from_utf8_lossy(&bytes[..size]);
        size > 0
    };
    while !text.contains("running: test ") {
        assert!(more(&mut text), "it ended first: {text}");
    }
    drop(OpenOptions::new().write(true).open(&fifo).unwrap());
    while more(&mut text) {}
    assert!(run.wait().unwrap().success(), "{text}");
    assert!(text.contains("\r\x1b[2K2 passed"), "the line is gone before the output: {text:?}");
}

#[test]
fn kill_9_leaves_no_receipt_and_the_next_run_works() {
    let project = Project::new();
    let fifo = project.fifo("go");
    project.gate(&format!("echo started; cat '{}'; echo '2 passed, 0 failed'", fifo.display()), "");
    let (mut run, mut says) = start_waiting(&project);
    read_until(&mut says, "started");
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(project.receipts(), "");
    assert_eq!(project.standing(), "not_run");
    // Lets the orphaned command end.
    drop(OpenOptions::new().write(true).open(&fifo).unwrap());
    project.gate("echo '2 passed, 0 failed'", "");
    project.run_expecting("passed", 0);
    let left = std::fs::read_dir(project.state().join("tmp")).unwrap().count();
    assert_eq!(left, 1, "what the killed run left is swept; the lock file stays");
}

/// `while-it-runs` is the check itself killing the gate; the others are places in the code.
#[test]
fn kill_9_at_each_step_leaves_no_receipt_or_a_whole_one() {
    let project = Project::new();
    let counting = "echo '2 passed, 0 failed'";
    project.gate(counting, "");
    project.run_expecting("passed", 0);
    let places = [
        "locked",
        "tree-taken",
        "while-it-runs",
        "checks-ended",
        "tree-taken-again",
        "ledger-locked",
        "output-kept",
        "half-written",
        "written",
    ];
    for (number, place) in places.iter().enumerate() {
        let script = match *place {
            "while-it-runs" => "kill -9 $PPID",
            _ => counting,
        };
        project.gate(script, "");
        project.write("src/lib.txt", &format!("{place}\n"));
        let before = project.receipts();
        let killed = project
            .command(&project.root, &["run", "test"])
            .env("PORTCULLIS_FAULT", place)
            .output()
            .unwrap();
        assert_eq!(killed.status.signal(), Some(9), "{place}: {}", text(&killed.stderr));
        // The receipts before are as they were, and nothing half is behind them but what is marked.
        let after = project.receipts();
        let added = after.strip_prefix(&before).unwrap();
        let status = project.status();
        let standing = status["gates"][TEST]["worktree"]["standing"].as_str().unwrap();
        let noted = status["notes"].to_string();
        match *place {
            "written" => {
                assert!(added.ends_with('\n') && added.lines().count() == 1, "{added}");
                assert_eq!(standing, "passed");
            }
            "half-written" => {
                assert!(!added.is_empty() && !added.contains('\n'), "{added}");
                assert_eq!(standing, "stale");
                assert!(noted.contains("torn"), "{noted}");
            }
            _ => {
                assert_eq!((added, standing), ("", "stale"), "{place}");
                assert!(!noted.contains("torn"), "{place}: {noted}");
            }
        }
        project.gate(counting, "");
        let run = project.portcullis(&["run", "test"]);
        assert_eq!(run.status.code(), Some(0), "{place}: {}", text(&run.stderr));
        assert!(!text(&run.stderr).contains("waiting"), "{place}: the lock went with the process");
        assert_eq!(project.standing(), "passed", "{place}");
        let left = std::fs::read_dir(project.state().join("tmp")).unwrap().count();
        assert_eq!(left, 1, "{place}: what it left is swept; the lock file stays");
        let trusted = project.receipts().lines().filter(|line| line.ends_with('}')).count();
        let wanted = 2 + number + usize::from(*place == "written");
        assert_eq!(trusted, wanted, "{place}");
    }
}

#[test]
fn ctrl_c_ends_the_command_too() {
    let project = Project::new();
    let fifo = project.fifo("held");
    project.gate(&format!("exec > '{}'; sleep 1000", fifo.display()), "");
    let (run, _says) = start_waiting(&project);
    let mut held = File::open(&fifo).unwrap();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(run.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let mut rest = Vec::new();
    held.read_to_end(&mut rest).unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert_eq!(project.receipts(), "");
}

#[test]
fn receipts_are_chained_and_only_untouched_ones_count() {
    let project = Project::new();
    let file = project.state().join("receipts.jsonl");
    for round in 0..3 {
        project.write("src/lib.txt", &format!("{round}\n"));
        project.run_expecting("passed", 0);
    }
    let text = project.receipts();
    let mut before = String::new();
    for line in text.lines() {
        let receipt: Value = serde_json::from_str(line).unwrap();
        assert_eq!(receipt["prev"].as_str().unwrap(), sha256(before.as_bytes()));
        before = line.to_owned();
    }
    assert_eq!(project.standing(), "passed");

    // A torn line at the end: reported, not trusted, and the next receipt is whole.
    let (last_start, _) = text.trim_end().rmatch_indices('\n').next().unwrap();
    std::fs::write(&file, &text[..text.len() - 40]).unwrap();
    assert_ne!(project.standing(), "passed");
    assert!(project.status()["notes"][0].as_str().unwrap().contains("line 3"), "torn line");
    project.run_expecting("passed", 0);
    assert_eq!(project.standing(), "passed");

    // A failed run turned into a passed one by hand.
    project.gate("echo '1 passed, 1 failed'", "");
    project.run_expecting("failed", 1);
    let text = project.receipts();
    let forged = text.replace("\"status\":\"failed\"", "\"status\":\"passed\"");
    assert_ne!(text, forged);
    std::fs::write(&file, &forged).unwrap();
    assert_ne!(project.standing(), "passed");
    assert!(last_start > 0);

    // A line taken out breaks the chain there and nowhere else.
    std::fs::write(&file, &text[last_start + 1..]).unwrap();
    project.run_expecting("failed", 1);
    project.gate("echo '2 passed, 0 failed'", "");
    project.run_expecting("passed", 0);
    assert_eq!(project.standing(), "passed");
}

#[test]
fn the_environment_is_what_the_lists_let_through() {
    let project = Project::new();
    project.gate("env; echo '1 passed, 0 failed'", "env: [KEPT]\n");
    let mut command = project.command(&project.root, &["run", "test", "--json"]);
    for key in
        ["CLAUDE_PROJECT_DIR", "CLAUDECODE", "ANTHROPIC_BASE_URL", "GIT_DIR", "UNHEARD_OF", "KEPT"]
    {
        command.env(key, "nowhere");
    }
    let output = command.output().unwrap();
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    let log = project.log(&receipt);
    let set: Vec<_> = log.lines().filter(|line| line.ends_with("=nowhere")).collect();
    assert_eq!(set, ["KEPT=nowhere"]);
    assert!(log.contains("GIT_AUTHOR_NAME=a\n"), "{log}");
}

#[test]
fn what_is_printed_and_the_exit_codes() {
    let project = Project::new();
    let status = project.portcullis(&["status"]);
    assert_eq!(status.status.code(), Some(1));
    let said = text(&status.stdout);
    assert!(said.contains("next: portcullis gate run test"), "{said}");
    let run = project.portcullis(&["run", "test"]);
    assert_eq!(run.status.code(), Some(0));
    let tree = &project.tree()[..8];
    let said = text(&run.stdout);
    assert!(
        said.starts_with(&format!("test gate: passed · 2 tests · tree {tree} · receipt ")),
        "{said}"
    );
    assert!(text(&run.stderr).contains("2 passed, 0 failed"), "output is shown as it comes");

    let unknown = project.portcullis(&["run", "tset"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("known: design, "), "{}", text(&unknown.stderr));

    project.write("portcullis.yaml", "gates: [\n");
    for args in [&["run", "test"][..], &["status"]] {
        let broken = project.portcullis(args);
        assert_eq!(broken.status.code(), Some(4));
        assert!(text(&broken.stderr).contains("portcullis.yaml"), "{}", text(&broken.stderr));
    }
    std::fs::remove_file(project.root.join("portcullis.yaml")).unwrap();
    for args in [&["run", "test"][..], &["status"]] {
        assert_eq!(project.portcullis(args).status.code(), Some(3), "nothing to run");
    }
    let said = text(&project.portcullis(&["run", "test"]).stderr);
    assert!(said.contains("not available") && said.contains("command: ["), "{said}");

    let outside = project.command(&project.folder.path().join("home"), &["run", "test"]);
    let outside = { outside }.output().unwrap();
    assert_eq!(outside.status.code(), Some(3));
    assert!(text(&outside.stderr).contains("git init"), "{}", text(&outside.stderr));
}
