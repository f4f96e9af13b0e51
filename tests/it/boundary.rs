//! Boundaries: what goes out waits for the gates of exactly that tree.

use serde_json::{Value, json};

use crate::support::{PROGRAM, Project, denial};

/// A project whose test gate can pass, with one commit.
fn sample() -> Project {
    let project = Project::new();
    project.write("portcullis.yaml", "gates:\n  test:\n    command: [sh, tests.sh]\n");
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.write(".gitignore", "ignored\n");
    project.commit("first");
    project
}

fn gate(project: &Project) {
    let output = project.command(PROGRAM).args(["gate", "run", "test"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn bash(project: &Project, line: &str) -> Value {
    project.hook(&project.call("Bash", json!({"command": line})))
}

#[track_caller]
fn refused(project: &Project, line: &str, wanted: &[&str]) {
    let reply = bash(project, line);
    let reason = denial(&reply).unwrap_or_else(|| panic!("{line} was let through: {reply}"));
    for wanted in wanted {
        assert!(reason.contains(wanted), "{line}: {reason}");
    }
}

/// Left to the person.
#[track_caller]
fn asked(project: &Project, line: &str, rule: &str) {
    let reply = bash(project, line);
    let specific = &reply["hookSpecificOutput"];
    let reason = specific["permissionDecisionReason"].as_str().unwrap_or_default();
    assert_eq!(specific["permissionDecision"], "ask", "{line}: {reply}");
    assert!(reason.contains(rule), "{line}: {reason}");
}

#[track_caller]
fn silent(project: &Project, line: &str) {
    assert_eq!(bash(project, line), Value::Null, "{line}");
}

#[test]
fn a_push_waits_for_the_receipt_of_the_commits_tree() {
    let project = sample();
    refused(
        &project,
        "git push",
        &["[boundary-push]", "has not been run", "portcullis gate run test"],
    );
    gate(&project);
    for line in [
        "git push",
        "git push origin main",
        "git push -u origin HEAD",
        "git push origin HEAD:refs/heads/feature",
        "git push --force-with-lease origin +main",
        "git -C . push -o ci.skip origin main",
        "git fetch --dry-run; echo done",
    ] {
        silent(&project, line);
    }
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    silent(&project, "git push");
    project.commit("an untested change");
    refused(&project, "git push", &["[boundary-push]"]);
    gate(&project);
    silent(&project, "git push");
    project.git(&["commit", "-q", "--amend", "-m", "another message"]);
    silent(&project, "git push");
}

#[test]
fn what_is_pushed_decides_not_what_is_checked_out() {
    let project = sample();
    gate(&project);
    project.git(&["switch", "-q", "-c", "other"]);
    project.write("new", "untested\n");
    project.commit("untested");
    refused(&project, "git push origin other", &["[boundary-push]"]);
    silent(&project, "git push origin main");
    refused(&project, "git push origin main other", &["other"]);
    project.git(&["switch", "-q", "main"]);
    silent(&project, "git push");
    refused(&project, "git push origin other:main", &["other"]);
    refused(&project, "git push origin nowhere", &["nowhere"]);
}

#[test]
fn many_branches_at_once_and_lines_that_move_a_branch_are_refused() {
    let project = sample();
    gate(&project);
    for line in [
        "git push --all",
        "git push --mirror origin",
        "git push --tags",
        "git push origin 'refs/heads/*:refs/heads/*'",
        "git commit -am x && git push",
        "git merge other; git push",
        "git push origin \"$BRANCH\"",
        "cd \"$SOMEWHERE\" && git push",
    ] {
        refused(&project, line, &["[boundary-push]", "Way out:"]);
    }
    project.git(&["config", "push.default", "matching"]);
    refused(&project, "git push", &["push.default"]);
    silent(&project, "git push origin main");
}

#[test]
fn a_deletion_on_the_remote_is_asked() {
    let project = sample();
    for line in ["git push origin :old", "git push --delete origin old"] {
        let reply = bash(&project, line);
        assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], "ask", "{line}: {reply}");
        assert!(reply.to_string().contains("boundary-delete"), "{reply}");
    }
}

#[test]
fn uncommitted_changes_are_named_as_the_obstacle() {
    let project = sample();
    project.write("scratch", "not committed\n");
    gate(&project);
    refused(&project, "git push", &["git status", "commit or ignore"]);
    project.write("ignored", "x");
    std::fs::remove_file(project.path().join("scratch")).unwrap();
    gate(&project);
    silent(&project, "git push");
}

#[test]
fn publish_and_deploy_are_judged_on_the_files_that_would_be_sent() {
    let project = sample();
    for (line, rule) in [
        ("npm publish", "[boundary-publish]"),
        ("cargo publish", "[boundary-publish]"),
        ("kubectl apply -f deploy.yaml", "[boundary-deploy]"),
        ("gh release create v1", "[boundary-release]"),
    ] {
        refused(&project, line, &[rule]);
    }
    silent(&project, "npm publish --dry-run");
    gate(&project);
    asked(&project, "npm publish", "[boundary-publish]");
    asked(&project, "kubectl apply -f deploy.yaml", "[boundary-deploy]");
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    refused(&project, "npm publish", &["[boundary-publish]"]);
    asked(&project, "gh release create v1", "[boundary-release]");
}

#[test]
fn a_policy_that_names_the_gates_of_a_deployment_makes_them_enough() {
    let project = sample();
    project.write(
        "portcullis.yaml",
        "gates: {test: {command: [sh, tests.sh]}}\nboundaries: {deploy: [test]}\n",
    );
    project.commit("policy");
    gate(&project);
    silent(&project, "kubectl apply -f deploy.yaml");
    asked(&project, "npm publish", "[boundary-publish]");
    let shown = project.command(PROGRAM).args(["policy", "show"]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("# the person is asked too: publish, release\n"), "{shown}");
}

#[test]
fn the_worktree_of_the_command_decides() {
    let project = sample();
    gate(&project);
    let linked = project.outside().join("linked");
    project.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    let line = format!("cd {} && git push origin HEAD", linked.display());
    silent(&project, &line);
    std::fs::write(linked.join("new"), "untested").unwrap();
    project.git(&["-C", linked.to_str().unwrap(), "add", "-A"]);
    project.git(&["-C", linked.to_str().unwrap(), "commit", "-q", "-m", "untested"]);
    refused(&project, &line, &["[boundary-push]"]);
    refused(
        &project,
        &format!("git -C {} push origin HEAD", linked.display()),
        &["[boundary-push]"],
    );
    silent(&project, "git push origin HEAD");
}

#[test]
fn the_policy_says_which_gates_and_a_broken_one_refuses() {
    let project = sample();
    project.write("portcullis.yaml", "boundaries:\n  push: []\n");
    silent(&project, "git push");
    project.write("portcullis.yaml", "boundaries:\n  push: [tset]\n");
    refused(&project, "git push", &["tset"]);
    project.write("portcullis.yaml", "boundarys: {}\n");
    refused(&project, "git push", &["portcullis.yaml", "boundarys"]);
    silent(&project, "ls");
}

#[test]
fn no_test_command_and_no_repository_are_said_as_such() {
    let project = Project::new();
    project.commit("empty");
    refused(&project, "git push", &["[boundary-push]", "portcullis.yaml"]);
    let outside = project.outside();
    let payload = crate::support::pre_tool(&outside, "Bash", json!({"command": "npm publish"}));
    let reply = project.hook(&payload);
    assert!(denial(&reply).is_some_and(|why| why.contains("no git repository")), "{reply}");
}

#[test]
fn a_push_behind_a_cd_that_fails_is_not_judged_in_the_folder_that_is_not_there() {
    let project = sample();
    // Another repository, from which anything may go out; the folder in it is not there.
    let open = Project::new();
    open.write("portcullis.yaml", "boundaries:\n  push: []\n");
    open.commit("first");
    let nowhere = open.path().join("nowhere");
    for cd in ["cd", "pushd"] {
        let line = format!("{cd} {}; git push", nowhere.display());
        refused(&project, &line, &["[boundary-push]", "is not there"]);
        silent(&project, &format!("{cd} {}; git push", open.path().display()));
    }
}

#[test]
fn what_cannot_be_told_is_asked_near_a_guarded_verb_only() {
    let project = sample();
    project.write("ship.sh", "git push\n");
    project.write("Makefile", "ship:\n\tgit push\ntest:\n\techo git push\n");
    for line in
        ["./ship.sh", "make ship", "sh -c 'make ship'", "echo Z2l0IHB1c2g= | base64 -d | sh"]
    {
        refused(&project, line, &["[boundary-push]"]);
    }
    for line in ["git $verb", "./deploy.sh", "npm run deploy", "$cmd push origin"] {
        let reply = bash(&project, line);
        assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], "ask", "{line}: {reply}");
        assert!(reply.to_string().contains("boundary-unreadable"), "{reply}");
    }
    for line in ["$cmd", "curl -s http://localhost/x | sh", "make test", "./build.sh", "ls $DIR"] {
        silent(&project, line);
    }
    let call =
        project.call("PowerShell", json!({"command": "Start-Process git -ArgumentList 'push'"}));
    assert!(denial(&project.hook(&call)).is_some());
}

