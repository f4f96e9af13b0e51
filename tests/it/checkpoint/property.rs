//! Random edits between checkpoints: every one comes back byte for byte, in any order.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{State, back, sample, take};
use crate::support::Project;

/// Names that collide: a file, a folder of that name, ignored and odd ones.
const NAMES: &[&str] = &[
    "a",
    "a/b",
    "a/b/c",
    "b.txt",
    "dir/x",
    "dir/y.log",
    "dir/ä ☃",
    "cache/z",
    ".gitignore",
    "README.md",
    "src/lib.rs",
    "link",
    "run.sh",
];

/// One thing that a person or a model does.
#[derive(Debug, Clone)]
enum Edit {
    Write(usize, u8),
    Remove(usize),
    Link(usize, usize),
    Executable(usize),
    Private(usize),
    Stage(usize),
    StageAll,
    Unstage(usize),
    Promise(usize),
    Commit,
    Branch(u8),
    Detach,
    Stash,
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = 0..NAMES.len();
    prop_oneof![
        6 => (name.clone(), any::<u8>()).prop_map(|(at, byte)| Edit::Write(at, byte)),
        4 => name.clone().prop_map(Edit::Remove),
        2 => (name.clone(), name.clone()).prop_map(|(at, to)| Edit::Link(at, to)),
        1 => name.clone().prop_map(Edit::Executable),
        1 => name.clone().prop_map(Edit::Private),
        3 => name.clone().prop_map(Edit::Stage),
        1 => Just(Edit::StageAll),
        1 => name.clone().prop_map(Edit::Unstage),
        1 => name.prop_map(Edit::Promise),
        1 => Just(Edit::Commit),
        1 => (0..3_u8).prop_map(Edit::Branch),
        1 => Just(Edit::Detach),
        1 => Just(Edit::Stash),
    ]
}

/// Does it; what cannot be done in the present state is left undone.
fn perform(project: &Project, edit: &Edit) {
    let file = |at: &usize| project.path().join(NAMES[*at]);
    let git = |args: &[&str]| {
        let _ = project.command("git").args(args).output().unwrap();
    };
    let clear = |path: &Path| {
        if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            let _ = fs::remove_dir_all(path);
        } else {
            let _ = fs::remove_file(path);
        }
    };
    // A link on the way would lead outside of the tree or in circles.
    let parents = |path: &Path| {
        let root = project.path();
        for parent in path.ancestors().skip(1).take_while(|parent| **parent != *root) {
            if parent.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
                let _ = fs::remove_file(parent);
            }
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    };
    let bits = |path: &Path, bits: u32| {
        if path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
        }
    };
    match edit {
        Edit::Write(at, byte) => {
            let path = file(at);
            parents(&path);
            clear(&path);
            let text = match NAMES[*at] {
                ".gitignore" => ["*.log\n", "/cache/\n", "b.txt\n*.log\n/cache/\n"]
                    [usize::from(*byte) % 3]
                    .as_bytes()
                    .to_vec(),
                _ => [*byte, b'\r', b'\n', 0].repeat(usize::from(*byte % 4)),
            };
            fs::write(path, text).unwrap();
        }
        Edit::Remove(at) => clear(&file(at)),
        Edit::Link(at, to) => {
            let path = file(at);
            parents(&path);
            clear(&path);
            symlink(NAMES[*to], path).unwrap();
        }
        Edit::Executable(at) => bits(&file(at), 0o755),
        Edit::Private(at) => bits(&file(at), 0o600),
        Edit::Stage(at) => git(&["add", "-A", "-f", "--", NAMES[*at]]),
        Edit::StageAll => git(&["add", "-A"]),
        Edit::Unstage(at) => git(&["rm", "-q", "-r", "--cached", "--", NAMES[*at]]),
        Edit::Promise(at) => git(&["add", "-N", "--", NAMES[*at]]),
        Edit::Commit => git(&["commit", "-q", "--allow-empty", "-m", "x"]),
        Edit::Branch(number) => git(&["switch", "-q", "-C", &format!("b{number}")]),
        Edit::Detach => git(&["switch", "-q", "--detach"]),
        Edit::Stash => git(&["stash", "-q", "-u"]),
    }
}

/// The state without what the rules of git ignore.
fn kept(project: &Project) -> State {
    let mut state = project.state();
    for path in ignored(project) {
        state.files.remove(&path);
    }
    state
}

/// The files that git ignores.
fn ignored(project: &Project) -> BTreeSet<Vec<u8>> {
    let listed = project
        .command("git")
        .args(["ls-files", "-z", "-o", "-i", "--exclude-standard"])
        .output()
        .unwrap();
    listed.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

/// Sequences of edits; `PORTCULLIS_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PORTCULLIS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn any_checkpoint_comes_back_from_any_state() {
    let strategy = proptest::collection::vec(proptest::collection::vec(edit(), 1..8), 2..5);
    let config = Config { failure_persistence: None, ..Config::with_cases(cases()) };
    TestRunner::new(config)
        .run(&strategy, |rounds| {
            let project = sample();
            let mut taken = Vec::new();
            for round in &rounds {
                for edit in round {
                    perform(&project, edit);
                }
                let before = project.state();
                let checkpoint = take(&project.path(), "round");
                prop_assert_eq!(&project.state(), &before, "a checkpoint changes nothing");
                taken.push((checkpoint, kept(&project)));
            }
            for (checkpoint, state) in taken.iter().chain(taken.iter().rev()) {
                let before = project.state();
                let untouchable = ignored(&project);
                match back(&project.path(), &checkpoint.id, true) {
                    Ok(outcome) => {
                        let mut now = kept(&project);
                        // What was ignored before is not touched, whatever it is now.
                        now.files.retain(|path, _| {
                            state.files.contains_key(path) || !untouchable.contains(path)
                        });
                        for left in &outcome.files.left {
                            prop_assert!(left.why.contains("ignored"), "{:?}", left);
                        }
                        prop_assert_eq!(&now, state);
                    }
                    // Ignored files were in the way: then nothing at all was done.
                    Err(error) => {
                        let text = format!("{error:#}");
                        prop_assert!(text.contains("would be overwritten"), "{}", text);
                        prop_assert_eq!(project.state(), before);
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}
