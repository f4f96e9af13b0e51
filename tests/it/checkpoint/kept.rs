//! What a checkpoint holds and a rollback brings back.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::{back, files, sample, take};
use crate::support::Project;

/// Takes a checkpoint, lets `change` work, and goes back and forth.
fn there_and_back(project: &Project, change: impl FnOnce(&Project)) {
    let before = project.state();
    let taken = project.checkpoint("before");
    assert_eq!(project.state(), before, "a checkpoint changes nothing");
    change(project);
    let after = project.state();
    assert_ne!(after, before, "the change is one");
    let undo = project.rollback(&taken.id).undo.expect("the present was kept");
    assert_eq!(project.state(), before, "back");
    project.rollback(&undo);
    assert_eq!(project.state(), after, "the rollback of the rollback");
}

#[test]
fn staged_unstaged_and_untracked_changes_come_back_apart() {
    let project = sample();
    project.write("src/lib.rs", "staged\n");
    project.git(&["add", "src/lib.rs"]);
    project.write("src/lib.rs", "unstaged\n");
    project.write("untracked/new file.txt", "new\n");
    project.git(&["rm", "-q", "--cached", "README.md"]);
    there_and_back(&project, |project| {
        project.git(&["reset", "-q", "--hard"]);
        project.git(&["clean", "-q", "-f", "-d"]);
    });
    there_and_back(&project, |project| {
        fs::remove_dir_all(project.path().join("src")).unwrap();
        fs::remove_file(project.path().join("link")).unwrap();
        project.write("README.md", "changed\n");
        project.git(&["add", "-A"]);
    });
}

#[test]
fn modes_links_and_odd_names_come_back() {
    let project = sample();
    let chmod = |path: &str, bits: u32| {
        fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(bits)).unwrap();
    };
    project.write("secret.key", "x\n");
    chmod("secret.key", 0o600);
    project.write("läufe/naïve ☃.txt", "snow\n");
    project.write("line\nbreak", "x\n");
    project.write("Case", "upper\n");
    project.write("case", "lower\n");
    project.write("-n", "an option?\n");
    project.write(":(top)x", "a pathspec?\n");
    let bytes = std::ffi::OsString::from_vec(b"no-utf8-\xff".to_vec());
    fs::write(project.path().join(&bytes), "bytes").unwrap();
    symlink("../outside/nowhere", project.path().join("dangling")).unwrap();
    there_and_back(&project, |project| {
        for name in ["secret.key", "line\nbreak", "Case", "-n", ":(top)x", "dangling", "link"] {
            fs::remove_file(project.path().join(name)).unwrap();
        }
        fs::remove_file(project.path().join(&bytes)).unwrap();
        symlink("run.sh", project.path().join("link")).unwrap();
        fs::remove_dir_all(project.path().join("läufe")).unwrap();
        project.write("dangling", "a file now\n");
        chmod("run.sh", 0o644);
        chmod("README.md", 0o400);
        chmod("src/lib.rs", 0o755);
    });
}

#[test]
fn files_become_folders_and_links_and_back() {
    let project = sample();
    there_and_back(&project, |project| {
        let root = project.path();
        fs::remove_file(root.join("README.md")).unwrap();
        project.write("README.md/inside.txt", "a folder now\n");
        fs::remove_dir_all(root.join("src/deep")).unwrap();
        project.write("src/deep", "a file now\n");
    });
    let project = sample();
    fs::create_dir(project.outside().join("elsewhere")).unwrap();
    fs::write(project.outside().join("elsewhere/file.txt"), "not ours\n").unwrap();
    there_and_back(&project, |project| {
        let root = project.path();
        fs::remove_dir_all(root.join("src/deep/er")).unwrap();
        symlink(project.outside().join("elsewhere"), root.join("src/deep/er")).unwrap();
    });
    assert_eq!(
        fs::read_to_string(project.outside().join("elsewhere/file.txt")).unwrap(),
        "not ours\n",
        "nothing is written through a link"
    );
}

#[test]
fn bytes_are_kept_where_git_would_convert_them() {
    let project = sample();
    project.write(".gitattributes", "*.txt text=auto eol=lf\n*.dat filter=shout\n*.id ident\n*.u16 working-tree-encoding=UTF-16LE\n");
    project.git(&["config", "filter.shout.clean", "tr a-z A-Z"]);
    project.git(&["config", "filter.shout.smudge", "tr A-Z a-z"]);
    project.git(&["config", "core.autocrlf", "true"]);
    project.put("dos.txt", b"one\r\ntwo\n\rthree\r\n");
    project.put("mixed.dat", b"Mixed Case\n");
    project.put("x.id", b"$Id$ and $Id: kept as it is $\n");
    project.put("wide.u16", b"h\0i\0\n\0");
    project.commit("converted");
    project.put("also.txt", b"un\r\ntracked\n");
    there_and_back(&project, |project| {
        for name in ["dos.txt", "mixed.dat", "x.id", "wide.u16", "also.txt"] {
            project.write(name, "gone\n");
        }
    });
}

