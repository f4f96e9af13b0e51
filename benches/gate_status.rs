//! `gate status` on a repository of 50,000 files, warm, beside `git status` in turn.
//!
//! `cargo bench --bench gate_status`; on a machine that does other work too, root takes that out of
//! the figures with `chrt -f 10 cargo bench --bench gate_status`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FOLDERS: usize = 500;
const FILES: usize = 100;
const ROUNDS: usize = 15;

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.invalid"])
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::null())
        .status()
        .expect("git starts");
    assert!(status.success(), "git {args:?}");
}

fn once(mut command: Command) -> Duration {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
    assert!(status.code().is_some());
    began.elapsed()
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path();
    git(dir, &["init", "-q", "-b", "main"]);
    for one in 0..FOLDERS {
        let inner = dir.join(format!("src/d{one}"));
        std::fs::create_dir_all(&inner).expect("a folder");
        for two in 0..FILES {
            std::fs::write(inner.join(format!("f{two}.txt")), format!("{one} {two}\n"))
                .expect("a file");
        }
    }
    let policy = "gates: {test: {command: [sh, -c, 'echo 1 passed, 0 failed']}}\n";
    std::fs::write(dir.join("portcullis.yaml"), policy).expect("a file");
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", "x"]);
    let ours = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(["gate", "status"]).current_dir(dir);
        command
    };
    let theirs = || {
        let mut command = Command::new("git");
        command.args(["status", "--porcelain"]).current_dir(dir);
        command
    };
    once(ours());
    once(theirs());
    let (mut gate, mut status) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        gate.push(once(ours()));
        status.push(once(theirs()));
    }
    gate.sort();
    status.sort();
    println!("{} files, {ROUNDS} rounds in turn, warm", FOLDERS * FILES);
    for (name, times) in [("portcullis gate status", &gate), ("git status", &status)] {
        println!("{name}: fastest {:?}, median {:?}", times[0], times[ROUNDS / 2]);
    }
    println!(
        "ratio of the medians: {:.2}",
        gate[ROUNDS / 2].as_secs_f64() / status[ROUNDS / 2].as_secs_f64()
    );
}
