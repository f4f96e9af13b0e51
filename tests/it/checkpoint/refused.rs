//! When a rollback is refused, and what the command line says.

use std::fs;

use super::{back, sample};

/// The text of a refusal; nothing has changed.
fn refusal(project: &crate::support::Project, to: &str) -> String {
    let before = project.state();
    let refs = project.git(&["for-each-ref", "refs/portcullis"]);
    let error = back(&project.path(), to, false).expect_err("a refusal");
    assert!(error.is::<portcullis::checkpoint::rollback::Refused>(), "{error:#}");
    assert_eq!(project.state(), before, "nothing was done");
    assert_eq!(project.git(&["for-each-ref", "refs/portcullis"]), refs);
    format!("{error:#}")
}

#[test]
fn a_merge_under_way_is_named_with_its_way_out() {
    let project = sample();
    let taken = project.checkpoint("before");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.write("README.md", "side\n");
    project.commit("side");
    project.git(&["checkout", "-q", "main"]);
    project.write("README.md", "main\n");
    project.commit("main");
    let merge = project.command("git").args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success(), "the merge conflicts");
    let said = refusal(&project, &taken.id);
    assert!(said.contains("git merge --abort") && said.contains("--force"), "{said}");
    let forced = project.portcullis(&["rollback", "--force", "--to", &taken.id]);
    assert!(forced.status.success(), "{}", String::from_utf8_lossy(&forced.stderr));
    assert_eq!(fs::read_to_string(project.path().join("README.md")).unwrap(), "hello\n");
    assert!(project.path().join(".git/MERGE_HEAD").exists());
    project.git(&["merge", "--abort"]);

    let rebase = project.command("git").args(["rebase", "side"]).output().unwrap();
    assert!(!rebase.status.success(), "the rebase conflicts");
    assert!(refusal(&project, &taken.id).contains("git rebase --abort"));
}

#[test]
fn an_ignored_file_in_the_way_is_never_overwritten() {
    let project = sample();
    project.write("notes.txt", "kept\n");
    project.write("folder/one.txt", "kept\n");
    let taken = project.checkpoint("before");
    fs::remove_file(project.path().join("notes.txt")).unwrap();
    fs::remove_dir_all(project.path().join("folder")).unwrap();
    project.write(".gitignore", "*.log\n/cache/\nnotes.txt\nfolder\n");
    project.write("notes.txt", "ignored and precious\n");
    project.write("folder", "ignored and in the way of a folder\n");
    let said = refusal(&project, &taken.id);
    assert!(said.contains("notes.txt") && said.contains("folder"), "{said}");
    let preview = project.portcullis(&["rollback", "--dry-run", "--to", &taken.id]);
    assert_eq!(preview.status.code(), Some(1));
    let preview = String::from_utf8(preview.stdout).unwrap();
    assert!(preview.contains("BLOCKED notes.txt"), "{preview}");
    // The same bytes are no loss.
    project.write("notes.txt", "kept\n");
    fs::remove_file(project.path().join("folder")).unwrap();
    project.rollback(&taken.id);
    assert_eq!(fs::read_to_string(project.path().join("folder/one.txt")).unwrap(), "kept\n");
}

#[test]
fn another_git_command_at_work_is_waited_for_by_the_person() {
    let project = sample();
    let taken = project.checkpoint("before");
    project.write("README.md", "x\n");
    project.write(".git/index.lock", "");
    let said = refusal(&project, &taken.id);
    assert!(said.contains("index.lock"), "{said}");
    fs::remove_file(project.path().join(".git/index.lock")).unwrap();
    project.rollback(&taken.id);
}

#[test]
fn a_branch_of_another_worktree_is_not_moved() {
    let project = sample();
    let taken = project.checkpoint("before");
    project.git(&["checkout", "-q", "-b", "other"]);
    project.commit("more");
    let elsewhere = project.outside().join("elsewhere");
    project.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), "main"]);
    let before = project.state();
    let error = back(&project.path(), &taken.id, true).expect_err("a refusal");
    assert!(format!("{error:#}").contains("elsewhere"), "{error:#}");
    assert_eq!(project.state(), before);
    project.rollback(&taken.id);
}