#[test]
fn look_alikes_pass() {
    let project = sample();
    for line in [
        "git log --grep=push",
        "echo git push",
        "grep -rn 'npm publish' docs",
        "git commit -m 'explain git push'",
        "cat <<'E' > notes.md\ngit push\nE",
        "git push --dry-run origin main",
        "git push -n",
        "git push --help",
        "# git push",
        "git stash push",
        "kubectl get deployments",
    ] {
        silent(&project, line);
    }
}

#[test]
fn documents_alone_need_no_gate_and_code_does() {
    let project = sample();
    gate(&project);
    project.write("README.md", "words\n");
    project.write("docs/guide.md", "words\n");
    project.commit("documents");
    silent(&project, "git push");
    asked(&project, "npm publish", "[boundary-publish]");
    project.write("agents/reviewer.md", "an agent is code\n");
    project.commit("an agent");
    refused(&project, "git push", &["[boundary-push]"]);
    gate(&project);
    project.write("README.md", "more words\n");
    project
        .write("portcullis.yaml", "docs_only: []\ngates:\n  test:\n    command: [sh, tests.sh]\n");
    project.commit("switched off");
    refused(&project, "git push", &["[boundary-push]"]);
}

#[test]
fn a_push_of_nothing_but_documents_needs_no_gate_where_none_ever_ran() {
    let project = sample();
    let remote = project.outside().join("remote.git");
    project.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    project.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    project.git(&["push", "-q", "-u", "origin", "main"]);
    project.write("README.md", "words\n");
    project.commit("documents");
    silent(&project, "git push");
    refused(&project, "npm publish", &["[boundary-publish]"]);
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    project.commit("code");
    refused(&project, "git push", &["[boundary-push]"]);
}

