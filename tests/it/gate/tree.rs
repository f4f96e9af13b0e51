//! What counts as the same tree: every kind of change, and every trick that hides one.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Project, TEST, bytes_of, text};

#[test]
fn a_pass_holds_for_the_tree_and_not_for_the_commit() {
    let project = Project::new();
    assert_eq!(project.standing(), "not_run");
    project.write("src/lib.txt", "two\n");
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"]["passed"], 2);
    assert_eq!(project.standing(), "passed");
    assert_eq!(project.status()["gates"][TEST]["head"]["standing"], "stale");
    project.git(&["add", "-A"]);
    assert_eq!(project.standing(), "passed", "staging changes no file");
    project.git(&["commit", "-q", "-m", "two"]);
    assert_eq!(project.standing(), "passed", "a commit changes no file");
    assert_eq!(project.status()["gates"][TEST]["head"]["standing"], "passed");
    assert_eq!(project.head_tree(), receipt["tree"].as_str().unwrap());
    project.write("ignored/cache", "x");
    assert_eq!(project.standing(), "passed", "an ignored file is no part of the tree");
}

#[test]
fn every_kind_of_change_makes_a_pass_stale_and_undoing_it_brings_it_back() {
    let project = Project::new();
    let link = project.root.join("link");
    std::os::unix::fs::symlink("notes.md", &link).unwrap();
    project.commit("with a link");
    project.run_expecting("passed", 0);
    let file = project.root.join("src/lib.txt");
    let changes: &[(&str, &dyn Fn())] = &[
        ("edit", &|| project.write("src/lib.txt", "two\n")),
        // As long as before and within the same clock tick as the commit.
        ("edit of the same size", &|| project.write("src/lib.txt", "owe\n")),
        ("staged edit", &|| {
            project.write("src/lib.txt", "three\n");
            project.git(&["add", "-A"]);
        }),
        ("untracked file", &|| project.write("new file.txt", "x")),
        ("deleted file", &|| std::fs::remove_file(&file).unwrap()),
        ("mode", &|| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }),
        ("file to link", &|| {
            std::fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("../notes.md", &file).unwrap();
        }),
        ("target of a link", &|| {
            std::fs::remove_file(&link).unwrap();
            // As long as the one before.
            std::os::unix::fs::symlink("notes.mb", &link).unwrap();
        }),
        ("link to file", &|| {
            std::fs::remove_file(&link).unwrap();
            project.write("link", "notes.md");
        }),
        ("file to folder", &|| {
            std::fs::remove_file(&file).unwrap();
            project.write("src/lib.txt/lib.txt", "one\n");
        }),
        ("untracked folder", &|| project.write("new/folder/file", "")),
        ("rename", &|| std::fs::rename(&file, project.root.join("src/other.txt")).unwrap()),
        ("rename in git", &|| drop(project.git(&["mv", "src/lib.txt", "src/Lib.txt"]))),
        ("rename of a folder", &|| {
            std::fs::rename(project.root.join("src"), project.root.join("lib")).unwrap();
        }),
        ("staged deletion with the file kept and edited", &|| {
            project.git(&["rm", "-q", "--cached", "src/lib.txt"]);
            project.write("src/lib.txt", "two\n");
        }),
        ("what was ignored is no more", &|| {
            project.write("ignored/cache", "x");
            project.write(".gitignore", "");
        }),
        ("another commit", &|| {
            project.write("src/lib.txt", "two\n");
            project.commit("two");
            project.git(&["branch", "-q", "-f", "later"]);
            project.git(&["reset", "-q", "--soft", "HEAD~1"]);
        }),
        ("intent to add", &|| {
            project.write("later.txt", "x");
            project.git(&["add", "-N", "later.txt"]);
        }),
        ("assume-unchanged", &|| {
            project.git(&["update-index", "--assume-unchanged", "src/lib.txt"]);
            project.write("src/lib.txt", "hidden\n");
        }),
        ("skip-worktree", &|| {
            project.git(&["update-index", "--skip-worktree", "src/lib.txt"]);
            project.write("src/lib.txt", "hidden\n");
        }),
        ("skip-worktree and deleted", &|| {
            project.git(&["update-index", "--skip-worktree", "src/lib.txt"]);
            std::fs::remove_file(&file).unwrap();
        }),
        ("work tree elsewhere", &|| {
            let other = project.folder.path().join("home");
            project.git(&["worktree", "list"]);
            project.write("src/lib.txt", "hidden\n");
            project.git(&["config", "core.worktree", other.to_str().unwrap()]);
        }),
    ];
    for (name, change) in changes {
        change();
        assert_eq!(project.standing(), "stale", "{name}");
        let undo = |args: &[&str]| {
            // Fails where the change was another one.
            let _ = Command::new("git").current_dir(&project.root).args(args).output().unwrap();
        };
        undo(&["config", "--unset", "core.worktree"]);
        for bit in ["--no-assume-unchanged", "--no-skip-worktree"] {
            undo(&["update-index", bit, "src/lib.txt"]);
        }
        project.git(&["reset", "-q", "--hard"]);
        project.git(&["clean", "-fdq"]);
        assert_eq!(project.standing(), "passed", "after undoing: {name}");
    }
}

