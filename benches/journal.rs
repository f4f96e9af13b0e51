//! What the tree adds to an append, and how fast a journal is proved.
//!
//! Each side is measured in the same run: an append against a bare `O_APPEND` write of the same
//! line, the proof of a journal against SHA-256 over the same bytes. CPU (user + system), not wall
//! time. `cargo bench --bench journal`.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use portcullis::journal::store::{self, Files};
use portcullis::journal::{merkle, verify};
use sha2::{Digest, Sha256};

/// Appends of each side, in turns of [`TURN`].
const APPENDS: usize = 20_000;
const TURN: usize = 100;

/// Lines of the journal that is proved.
const LINES: usize = 1_000_000;

/// Length of a line as hook calls write it, without the newline.
const LINE: usize = 400;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    append(folder.path());
    prove(folder.path());
}

fn append(folder: &Path) {
    let state = folder.join("append");
    let files = Files::of(&state);
    let line = "x".repeat(LINE);
    store::append(&files, line.as_bytes(), |_, _| Vec::new()).expect("an append");
    let bare_file = folder.join("bare.jsonl");
    let (mut tree, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..APPENDS / TURN {
        tree.push(cpu(|| {
            for _ in 0..TURN {
                store::append(&files, line.as_bytes(), |_, _| Vec::new()).expect("an append");
            }
        }));
        bare.push(cpu(|| {
            for _ in 0..TURN {
                let open = OpenOptions::new().append(true).create(true).open(&bare_file);
                let text = format!("{line}\n");
                open.expect("the file").write_all(text.as_bytes()).expect("a write");
            }
        }));
    }
    let each = |sample: Vec<i64>| median(sample) as f64 / TURN as f64;
    let (tree, bare) = (each(tree), each(bare));
    println!(
        "append of {LINE} bytes, CPU microseconds a line (median of {} turns)",
        APPENDS / TURN
    );
    println!("  with the tree {tree:>6.1}   bare {bare:>6.1}   added {:>6.1}", tree - bare);
}

fn prove(folder: &Path) {
    let state = folder.join("prove");
    let files = Files::of(&state);
    std::fs::create_dir_all(files.lines.parent().expect("a folder")).expect("the folder");
    // Written as one tail, which the next append takes in: a million appends would measure nothing
    // else.
    let mut text = Vec::with_capacity(LINES * (LINE + 1));
    for number in 0..LINES {
        let start = text.len();
        write!(
            text,
            "{{\"v\":1,\"session\":\"s\",\"event\":\"PreToolUse\",\"n\":{number},\"pad\":\""
        )
        .expect("memory");
        text.resize(start + LINE - 2, b'x');
        text.extend_from_slice(b"\"}\n");
    }
    std::fs::write(&files.lines, &text).expect("the journal");
    store::append(&files, b"{}", |event, _| event.as_bytes().to_vec()).expect("an append");
    let mut report = None;
    let proof = cpu(|| report = verify::verify(&state, None, &[]).expect("it is read"));
    let report = report.expect("a journal");
    assert!(report.intact, "{:?}", report.problems);
    let plain = cpu(|| {
        let bytes = std::fs::read(&files.lines).expect("the journal");
        std::hint::black_box(Sha256::digest(&bytes));
    });
    let leaves = cpu(|| {
        for line in text.split(|byte| *byte == b'\n') {
            std::hint::black_box(merkle::leaf(line));
        }
    });
    println!("\nproof of {} lines, {} MB, CPU milliseconds", report.lines, text.len() >> 20);
    println!(
        "  audit verify {:>6}   read and hash the file {:>6}   hash the lines {:>6}   proof/file {:.2}",
        proof / 1000,
        plain / 1000,
        leaves / 1000,
        proof as f64 / plain as f64
    );
}

/// CPU microseconds of this process that `work` took.
fn cpu(work: impl FnOnce()) -> i64 {
    let now = || {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("getrusage");
        (usage.user_time() + usage.system_time()).num_microseconds()
    };
    let before = now();
    work();
    now() - before
}

fn median(mut sample: Vec<i64>) -> i64 {
    sample.sort_unstable();
    sample.get(sample.len() / 2).copied().unwrap_or(0)
}
