//! `portcullis git-hooks`: the hook stops a commit, and what was there runs and comes back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use portcullis::secrets::template;
use sha2::{Digest as _, Sha256};

use crate::support::{PROGRAM, Project};

fn token() -> String {
    template::expand("ghp_{A:30}{crc32-base62}", 90).unwrap().text
}

fn hooks(project: &Project, dir: &Path, action: &[&str]) -> (i32, String) {
    let output =
        project.command(PROGRAM).current_dir(dir).arg("git-hooks").args(action).output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code().unwrap(), text)
}

fn install(project: &Project) {
    let (code, text) = hooks(project, &project.path(), &["install"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(hooks(project, &project.path(), &["status"]).0, 0);
}

fn commit(project: &Project, dir: &Path, args: &[&str]) -> Output {
    let mut command = project.command("git");
    command.current_dir(dir).args(["commit", "-m", "message"]).args(args).output().unwrap()
}

/// A commit of a token is stopped and says nothing of it; without the token it goes through.
fn stops(project: &Project, dir: &Path) {
    let token = token();
    fs::write(dir.join("config.env"), format!("KEY={token}\n")).unwrap();
    project.command("git").current_dir(dir).args(["add", "config.env"]).status().unwrap();
    let output = commit(project, dir, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("config.env:1:5: error[github-pat]"), "{said}");
    assert!(!said.contains(&token[8..20]));
    fs::write(dir.join("config.env"), "KEY=\n").unwrap();
    project.command("git").current_dir(dir).args(["add", "config.env"]).status().unwrap();
    let output = commit(project, dir, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A script that leaves a trace, and stops a commit when a file says so.
fn other_hook(path: &Path, mode: u32) -> Vec<u8> {
    let text = "#!/bin/sh\n# another program's hook \u{e9}\necho \"$0\" >> \"$(git rev-parse --show-toplevel)/../trace\"\n[ ! -e stop ]\n";
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    text.as_bytes().to_vec()
}

fn trace(project: &Project) -> usize {
    fs::read_to_string(project.outside().join("trace")).unwrap_or_default().lines().count()
}

fn pre_commit(project: &Project) -> PathBuf {
    project.path().join(".git/hooks/pre-commit")
}

#[test]
fn a_commit_of_a_secret_is_stopped() {
    let project = Project::new();
    fs::remove_dir_all(project.path().join(".git/hooks")).unwrap();
    assert_eq!(hooks(&project, &project.path(), &["status"]).0, 1);
    install(&project);
    // Again changes nothing.
    install(&project);
    stops(&project, &project.path());
    // Only deletions, and nothing at all.
    project.git(&["rm", "-q", "config.env"]);
    assert!(commit(&project, &project.path(), &[]).status.success());
    assert!(commit(&project, &project.path(), &["--allow-empty"]).status.success());
    assert_eq!(hooks(&project, &project.path(), &["uninstall"]).0, 0);
    assert!(!project.path().join(".git/hooks").exists(), "the folder was ours");
}

#[test]
fn the_index_of_a_partial_commit_is_the_one_that_is_scanned() {
    let project = Project::new();
    project.write("a", "a\n");
    project.write("b", "b\n");
    project.commit("one");
    install(&project);
    // `-a` and named files use an index of their own.
    project.write("a", &format!("KEY={}\n", token()));
    assert!(!commit(&project, &project.path(), &["-a"]).status.success());
    assert!(!commit(&project, &project.path(), &["a"]).status.success());
    project.write("b", "more\n");
    assert!(commit(&project, &project.path(), &["b"]).status.success());
    let sub = project.path().join("sub");
    fs::create_dir(&sub).unwrap();
    assert!(!commit(&project, &sub, &["-a"]).status.success());
}

#[test]
fn a_hook_that_was_there_runs_after_ours_and_comes_back_byte_for_byte() {
    let project = Project::new();
    let hook = pre_commit(&project);
    let before = other_hook(&hook, 0o750);
    install(&project);
    install(&project);
    stops(&project, &project.path());
    assert_eq!(trace(&project), 1, "after the scan found nothing");
    project.write("stop", "");
    project.write("c", "c\n");
    project.git(&["add", "c"]);
    assert!(!commit(&project, &project.path(), &[]).status.success(), "its answer counts");
    assert_eq!(hooks(&project, &project.path(), &["uninstall"]).0, 0);
    assert_eq!(fs::read(&hook).unwrap(), before);
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o777, 0o750);
    let left: Vec<_> = fs::read_dir(hook.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("portcullis"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_hook_that_git_does_not_run_is_not_run_by_ours() {
    let project = Project::new();
    other_hook(&pre_commit(&project), 0o644);
    install(&project);
    stops(&project, &project.path());
    assert_eq!(trace(&project), 0);
}

#[test]
fn worktrees_share_the_hook() {
    let project = Project::new();
    project.commit("one");
    let tree = project.outside().join("tree");
    project.git(&["worktree", "add", "-q", tree.to_str().unwrap()]);
    assert_eq!(hooks(&project, &tree, &["install"]).0, 0);
    stops(&project, &tree);
    stops(&project, &project.path());
}

#[test]
fn a_hooks_path_of_the_repository_is_used() {
    let project = Project::new();
    project.git(&["config", "core.hooksPath", ".githooks"]);
    let before = other_hook(&project.path().join(".githooks/pre-commit"), 0o755);
    install(&project);
    assert!(!pre_commit(&project).exists());
    stops(&project, &project.path());
    assert_eq!(trace(&project), 1);
    hooks(&project, &project.path(), &["uninstall"]);
    assert_eq!(fs::read(project.path().join(".githooks/pre-commit")).unwrap(), before);
}

#[test]
fn a_hooks_path_of_all_repositories_needs_a_word() {
    let project = Project::new();
    let config = project.home().join("config");
    let shared = project.outside().join("all hooks");
    fs::create_dir(&shared).unwrap();
    fs::write(&config, format!("[core]\n\thooksPath = \"{}\"\n", shared.display())).unwrap();
    let run = |args: &[&str]| {
        let mut command = project.command(PROGRAM);
        command.env("GIT_CONFIG_GLOBAL", &config).arg("git-hooks").args(args).output().unwrap()
    };
    let output = run(&["install"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--shared"));
    assert!(!shared.join("pre-commit").exists());
    assert_eq!(run(&["install", "--shared"]).status.code(), Some(0));
    assert!(shared.join("pre-commit").exists());
    assert_eq!(run(&["uninstall"]).status.code(), Some(0));
    assert!(!shared.join("pre-commit").exists());
}

#[test]
fn beside_husky_its_own_folder_is_left_alone() {
    let project = Project::new();
    // As husky 9 lays it out: git runs `.husky/_/pre-commit`, which runs the file above.
    project.git(&["config", "core.hooksPath", ".husky/_"]);
    let inner = project.path().join(".husky/_/pre-commit");
    project.write(
        ".husky/_/pre-commit",
        "#!/bin/sh\nhere=$(dirname \"$(dirname \"$0\")\")\n[ -f \"$here/pre-commit\" ] || exit 0\nexec sh -e \"$here/pre-commit\" \"$@\"\n",
    );
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
    let wrapper = fs::read(&inner).unwrap();
    let own = project.path().join(".husky/pre-commit");
    let before = other_hook(&own, 0o644);
    install(&project);
    assert_eq!(fs::read(&inner).unwrap(), wrapper);
    stops(&project, &project.path());
    assert_eq!(trace(&project), 1);
    hooks(&project, &project.path(), &["uninstall"]);
    assert_eq!(fs::read(&own).unwrap(), before);
}

#[test]
fn a_program_that_wrote_over_ours_is_noticed() {
    let project = Project::new();
    other_hook(&pre_commit(&project), 0o755);
    install(&project);
    // As `lefthook install` or `pre-commit install -f` does.
    fs::write(pre_commit(&project), "#!/bin/sh\nexit 0\n").unwrap();
    let (code, text) = hooks(&project, &project.path(), &["status"]);
    assert!(code == 1 && text.contains("DISARMED") && text.contains("another program"), "{text}");
    let (code, text) = hooks(&project, &project.path(), &["install"]);
    assert!(code == 1 && text.contains("pre-commit.portcullis-chained"), "{text}");
    let (code, text) = hooks(&project, &project.path(), &["uninstall"]);
    assert!(code == 3 && text.contains("not ours"), "{text}");
    assert_eq!(fs::read(pre_commit(&project)).unwrap(), b"#!/bin/sh\nexit 0\n");
}

#[test]
fn the_pre_commit_framework_may_run_ours_as_its_legacy_hook() {
    let project = Project::new();
    // As pre-commit 4 does: its script sets a variable, runs `pre-commit.legacy`, and refuses to be
    // run from there again.
    let script = format!(
        "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n\
         [ -z \"$PRE_COMMIT_RUNNING_LEGACY\" ] || exit 9\n\
         legacy=$(dirname \"$0\")/pre-commit.legacy\n\
         if [ -x \"$legacy\" ]; then PRE_COMMIT_RUNNING_LEGACY=1 \"$legacy\" || exit 1; fi\n\
         echo ran >> '{}'\n",
        project.outside().join("trace").display()
    );
    let hook = pre_commit(&project);
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let write = || {
        fs::write(&hook, &script).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    };
    write();
    install(&project);
    // `pre-commit install` once more.
    fs::rename(&hook, hook.with_extension("legacy")).unwrap();
    write();
    stops(&project, &project.path());
    assert_eq!(trace(&project), 1);
    let (code, text) = hooks(&project, &project.path(), &["status"]);
    assert!(code == 0 && text.contains("ARMED") && text.contains("legacy"), "{text}");
    let (code, text) = hooks(&project, &project.path(), &["uninstall"]);
    assert!(code == 3 && text.contains("pre-commit uninstall"), "{text}");
}

#[test]
fn an_edited_hook_is_not_thrown_away() {
    let project = Project::new();
    install(&project);
    let mut text = fs::read_to_string(pre_commit(&project)).unwrap();
    text.push_str("echo mine\n");
    fs::write(pre_commit(&project), &text).unwrap();
    for action in ["install", "uninstall", "status"] {
        let (code, said) = hooks(&project, &project.path(), &[action]);
        assert!(code == 1 && said.contains("edited"), "{said}");
    }
    assert_eq!(fs::read_to_string(pre_commit(&project)).unwrap(), text);
}

#[test]
fn a_program_that_is_gone_disarms_loudly_and_locks_nobody_out() {
    let project = Project::new();
    install(&project);
    let text = fs::read_to_string(pre_commit(&project)).unwrap();
    fs::write(pre_commit(&project), text.replace(PROGRAM, "/nowhere/portcullis")).unwrap();
    assert_eq!(hooks(&project, &project.path(), &["status"]).0, 1);
    project.write("a", "a\n");
    project.git(&["add", "a"]);
    let output = commit(&project, &project.path(), &[]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("DISARMED"));
}

#[test]
fn the_pre_commit_frameworks_file_names_the_scan() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("entry: portcullis scan --staged --fail-on block"), "{text}");
    assert!(text.contains("pass_filenames: false"), "{text}");
}

/// A project with a remote, whose test gate can pass, and our hooks.
fn guarded(policy: &str) -> Project {
    let project = Project::new();
    let remote = project.outside().join("remote.git");
    project.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    project.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.write(
        "portcullis.yaml",
        &format!("gates: {{test: {{command: [sh, tests.sh]}}}}\n{policy}"),
    );
    project.commit("first");
    install(&project);
    project
}

fn gate(project: &Project) {
    assert!(project.command(PROGRAM).args(["gate", "run", "test"]).status().unwrap().success());
}

/// Pushes in a way that no reader of command lines follows.
fn push(project: &Project, dir: &Path, what: &str) -> (bool, String) {
    let mut git = project.command("sh");
    git.current_dir(dir).args(["-c", "g=$(printf '%s%s' gi t); $g push origin \"$1\"", "sh", what]);
    let output = git.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_backstop_judges_a_push_however_it_is_spelled() {
    let project = guarded("");
    let (ok, said) = push(&project, &project.path(), "main");
    assert!(
        !ok && said.contains("refs/heads/main -> refs/heads/main")
            && said.contains("portcullis gate run test"),
        "{said}"
    );
    gate(&project);
    let (ok, said) = push(&project, &project.path(), "main");
    assert!(ok, "{said}");
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    project.commit("untested");
    assert!(!push(&project, &project.path(), "main").0);
    // The tree of the ref decides, from any worktree; deletions take nothing out.
    let linked = project.outside().join("linked");
    project.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap(), "HEAD^"]);
    assert!(!push(&project, &linked, "main").0);
    assert!(push(&project, &linked, "HEAD:refs/heads/old").0);
    assert!(push(&project, &linked, ":refs/heads/old").0);
}

#[test]
fn the_commit_says_which_receipts_stood_behind_it_and_waits_where_the_policy_says_so() {
    let project = guarded("boundaries: {commit: [test]}\n");
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    project.git(&["add", "-A"]);
    let output = commit(&project, &project.path(), &[]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("commit refused"));
    gate(&project);
    assert!(commit(&project, &project.path(), &[]).status.success());
    let receipts = fs::read(project.path().join(".git/portcullis/receipts.jsonl")).unwrap();
    let last = receipts.strip_suffix(b"\n").unwrap().rsplit(|byte| *byte == b'\n').next().unwrap();
    let digest: String = Sha256::digest(last).iter().map(|byte| format!("{byte:02x}")).collect();
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message, format!("message\n\nPortcullis-Receipts: {digest}"));
    // Amended, it is one trailer still.
    assert!(commit(&project, &project.path(), &["--amend"]).status.success());
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert_eq!(message.matches("Portcullis-Receipts").count(), 1);
}

#[test]
fn hooks_that_were_there_run_after_the_backstop_and_come_back() {
    let project = Project::new();
    project.write("portcullis.yaml", "boundaries: {push: []}\n");
    project.commit("first");
    let folder = project.path().join(".git/hooks");
    let before: Vec<Vec<u8>> = ["pre-push", "commit-msg"]
        .iter()
        .map(|name| other_hook(&folder.join(name), 0o755))
        .collect();
    install(&project);
    install(&project);
    assert!(commit(&project, &project.path(), &["--allow-empty"]).status.success());
    assert_eq!(trace(&project), 1);
    let remote = project.outside().join("remote.git");
    project.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    project.git(&["push", "-q", remote.to_str().unwrap(), "main"]);
    assert_eq!(trace(&project), 2);
    fs::write(project.path().join("stop"), "").unwrap();
    project.git(&["commit", "-q", "--allow-empty", "--no-verify", "-m", "more"]);
    assert!(!push(&project, &project.path(), "main").0, "their refusal counts");
    assert_eq!(hooks(&project, &project.path(), &["uninstall"]).0, 0);
    for (name, before) in ["pre-push", "commit-msg"].iter().zip(before) {
        assert_eq!(fs::read(folder.join(name)).unwrap(), before);
        assert!(!folder.join(format!("{name}.portcullis-chained")).exists());
    }
}
