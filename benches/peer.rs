//! Other programs beside ours in a bench: where they are, what one run of them costs, and the seed of the input.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What one run took.
pub(crate) struct Cost {
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
    pub(crate) peak_mb: f64,
}

/// Where a program is: in the folders of `PEERS`, then in those of `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let mut paths = std::env::var_os("PEERS").unwrap_or_default();
    paths.push(":");
    paths.push(std::env::var_os("PATH").unwrap_or_default());
    std::env::split_paths(&paths).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a program in a process of its own, which alone waits for it: so what the system counts is
/// of that program. Its HOME is `home`.
pub(crate) fn run(program: &Path, args: &[&str], codes: &[i32], tree: &Path, home: &Path) -> Cost {
    let start = Instant::now();
    let output = Command::new(std::env::current_exe().expect("this bench"))
        .arg("--run-one")
        .arg(format!("{codes:?}"))
        .arg(program)
        .args(args.iter().map(|arg| if *arg == "{}" { tree.as_os_str() } else { arg.as_ref() }))
        .env("HOME", home)
        .env("TMPDIR", home)
        .current_dir(tree)
        .output()
        .expect("the bench starts itself");
    let wall = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let (cpu, peak) = text.trim().split_once(' ').expect("two figures");
    Cost { cpu: cpu.parse().expect("seconds"), wall, peak_mb: peak.parse().expect("megabytes") }
}

/// The inner process: runs the command line, prints its CPU seconds and its peak in MB.
pub(crate) fn run_one(line: &[String]) {
    let [codes, program, args @ ..] = line else { panic!("codes, a program, its arguments") };
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the scanner starts");
    let codes: Vec<i32> = serde_json::from_str(codes).expect("codes");
    // A scanner that refuses its arguments is fast.
    assert!(status.code().is_some_and(|code| codes.contains(&code)), "{line:?}: {status}");
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{} {}", micros as f64 / 1e6, usage.max_rss() as f64 * 1024.0 / 1e6);
}

/// Steele and Vigna's SplitMix64.
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ bits >> 31) % end.max(1) as u64) as usize
    }
}