#[test]
fn a_commit_waits_for_a_gate_only_where_the_policy_says_so() {
    let project = sample();
    silent(&project, "git commit -m x");
    project.write(
        "portcullis.yaml",
        "gates: {test: {command: [sh, tests.sh]}}\nboundaries: {commit: [test]}\n",
    );
    refused(&project, "git commit -am x", &["[boundary-commit]", "portcullis gate run test"]);
    gate(&project);
    silent(&project, "git commit -am x");
}

#[test]
fn done_is_sent_back_twice_and_then_said_to_the_user() {
    let project = sample();
    let event = |name: &str, prompt: &str| json!({"session_id": "s", "cwd": project.path(), "hook_event_name": name, "prompt_id": prompt, "prompt": "go"});
    project.write(
        "portcullis.yaml",
        "gates: {test: {command: [sh, tests.sh]}}\nboundaries: {done: [test]}\n",
    );
    assert_eq!(project.hook(&event("UserPromptSubmit", "p1")), Value::Null);
    assert_eq!(project.hook(&event("Stop", "p1")), Value::Null, "nothing was changed");
    project.write("new.rs", "x");
    for _ in 0..2 {
        let reply = project.hook(&event("Stop", "p1"));
        assert_eq!(reply["decision"], "block", "{reply}");
        assert!(reply["reason"].as_str().unwrap().contains("portcullis gate run test"));
    }
    let reply = project.hook(&event("Stop", "p1"));
    assert_eq!(reply["decision"], Value::Null, "{reply}");
    assert!(reply["systemMessage"].as_str().unwrap().contains("done-open"));
    assert_eq!(project.hook(&event("Stop", "p2"))["decision"], "block", "another prompt");
    gate(&project);
    assert_eq!(project.hook(&event("Stop", "p2")), Value::Null);
    project.write("portcullis.yaml", "gates: {test: {command: [sh, tests.sh]}}\n");
    project.write("new.rs", "y");
    assert_eq!(project.hook(&event("Stop", "p3")), Value::Null, "nothing is asked by default");
}

