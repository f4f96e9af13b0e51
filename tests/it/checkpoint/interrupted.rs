//! A rollback that is killed: at each of its steps, and for real.

use std::process::Stdio;

use portcullis::checkpoint::rollback::{self, Request};
use portcullis::config::Checkpoints;

use super::{back, sample};
use crate::support::{PROGRAM, Project};

/// A working tree that differs from its checkpoint in every way.
fn prepared() -> (Project, String) {
    let project = sample();
    project.write("staged.txt", "staged\n");
    project.git(&["add", "staged.txt"]);
    project.write("gone.txt", "untracked\n");
    let taken = project.checkpoint("before");
    project.git(&["checkout", "-q", "-b", "other"]);
    project.git(&["rm", "-q", "-r", "--cached", "src"]);
    std::fs::remove_file(project.path().join("gone.txt")).unwrap();
    std::fs::remove_dir_all(project.path().join("src/deep")).unwrap();
    project.write("src/deep", "a file\n");
    project.write("README.md", "changed\n");
    project.commit("other");
    project.write("new/one.txt", "new\n");
    (project, taken.id)
}

/// Runs a rollback that ends after `steps` steps, without any tidying up; false when it came to
/// its end before.
fn ended_after(project: &Project, to: &str, steps: usize) -> bool {
    let mut left = steps;
    let mut observer = |_: &str| {
        if left == 0 {
            anyhow::bail!("killed");
        }
        left -= 1;
        Ok(())
    };
    let request = Request { to, run: None, head: true, dry_run: false, force: false };
    let policy = Checkpoints::default();
    rollback::rollback(&project.path(), &policy, &request, &mut observer).is_err()
}

#[test]
fn ended_at_any_step_it_can_be_finished_and_taken_back() {
    let (project, to) = prepared();
    let before = project.state();
    back(&project.path(), &to, true).unwrap();
    let wanted = project.state();
    let mut steps = 0;
    loop {
        let (project, to) = prepared();
        if !ended_after(&project, &to, steps) {
            break;
        }
        let listed = project.json(&["checkpoint", "list"]);
        let pending = &listed["interrupted_rollback"];
        // The first step is the checkpoint of the present: nothing has been touched then, and at
        // the last the mark is away.
        if !pending.is_null() {
            assert_eq!(pending["to"], to, "step {steps}");
            let from = pending["from"].as_str().unwrap();
            let text = project.portcullis(&["checkpoint", "list"]);
            let text = String::from_utf8(text.stdout).unwrap();
            assert!(text.contains("INTERRUPTED") && text.contains(from), "{text}");
            if steps % 2 == 0 {
                let outcome = back(&project.path(), from, true).unwrap();
                assert!(outcome.interrupted.is_some());
                assert_same(&project, &before, &format!("back, step {steps}"));
            }
            back(&project.path(), &to, true).unwrap();
        } else if steps == 0 {
            assert_same(&project, &before, "nothing was done");
            back(&project.path(), &to, true).unwrap();
        }
        assert_same(&project, &wanted, &format!("finished, step {steps}"));
        assert!(project.json(&["checkpoint", "list"])["interrupted_rollback"].is_null());
        assert_eq!(project.git(&["status", "--porcelain", "--ignored=no"]), status(&project));
        steps += 1;
    }
    assert!(steps > 10, "only {steps} steps were seen");
}

/// Git itself works, so no lock is left.
fn status(project: &Project) -> String {
    project.git(&["update-index", "-q", "--refresh"]);
    project.git(&["status", "--porcelain", "--ignored=no"])
}

/// Files and index; commits of two samples have different names.
fn assert_same(project: &Project, wanted: &super::State, about: &str) {
    let now = project.state();
    assert_eq!(now.files, wanted.files, "{about}");
    assert_eq!(now.index, wanted.index, "{about}");
    assert_eq!(now.head.1, wanted.head.1, "{about}");
}

#[test]
fn killed_for_real_it_can_be_taken_back() {
    let project = sample();
    for number in 0..400 {
        project.write(&format!("many/f{number}.txt"), &format!("{number}\n"));
    }
    let taken = project.checkpoint("before");
    std::fs::remove_dir_all(project.path().join("many")).unwrap();
    let before = project.state();
    let mut command = project.command(PROGRAM);
    command.args(["rollback", "--to", &taken.id]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // Between the mark and the end; wherever the kill falls, what follows must hold.
    let mark = project.path().join(".git/portcullis/checkpoints/main/rollback.json");
    while !mark.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = project.json(&["checkpoint", "list"]);
    let known = listed["checkpoints"].as_array().unwrap();
    let undo = known.last().unwrap()["id"].as_str().unwrap().to_owned();
    project.rollback(&undo);
    assert_eq!(project.state(), before);
    project.rollback(&taken.id);
    assert_eq!(std::fs::read_dir(project.path().join("many")).unwrap().count(), 400);
}
