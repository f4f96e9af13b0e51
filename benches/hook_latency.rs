//! What one hook call costs as a process, against an empty static Rust process, in one run.
//!
//! Prints ratios of CPU medians (both sides taken in turn) and, where valgrind is there,
//! instruction counts. `cargo bench --bench hook_latency`.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

#[path = "../tests/it/callgrind.rs"]
mod callgrind;
#[path = "empty.rs"]
mod empty;
#[path = "../tests/it/events.rs"]
mod events;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

const ROUNDS: usize = 300;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path();
    let git = Command::new("git").args(["init", "-q"]).arg(dir).status().expect("git starts");
    assert!(git.success());
    let empty = empty::build_empty(dir);
    let program = PathBuf::from(env!("CARGO_BIN_EXE_portcullis"));
    let events = events::fixed(dir).map(|(name, payload)| (name, payload.to_string().into_bytes()));

    println!(
        "{ROUNDS} rounds, both sides in turn; CPU (user + system) of the child, median in microseconds"
    );
    println!("{:<36} {:>9} {:>9} {:>7}", "event", "hook", "empty", "ratio");
    for (name, payload) in &events {
        let input = dir.join("stdin");
        std::fs::write(&input, payload).expect("the input file");
        let mut hook = Vec::new();
        let mut floor = Vec::new();
        for _ in 0..ROUNDS {
            hook.push(cpu_of(&program, &["hook"], &input, dir));
            floor.push(cpu_of(&empty, &[], &input, dir));
        }
        let (hook, floor) = (median(hook), median(floor));
        println!("{name:<36} {hook:>9} {floor:>9} {:>7.2}", hook as f64 / floor as f64);
    }
    if !callgrind::available() {
        println!("instruction counts: valgrind is not here");
        return;
    }
    println!("\ninstructions in user space (callgrind)");
    let floor = callgrind::instructions(&empty, &[], b"", dir);
    println!("{:<36} {floor:>9}", "empty static process");
    for (name, payload) in &events {
        println!("{name:<36} {:>9}", callgrind::instructions(&program, &["hook"], payload, dir));
    }
}

/// Microseconds of CPU that one run of the program takes.
fn cpu_of(program: &Path, args: &[&str], stdin: &Path, dir: &Path) -> i64 {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage");
        (usage.user_time() + usage.system_time()).num_microseconds()
    };
    let before = used();
    let status = Command::new(program)
        .args(args)
        .env_clear()
        .env("HOME", dir)
        .current_dir(dir)
        .stdin(std::fs::File::open(stdin).expect("the input file"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success());
    used() - before
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values[values.len() / 2]
}