#[test]
fn a_workers_end_waits_for_the_gates_that_the_policy_names_for_workers() {
    let project = sample();
    project.write(
        "portcullis.yaml",
        "gates: {test: {command: [sh, tests.sh]}}\nboundaries: {worker: [test]}\n",
    );
    let event = |name: &str, agent: &str, id: &str, said: &str| {
        project.hook(&json!({
            "session_id": "s", "cwd": project.path(), "hook_event_name": name, "agent_type": agent,
            "agent_id": id, "last_assistant_message": said,
        }))
    };
    let report = |id: &str, status: &str| {
        let mut call = project.call("StructuredOutput", json!({"status": status}));
        call["agent_id"] = id.into();
        call["agent_type"] = "somebody".into();
        project.hook(&call)
    };
    let stop = |id: &str| event("SubagentStop", "somebody", id, "done");
    for id in ["a", "b", "c"] {
        event("SubagentStart", "somebody", id, "");
    }
    assert_eq!(stop("a"), Value::Null, "nothing was changed");
    project.write("new.rs", "x");
    for _ in 0..2 {
        let reply = stop("a");
        assert_eq!(reply["decision"], "block", "{reply}");
        assert!(reply["reason"].as_str().unwrap().contains("portcullis gate run test"));
    }
    let reply = stop("a");
    assert!(reply["systemMessage"].as_str().unwrap().contains("done-open"), "{reply}");
    assert_eq!(stop("b")["decision"], "block", "each worker has its own returns");
    assert!(denial(&report("c", "completed")).is_some_and(|why| why.contains("[done-open]")));
    assert_eq!(report("c", "blocked"), Value::Null, "it does not say that it is done");
    let other = event("SubagentStop", "somebody", "c", "{\"status\": \"failed\"}");
    assert_eq!(other, Value::Null);
    let reviewer = event("SubagentStop", "x:code-reviewer", "d", "done");
    assert!(!reviewer.to_string().contains("done-open"), "its role writes nothing: {reviewer}");
    gate(&project);
    assert_eq!(stop("b"), Value::Null);
    assert_eq!(report("c", "completed"), Value::Null);
    let session = json!({"session_id": "s", "cwd": project.path(), "hook_event_name": "Stop", "prompt_id": "p"});
    project.write("new.rs", "y");
    assert_eq!(project.hook(&session), Value::Null, "the session's own end is another boundary");
}

#[test]
fn a_phase_waits_for_the_gates_that_the_policy_names_for_it() {
    let project = sample();
    project.write(
        "portcullis.yaml",
        "gates: {test: {command: [sh, tests.sh]}}\nboundaries: {'phase:deploy': [test]}\n",
    );
    let spawn = |phase: &str| {
        let packet = json!({"task": "t", "requirements": "r", "phase": phase});
        let prompt = format!("Do it.\n```portcullis-packet\n{packet}\n```\n");
        project.hook(&project.call("Agent", json!({"subagent_type": "x", "prompt": prompt})))
    };
    assert_eq!(spawn("implement"), Value::Null);
    assert!(denial(&spawn("deploy")).is_some_and(|why| why.contains("phase-closed")));
    gate(&project);
    assert_eq!(spawn("deploy"), Value::Null);
}
