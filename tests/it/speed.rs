//! Instruction ceilings of the release binary on the fixed events. No clock is involved.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::support::Project;
use crate::{callgrind, events};

/// Instructions in user space that one hook call may take: about a quarter over what was counted
/// when the ceiling was set (see `docs/decisions/0005-hook-budget.md`). The order is that of
/// [`events::fixed`].
const CEILINGS: [u64; 3] = [300_000, 700_000, 190_000];

/// Instructions of a call that nothing reads, with the first whole hook (2026-11-26).
const FIRST_FLOOR: u64 = 182_289;

#[test]
fn the_hook_stays_under_its_instruction_ceilings() {
    if !callgrind::available() {
        println!("SKIPPED: valgrind is not here, so instructions cannot be counted");
        return;
    }
    let program = release_binary();
    let project = Project::new();
    for ((name, payload), ceiling) in events::fixed(&project.path()).iter().zip(CEILINGS) {
        let input = payload.to_string();
        // The first call makes the journal's folder; the second is what a session pays.
        callgrind::instructions(&program, &["hook"], input.as_bytes(), &project.path());
        let count = callgrind::instructions(&program, &["hook"], input.as_bytes(), &project.path());
        println!("{name}: {count}");
        assert!(count <= ceiling, "{name}: {count} instructions, the ceiling is {ceiling}");
    }
}

#[test]
fn a_shell_line_costs_little_more_than_a_call_that_nothing_reads() {
    if !callgrind::available() {
        println!("SKIPPED: valgrind is not here, so instructions cannot be counted");
        return;
    }
    let program = release_binary();
    let project = Project::new();
    let spent = |tool: &str, input: serde_json::Value| {
        let payload = project.call(tool, input).to_string();
        callgrind::instructions(&program, &["hook"], payload.as_bytes(), &project.path())
    };
    let nothing_read = || spent("Glob", json!({"pattern": "**/*.rs"}));
    nothing_read();
    let floor = nothing_read();
    // In tenths: a line without a guarded word, of what a call costs today; a line that is parsed,
    // of what a call cost when the hook was built first.
    for (line, most, of) in [("ls -la src", 13, floor), ("git push", 25, FIRST_FLOOR)] {
        let count = spent("Bash", json!({"command": line}));
        println!("{line}: {count}, {floor} without a line");
        assert!(count * 10 <= of * most, "{line}: {count} instructions, the floor is {of}");
    }
}

#[test]
fn the_cost_of_a_hostile_text_grows_with_its_length_and_not_with_its_square() {
    if !callgrind::available() {
        println!("SKIPPED: valgrind is not here, so instructions cannot be counted");
        return;
    }
    let program = release_binary();
    let project = Project::new();
    // Texts made of nothing but beginnings: the worst that a keyword prefilter can be given.
    for piece in ["AKIA ", "-----BEGIN PRIVATE KEY-----", "sk-proj-T3BlbkFJ", "1:AA", "glpat-"] {
        let spent = |count: usize| {
            let input = json!({"file_path": "/a.txt", "content": piece.repeat(count)});
            let payload = project.call("Write", input).to_string();
            callgrind::instructions(&program, &["hook"], payload.as_bytes(), &project.path())
        };
        spent(1);
        let floor = spent(1);
        let (few, many) = (spent(2_000) - floor, spent(16_000) - floor);
        println!("{piece}: {few} and {many}");
        assert!(many < few * 12, "{piece}: eight times the text took {few}, then {many}");
    }
}

#[test]
fn the_cost_of_a_long_list_of_commands_grows_with_its_length_and_not_with_its_square() {
    if !callgrind::available() {
        println!("SKIPPED: valgrind is not here, so instructions cannot be counted");
        return;
    }
    let program = release_binary();
    let project = Project::new();
    let spent = |count: usize| {
        let line = json!({"id": "1", "command": format!("{}true", "git push && ".repeat(count))});
        let args = ["shell", "explain", "--batch"];
        callgrind::instructions(&program, &args, line.to_string().as_bytes(), &project.path())
    };
    let floor = spent(1);
    let (few, many) = (spent(200) - floor, spent(1_600) - floor);
    println!("{few} and {many}");
    assert!(many < few * 12, "eight times the list took {few}, then {many}");
}

/// Builds the release binary, as the README's first command does, and returns its path.
fn release_binary() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--locked", "--bin", "portcullis", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the executable")
}