#[test]
fn bits_of_the_index_and_promises_come_back() {
    let project = sample();
    project.write("promised.txt", "content\n");
    project.git(&["add", "-N", "promised.txt"]);
    project.git(&["update-index", "--assume-unchanged", "README.md"]);
    project.git(&["update-index", "--skip-worktree", "run.sh"]);
    project.write("README.md", "edited although assumed unchanged\n");
    there_and_back(&project, |project| {
        project.git(&["update-index", "--no-assume-unchanged", "README.md"]);
        project.git(&["update-index", "--no-skip-worktree", "run.sh"]);
        project.git(&["add", "-A"]);
        project.git(&["update-index", "--assume-unchanged", "src/lib.rs"]);
        project.write("src/lib.rs", "two\n");
    });
}

#[test]
fn ignored_files_are_neither_kept_nor_touched() {
    let project = sample();
    let taken = project.checkpoint("before");
    let listed = project.git(&["ls-tree", "-r", "--name-only", &taken.commit]);
    assert!(!listed.contains("cache") && !listed.contains("noise.log"), "{listed}");
    project.write("cache/kept.bin", "newer\n");
    project.write("cache/more.bin", "more\n");
    project.write("README.md", "x\n");
    project.rollback(&taken.id);
    assert_eq!(fs::read_to_string(project.path().join("cache/kept.bin")).unwrap(), "newer\n");
    assert!(project.path().join("cache/more.bin").exists());
}

#[test]
fn a_tracked_file_that_a_rule_ignores_is_kept() {
    let project = sample();
    project.git(&["add", "-f", "noise.log"]);
    let before = project.state();
    let taken = project.checkpoint("before");
    project.write("noise.log", "changed\n");
    project.rollback(&taken.id);
    assert_eq!(project.state(), before);
    project.git(&["rm", "-q", "--cached", "noise.log"]);
    let later = project.checkpoint("not tracked any more");
    let listed = project.git(&["ls-tree", "-r", "--name-only", &later.commit]);
    assert!(!listed.contains("noise.log"), "{listed}");
}