/// What changes the repository and no file of the working tree.
#[test]
fn what_changes_no_file_leaves_a_pass() {
    let project = Project::new();
    project.write("src/lib.txt", "two\n");
    project.write("new.txt", "x");
    project.run_expecting("passed", 0);
    let tree = project.tree();
    let changes: &[(&str, &dyn Fn())] = &[
        ("stage", &|| drop(project.git(&["add", "src/lib.txt"]))),
        ("stage a new file", &|| drop(project.git(&["add", "new.txt"]))),
        ("unstage", &|| drop(project.git(&["reset", "-q"]))),
        ("untrack", &|| drop(project.git(&["rm", "-q", "--cached", "notes.md"]))),
        ("track again", &|| drop(project.git(&["reset", "-q"]))),
        ("ignored file", &|| project.write("ignored/cache", "x")),
        ("edit of an ignored file", &|| project.write("ignored/cache", "yy")),
        ("empty folder", &|| std::fs::create_dir(project.root.join("empty")).unwrap()),
        ("time of a file", &|| {
            let file = std::fs::File::open(project.root.join("src/lib.txt")).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }),
        ("written again as it was", &|| project.write("src/lib.txt", "two\n")),
        ("bits that git does not keep", &|| {
            let file = project.root.join("src/lib.txt");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }),
        ("branch", &|| drop(project.git(&["checkout", "-q", "-b", "other"]))),
        ("stash kept", &|| {
            project.git(&["stash", "push", "-q", "-u"]);
            project.git(&["stash", "pop", "-q"]);
        }),
        ("commit", &|| project.commit("two")),
        ("packed objects", &|| drop(project.git(&["gc", "-q"]))),
    ];
    for (name, change) in changes {
        change();
        assert_eq!((project.tree(), &*project.standing()), (tree.clone(), "passed"), "{name}");
    }
}

/// Git compares whole seconds and re-reads a file that is as young as the index. A copy of the
/// index that is younger than the index would end that.
#[test]
fn an_edit_in_the_second_of_the_commit_is_seen_later_too() {
    let project = Project::new();
    let second = |path: &str| std::fs::metadata(project.root.join(path)).unwrap().mtime();
    let mut round = 0;
    loop {
        round += 1;
        project.write("src/lib.txt", &format!("a{round:04}\n"));
        project.commit("round");
        project.write("src/lib.txt", &format!("b{round:04}\n"));
        if second(".git/index") == second("src/lib.txt") {
            break;
        }
    }
    let clock = project.folder.path().join("clock");
    let written = second("src/lib.txt");
    loop {
        std::fs::write(&clock, "x").unwrap();
        if std::fs::metadata(&clock).unwrap().mtime() > written {
            break;
        }
        std::thread::yield_now();
    }
    assert_ne!(project.tree(), project.head_tree());
}

#[test]
fn nothing_but_our_own_folder_changes() {
    let project = Project::new();
    project.write("src/lib.txt", "stashed\n");
    project.git(&["stash", "-q"]);
    project.write("src/lib.txt", "staged\n");
    project.git(&["add", "src/lib.txt"]);
    project.write("src/lib.txt", "unstaged\n");
    project.write("untracked.txt", "x\n");
    project.git(&["add", "-N", "untracked.txt"]);
    std::fs::remove_file(project.root.join("notes.md")).unwrap();
    let before = bytes_of(&project.root);
    project.run_expecting("passed", 0);
    project.status();
    let after = bytes_of(&project.root);
    assert!(before == after, "changed: {:?}", {
        let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
        before.keys().chain(after.keys()).filter(differs).collect::<Vec<_>>()
    });
    let left: Vec<_> = std::fs::read_dir(project.state().join("tmp"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["lock"], "temporary folders are gone");
}

#[test]
fn odd_names_an_unborn_branch_and_a_subfolder() {
    let project = Project::empty();
    project.gate("echo '2 passed, 0 failed'", "");
    project.write("a b/ü\n\"c\".txt", "x");
    std::fs::write(project.root.join(std::ffi::OsStr::from_bytes(b"no-utf8-\xff")), "x").unwrap();
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["head"], Value::Null);
    let inside = project.status_in(&project.root.join("a b"));
    assert_eq!(inside["tree"], receipt["tree"], "a subfolder means the whole working tree");
    assert_eq!(inside["gates"][TEST]["head"], Value::Null);
    project.commit("first");
    assert_eq!(project.head_tree(), receipt["tree"].as_str().unwrap(), "git agrees");
    assert_eq!(project.standing(), "passed");
}

#[test]
fn a_replace_ref_does_not_lend_a_pass_to_another_commit() {
    let project = Project::new();
    project.run_expecting("passed", 0);
    let tested = project.git(&["rev-parse", "HEAD"]);
    project.write("src/lib.txt", "untested\n");
    project.commit("untested");
    let untested = project.git(&["rev-parse", "HEAD"]);
    project.git(&["replace", &untested, &tested]);
    let status = project.status();
    assert_eq!(status["gates"][TEST]["head"]["standing"], "stale");
    assert_eq!(status["gates"][TEST]["worktree"]["standing"], "stale");
}