#[test]
fn a_preview_says_all_and_changes_nothing() {
    let project = sample();
    let taken = project.checkpoint("before");
    project.write("README.md", "changed\n");
    project.write("new.txt", "new\n");
    fs::remove_file(project.path().join("link")).unwrap();
    project.git(&["add", "README.md"]);
    let before = project.state();
    let refs = project.git(&["for-each-ref"]);
    let preview = project.portcullis(&["rollback", "--dry-run", "--to", &taken.id[..18]]);
    assert!(preview.status.success(), "{}", String::from_utf8_lossy(&preview.stderr));
    let text = String::from_utf8(preview.stdout).unwrap();
    for line in [
        "change  README.md",
        "create  link",
        "delete  new.txt",
        "index   would be",
        "HEAD    is the same",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("undo"), "{text}");
    assert_eq!(project.state(), before);
    assert_eq!(project.git(&["for-each-ref"]), refs);
}

#[test]
fn the_command_line_lists_shows_compares_and_prunes() {
    let project = sample();
    let none = project.portcullis(&["checkpoint", "list"]);
    assert!(String::from_utf8(none.stdout).unwrap().contains("no checkpoint yet"));
    let mut ids = Vec::new();
    for (number, phase) in ["design", "build", "build"].iter().enumerate() {
        project.write("README.md", &format!("{number}\n"));
        let made = project.json(&["checkpoint", "create", "--run", "r-0001", "--phase", phase]);
        ids.push(made["checkpoint"]["id"].as_str().unwrap().to_owned());
    }
    let listed = project.json(&["checkpoint", "list"]);
    let found: Vec<_> = listed["checkpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(found, ids, "oldest first");
    assert_eq!(listed["checkpoints"][0]["phase"], "design");
    assert!(
        project.json(&["checkpoint", "list", "--run", "r-0002"])["checkpoints"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let diff = project.json(&["checkpoint", "diff", &ids[0]]);
    assert_eq!(diff["files"][0]["path"], "README.md", "{diff:#}");
    let diff = project.portcullis(&["checkpoint", "diff", "--patch", &ids[0], &ids[1]]);
    assert!(String::from_utf8(diff.stdout).unwrap().contains("-0\n+1\n"));
    // A phase that was entered twice is what it began with.
    project.json(&["rollback", "--to", "build"]);
    assert_eq!(fs::read_to_string(project.path().join("README.md")).unwrap(), "1\n");
    let unknown = project.portcullis(&["rollback", "--to", "nowhere"]);
    assert_eq!(unknown.status.code(), Some(1));
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(said.contains("nowhere") && said.contains("checkpoint list"), "{said}");

    let dry = project.json(&["checkpoint", "prune", "--keep", "1", "--dry-run"]);
    assert_eq!(dry["removed"].as_array().unwrap().len(), 3, "{dry:#}");
    assert_eq!(project.json(&["checkpoint", "list"])["checkpoints"].as_array().unwrap().len(), 4);
    project.put("noise.txt", &noise(3 * 1024 * 1024));
    let large = project.checkpoint("large");
    let gone = project.json(&["checkpoint", "prune", "--max-mb", "1"]);
    let gone = gone["removed"].as_array().unwrap();
    assert_eq!(gone.len(), 5, "{gone:?}");
    assert_eq!(gone[4][0], large.id);
    assert!(project.json(&["checkpoint", "list"])["checkpoints"].as_array().unwrap().is_empty());
}

#[test]
fn old_ones_go_when_a_new_one_is_made() {
    let project = sample();
    project.write("portcullis.yaml", "checkpoints: {keep: 2}\n");
    for number in 0..4 {
        project.json(&["checkpoint", "create", "--reason", &number.to_string()]);
    }
    let listed = project.json(&["checkpoint", "list"]);
    let reasons: Vec<_> =
        listed["checkpoints"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["2", "3"]);
}

#[test]
fn a_secret_in_a_reason_or_a_difference_is_not_repeated() {
    let project = sample();
    let check = portcullis::check::CHECKS.iter().find(|check| check.id == "secrets").unwrap();
    let planted = (check.planted)(&project.path());
    let secret = planted["tool_input"]["content"].as_str().unwrap().trim().to_owned();
    let before = project.json(&["checkpoint", "create", "--reason", &secret]);
    assert!(!before.to_string().contains(&secret), "{before:#}");
    project.write("config.sh", &format!("{secret}\n"));
    let id = before["checkpoint"]["id"].as_str().unwrap();
    let diff = project.portcullis(&["checkpoint", "diff", "--patch", id]);
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(diff.contains("config.sh") && diff.contains("[redacted:"), "{diff}");
    assert!(!diff.contains(&secret));
}

#[test]
fn outside_of_git_the_way_out_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample();
    let output = project
        .command(crate::support::PROGRAM)
        .current_dir(folder.path())
        .args(["checkpoint", "create"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(70));
    assert!(String::from_utf8(output.stderr).unwrap().contains("git init"));
}

/// Bytes that do not shrink.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}