#[test]
fn what_the_rules_of_then_ignore_stays() {
    let project = sample();
    let taken = project.checkpoint("before");
    // The rules change: what was ignored is an untracked file now, and was there all the time.
    project.write(".gitignore", "/cache/\n");
    let outcome = project.rollback(&taken.id);
    assert!(project.path().join("noise.log").exists());
    assert_eq!(outcome.files.left.len(), 1, "{:?}", outcome.files.left);
    assert_eq!(outcome.files.left[0].path, "noise.log");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_repository_without_a_commit() {
    let project = Project::new();
    let empty = project.state();
    let nothing = project.checkpoint("nothing at all");
    project.write("first.txt", "one\n");
    project.git(&["add", "first.txt"]);
    project.write("first.txt", "two\n");
    project.write("second.txt", "untracked\n");
    let staged = project.state();
    let taken = project.checkpoint("before the first commit");
    assert_eq!(taken.facts.head, None);
    assert_eq!(taken.facts.branch.as_deref(), Some("refs/heads/main"));
    project.commit("first");
    project.write("first.txt", "three\n");
    let outcome = back(&project.path(), &taken.id, true).unwrap();
    assert_eq!(project.state(), staged, "with --head the branch is unborn again");
    back(&project.path(), &nothing.id, true).unwrap();
    assert_eq!(project.state(), empty);
    back(&project.path(), &outcome.undo.unwrap(), true).unwrap();
    assert_eq!(project.git(&["log", "--format=%s"]), "first", "the commit was kept");
}

#[test]
fn head_stays_unless_it_is_asked_for() {
    let project = sample();
    let before = project.state();
    let taken = project.checkpoint("before");
    project.git(&["checkout", "-q", "-b", "other"]);
    project.write("README.md", "on another branch\n");
    project.commit("more");
    let moved = project.state();
    project.rollback(&taken.id);
    let stayed = project.state();
    assert_eq!(stayed.head, moved.head);
    assert_eq!((&stayed.files, &stayed.index), (&before.files, &before.index));
    let outcome = back(&project.path(), &taken.id, true).unwrap();
    assert_eq!(project.state(), before);
    assert_eq!(project.git(&["rev-parse", "other"]), moved.head.0, "other branches stay");
    back(&project.path(), &outcome.undo.unwrap(), true).unwrap();
    assert_eq!(project.state().head, moved.head);

    project.git(&["checkout", "-q", "--detach", "main"]);
    let detached = project.state();
    let taken = project.checkpoint("detached");
    assert_eq!(taken.facts.branch, None);
    project.git(&["checkout", "-q", "other"]);
    back(&project.path(), &taken.id, true).unwrap();
    assert_eq!(project.state(), detached);
}

#[test]
fn a_linked_worktree_has_its_own() {
    let project = sample();
    let inside = project.path().join(".claude/worktrees/w");
    project.git(&["worktree", "add", "-q", "-b", "w", inside.to_str().unwrap()]);
    let inside = inside.canonicalize().unwrap();
    fs::write(inside.join("README.md"), "in the worktree\n").unwrap();
    let (here, there) = (project.state(), project.state_of(&inside));
    let taken = take(&inside, "in the worktree");
    assert_eq!(taken.facts.worktree, "worktree-w");
    let main = project.checkpoint("in the main one");
    let listed = project.git(&["ls-tree", "-r", "--name-only", &main.commit]);
    assert!(!listed.contains(".claude"), "{listed}");
    fs::write(inside.join("README.md"), "changed\n").unwrap();
    fs::write(inside.join("new.txt"), "new\n").unwrap();
    let error = back(&project.path(), &taken.id, false).unwrap_err();
    assert!(format!("{error:#}").contains("worktree-w"), "{error:#}");
    back(&inside, &taken.id, false).unwrap();
    assert_eq!(project.state_of(&inside), there);
    assert_eq!(project.state(), here);
}

#[test]
fn a_conflict_comes_back_in_the_index() {
    let project = sample();
    project.git(&["checkout", "-q", "-b", "side"]);
    project.write("README.md", "side\n");
    project.commit("side");
    project.git(&["checkout", "-q", "main"]);
    project.write("README.md", "main\n");
    project.commit("main");
    let merge = project.command("git").args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success(), "the merge conflicts");
    let before = project.state();
    let taken = project.checkpoint("in a conflict");
    assert_eq!(taken.facts.in_progress.unwrap().word(), "merge");
    project.git(&["merge", "--abort"]);
    project.git(&["gc", "-q", "--prune=now"]);
    let outcome = project.rollback(&taken.id);
    assert_eq!(project.state(), before);
    assert!(outcome.notes.iter().any(|note| note.contains("merge")), "{:?}", outcome.notes);
}

#[test]
fn submodules_and_embedded_repositories_are_named() {
    let project = sample();
    let make = |path: &std::path::Path, commit: bool| {
        fs::create_dir_all(path).unwrap();
        let git = |args: &[&str]| {
            let done = project.command("git").current_dir(path).args(args).output().unwrap();
            assert!(done.status.success(), "{args:?}");
        };
        git(&["init", "-q", "-b", "main"]);
        fs::write(path.join("file"), "inner\n").unwrap();
        if commit {
            git(&["add", "-A"]);
            git(&["commit", "-q", "-m", "inner"]);
        }
    };
    let inner = project.outside().join("inner");
    make(&inner, true);
    project.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        inner.to_str().unwrap(),
        "sub",
    ]);
    project.commit("with a submodule");
    make(&project.path().join("vendor/embedded"), true);
    make(&project.path().join("vendor/unborn"), false);
    let taken = project.checkpoint("before");
    assert_eq!(taken.facts.skipped.len(), 1, "{:?}", taken.facts.skipped);
    assert_eq!(taken.facts.skipped[0].path, "vendor/unborn");
    let shown = project.portcullis(&["checkpoint", "show", &taken.id]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    for path in ["sub", "vendor/embedded", "vendor/unborn"] {
        assert!(shown.contains(&format!("not kept    {path}: ")), "{shown}");
    }
    let at = project.git(&["-C", "sub", "rev-parse", "HEAD"]);
    fs::write(project.path().join("sub/file"), "changed\n").unwrap();
    project.git(&["-C", "sub", "commit", "-q", "-a", "-m", "more"]);
    project.write("README.md", "x\n");
    let outcome = project.rollback(&taken.id);
    assert_eq!(outcome.files.left.len(), 1, "{:?}", outcome.files.left);
    assert!(outcome.files.left[0].why.contains(&at[..10]), "{:?}", outcome.files.left);
    assert_eq!(fs::read_to_string(project.path().join("sub/file")).unwrap(), "changed\n");
}

#[test]
fn a_sparse_checkout_keeps_its_holes() {
    let project = sample();
    project.git(&["sparse-checkout", "set", "--no-cone", "/README.md", "/.gitignore", "/run.sh"]);
    assert!(!project.path().join("src/lib.rs").exists());
    there_and_back(&project, |project| {
        project.write("README.md", "changed\n");
        project.write("new.txt", "new\n");
        project.git(&["add", "--sparse", "-A"]);
    });
    there_and_back(&project, |project| {
        project.git(&["sparse-checkout", "disable"]);
    });
}