#[test]
fn unmerged_paths_are_named() {
    let project = Project::new();
    project.git(&["checkout", "-q", "-b", "side"]);
    project.write("src/lib.txt", "side\n");
    project.commit("side");
    project.git(&["checkout", "-q", "main"]);
    project.write("src/lib.txt", "main\n");
    project.commit("main");
    let mut merge = Command::new("git");
    project.environment(&mut merge);
    let merge = merge.current_dir(&project.root).args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success(), "the merge conflicts");
    let output = project.portcullis(&["run", "test"]);
    assert_eq!(output.status.code(), Some(70));
    let said = text(&output.stderr);
    assert!(said.contains("unmerged path(s)") && said.contains("src/lib.txt"), "{said}");
    assert_eq!(project.receipts(), "");
}

#[test]
fn a_linked_worktree_is_judged_on_its_own_tree() {
    let project = Project::new();
    project.run_expecting("passed", 0);
    let inside = project.root.join(".claude/worktrees/w");
    project.git(&["worktree", "add", "-q", "-b", "w", inside.to_str().unwrap()]);
    assert_eq!(project.standing(), "passed", "a worktree inside is no part of this tree");
    assert_eq!(
        project.status_in(&inside)["gates"][TEST]["worktree"]["standing"],
        "passed",
        "same files, same receipt"
    );
    std::fs::write(inside.join("src/lib.txt"), "worktree\n").unwrap();
    assert_eq!(project.status_in(&inside)["gates"][TEST]["worktree"]["standing"], "stale");
    assert_eq!(project.standing(), "passed");
    let run = project.command(&inside, &["run", "test"]).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert_eq!(project.status_in(&inside)["gates"][TEST]["worktree"]["standing"], "passed");
    assert_eq!(project.standing(), "passed");
    assert_eq!(project.receipts().lines().count(), 2, "one file for all worktrees");
}

#[test]
fn a_dirty_submodule_never_looks_clean() {
    let project = Project::new();
    let inner = project.folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    project.git_in(&inner, &["init", "-q", "-b", "main"]);
    std::fs::write(inner.join("file"), "one\n").unwrap();
    project.git_in(&inner, &["add", "-A"]);
    project.git_in(&inner, &["commit", "-q", "-m", "inner"]);
    project.git(&["submodule", "--quiet", "add", inner.to_str().unwrap(), "sub"]);
    project.commit("with a submodule");
    project.git(&["config", "submodule.sub.ignore", "all"]);
    assert_eq!(project.tree(), project.head_tree());
    project.run_expecting("passed", 0);
    project.write("sub/file", "two\n");
    assert_eq!(project.standing(), "stale", "an edit inside");
    project.git(&["-C", "sub", "checkout", "-q", "file"]);
    assert_eq!(project.standing(), "passed");
    project.write("sub/untracked", "x");
    assert_eq!(project.standing(), "stale", "an untracked file inside");
    project.git(&["-C", "sub", "add", "-A"]);
    project.git(&["-C", "sub", "commit", "-q", "-m", "more"]);
    assert_eq!(project.standing(), "stale", "another commit inside");
}

#[test]
fn a_sparse_checkout_is_the_tree_that_was_there() {
    let project = Project::new();
    project.run_expecting("passed", 0);
    project.git(&["sparse-checkout", "set", "--no-cone", "/portcullis.yaml", "/.gitignore"]);
    assert!(!project.root.join("src/lib.txt").exists());
    let status = project.status();
    assert_eq!(status["gates"][TEST]["worktree"]["standing"], "stale");
    assert!(status["notes"][0].as_str().unwrap().contains("sparse"), "{status:#}");
}

#[test]
fn an_embedded_repository_that_nobody_added_is_part_of_the_tree() {
    let project = Project::new();
    project.run_expecting("passed", 0);
    let inner = project.root.join("vendor/inner");
    std::fs::create_dir_all(&inner).unwrap();
    project.git_in(&inner, &["init", "-q", "-b", "main"]);
    std::fs::write(inner.join("file"), "one\n").unwrap();
    project.git_in(&inner, &["add", "-A"]);
    project.git_in(&inner, &["commit", "-q", "-m", "inner"]);
    assert_eq!(project.standing(), "stale");
    let clean = project.tree();
    std::fs::write(inner.join("file"), "two\n").unwrap();
    assert_ne!(project.tree(), clean, "an edit inside");
}

#[test]
fn settings_in_the_environment_do_not_hide_a_file() {
    let project = Project::new();
    project.run_expecting("passed", 0);
    project.write("helper.txt", "x");
    let excludes = project.folder.path().join("excludes");
    std::fs::write(&excludes, "helper.txt\n").unwrap();
    let output = project
        .command(&project.root, &["status", "--json"])
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.excludesFile")
        .env("GIT_CONFIG_VALUE_0", &excludes)
        .output()
        .unwrap();
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status["gates"][TEST]["worktree"]["standing"], "stale");
}
