//! Instructions of one process by valgrind's callgrind: repeatable whatever else the machine does.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether valgrind can be started.
pub(crate) fn available() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Instructions in user space of `program args < stdin`, run in `dir` with HOME there.
pub(crate) fn instructions(program: &Path, args: &[&str], stdin: &[u8], dir: &Path) -> u64 {
    let input = dir.join("callgrind-stdin");
    std::fs::write(&input, stdin).expect("the input file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(args)
        .env_clear()
        .env("HOME", dir)
        .current_dir(dir)
        .stdin(std::fs::File::open(&input).expect("the input file"))
        .output()
        .expect("valgrind starts");
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split("Collected :").nth(1))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("callgrind printed no count:\n{text}"))
}