#[test]
fn a_large_file_is_left_out_and_listed() {
    let project = sample();
    project.write("portcullis.yaml", "checkpoints: {max_file_mb: 1}\n");
    let large = vec![b'x'; 1024 * 1024 + 1];
    project.put("tracked.bin", &large);
    project.commit("a large file that git has is kept");
    project.put("large.bin", &large);
    let value = project.json(&["checkpoint", "create"]);
    let skipped = value["checkpoint"]["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 1, "{value:#}");
    assert_eq!(skipped[0]["path"], "large.bin");
    assert_eq!(skipped[0]["bytes"], large.len());
    let id = value["checkpoint"]["id"].as_str().unwrap();
    project.write("tracked.bin", "small\n");
    project.write("large.bin", "small now\n");
    let back = project.json(&["rollback", "--to", id]);
    assert_eq!(back["files"]["left"][0]["path"], "large.bin", "{back:#}");
    assert_eq!(fs::read(project.path().join("tracked.bin")).unwrap(), large);
    assert_eq!(fs::read_to_string(project.path().join("large.bin")).unwrap(), "small now\n");
}

#[test]
fn the_users_hooks_and_garbage_collection_do_not_matter() {
    let project = sample();
    let hooks = project.path().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for name in ["reference-transaction", "post-checkout", "post-index-change", "pre-commit"] {
        let hook = hooks.join(name);
        fs::write(&hook, "#!/bin/sh\ntouch \"$HOME/ran\"\nexit 1\n").unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    project.write("untracked.txt", "only here\n");
    let before = files(&project.path());
    let taken = project.checkpoint("before");
    fs::remove_file(project.path().join("untracked.txt")).unwrap();
    project.write("README.md", "x\n");
    project.rollback(&taken.id);
    assert!(!project.home().join("ran").exists(), "no hook of the user ran");
    fs::remove_dir_all(&hooks).unwrap();
    fs::remove_file(project.path().join("untracked.txt")).unwrap();
    project.git(&["reflog", "expire", "--expire=now", "--all"]);
    project.git(&["gc", "-q", "--prune=now"]);
    project.rollback(&taken.id);
    assert_eq!(files(&project.path()), before);
    // Objects that only our own index knew are gone: the next checkpoint reads them again.
    let all = project.git(&["for-each-ref", "--format=%(refname)", "refs/portcullis"]);
    for name in all.lines() {
        project.git(&["update-ref", "-d", name]);
    }
    project.git(&["gc", "-q", "--prune=now"]);
    let again = project.checkpoint("after the objects went");
    project.git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!(again.tree, taken.tree);
}

#[test]
fn a_push_does_not_send_them() {
    let project = sample();
    let remote = project.outside().join("remote.git");
    let made = Command::new("git").args(["init", "-q", "--bare"]).arg(&remote).status().unwrap();
    assert!(made.success());
    project.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    project.checkpoint("before");
    project.git(&["push", "-q", "--all", "origin"]);
    let listed = project.git(&["ls-remote", "origin"]);
    assert!(listed.contains("refs/heads/main") && !listed.contains("portcullis"), "{listed}");
}

#[test]
fn the_object_format_of_the_repository_is_used() {
    let project = Project::new();
    fs::remove_dir_all(project.path().join(".git")).unwrap();
    project.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    project.write("a.txt", "one\n");
    project.commit("one");
    project.write("empty.txt", "");
    project.git(&["add", "-N", "empty.txt"]);
    there_and_back(&project, |project| {
        project.write("a.txt", "two\n");
        fs::remove_file(project.path().join("empty.txt")).unwrap();
    });
}

#[test]
fn twenty_thousand_files() {
    let project = Project::new();
    for number in 0..20_000 {
        let folder = number / 100;
        let file = project.path().join(format!("src/d{folder}/f{number}.txt"));
        if number % 100 == 0 {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
        }
        fs::write(file, format!("{number}\n")).unwrap();
    }
    project.commit("many");
    project.write("src/d7/f700.txt", "changed before\n");
    project.write("src/untracked.txt", "untracked\n");
    there_and_back(&project, |project| {
        fs::remove_dir_all(project.path().join("src/d9")).unwrap();
        for number in 0..10 {
            project.write(&format!("src/d1{number}/f1{number}00.txt"), "changed\n");
        }
        project.git(&["add", "src/d9"]);
        fs::remove_file(project.path().join("src/untracked.txt")).unwrap();
    });
}
