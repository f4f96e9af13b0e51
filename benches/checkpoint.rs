//! A checkpoint of 20,000 files with 10 changes, warm, beside `git status` and `git stash create` in
//! turn; and of a tree without a change.
//!
//! `cargo bench --bench checkpoint`
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FOLDERS: usize = 200;
const FILES: usize = 100;
const CHANGES: usize = 10;
const ROUNDS: usize = 15;

fn git(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.invalid"]);
    command.args(args).current_dir(dir);
    command
}

fn portcullis(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(args).current_dir(dir);
    command
}

fn once(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?}");
    began.elapsed()
}

/// Edits, adds and removes, `CHANGES` files in all; other contents in each round.
fn change(dir: &Path, round: usize) {
    for number in 0..CHANGES {
        let file = dir.join(format!("src/d{}/f{number}.txt", (round * 7 + number) % FOLDERS));
        match number {
            0 => std::fs::write(dir.join(format!("new{}.txt", round % 3)), round.to_string())
                .expect("a file"),
            _ => std::fs::write(file, format!("changed in round {round}\n")).expect("a file"),
        }
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path();
    once(git(dir, &["init", "-q", "-b", "main"]));
    for one in 0..FOLDERS {
        let inner = dir.join(format!("src/d{one}"));
        std::fs::create_dir_all(&inner).expect("a folder");
        for two in 0..FILES {
            std::fs::write(inner.join(format!("f{two}.txt")), format!("{one} {two}\n"))
                .expect("a file");
        }
    }
    once(git(dir, &["add", "-A"]));
    once(git(dir, &["commit", "-q", "-m", "x"]));
    let take = || once(portcullis(dir, &["checkpoint", "create"]));
    println!("{} files", FOLDERS * FILES);
    println!("the first checkpoint, which reads every file: {:?}", take());
    once(git(dir, &["status", "--porcelain"]));
    let (mut changed, mut same, mut status, mut stash) = (vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        change(dir, round);
        changed.push(take());
        same.push(take());
        status.push(once(git(dir, &["status", "--porcelain"])));
        stash.push(once(git(dir, &["stash", "create"])));
    }
    let base = median(&mut status);
    println!("{ROUNDS} rounds in turn, warm, {CHANGES} changes before each:");
    let rows = [
        ("checkpoint, changed", &mut changed),
        ("checkpoint, nothing new", &mut same),
        ("git stash create", &mut stash),
        ("git status", &mut status),
    ];
    for (name, times) in rows {
        let middle = median(times);
        println!(
            "{name:<24} fastest {:>10.1?}  median {middle:>10.1?}  {:.2} times git status",
            times[0],
            middle.as_secs_f64() / base.as_secs_f64()
        );
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
