//! What the shell reader costs on hostile texts, against a plain scan of the same bytes in one run.
//!
//! `cargo bench --bench shell_reader`. Prints for each kind of text and size the median time, the
//! time per KiB and the ratio to one `memchr` sweep over it.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use portcullis::shell;

const ROUNDS: usize = 5;
const SIZES: [usize; 5] = [1 << 10, 16 << 10, 64 << 10, 255 << 10, 1 << 20];

fn main() {
    let kinds: &[(&str, &str)] = &[
        ("plain", "echo some words here; "),
        ("true &&", "true && "),
        ("pipe", "a | "),
        ("$(", "$("),
        ("`", "`a "),
        ("\"", "\"a"),
        ("\"$(", "\"$("),
        ("'", "'a"),
        ("{", "{ "),
        ("{a,", "{a,"),
        ("(", "( "),
        ("((", "(("),
        ("[[", "[[ "),
        ("${a:-", "${a:-"),
        ("f(){", "f(){ "),
        ("<(", "<("),
        ("if", "if "),
        ("case", "case x in "),
        ("a=(", "a=("),
        ("<<A", "<<A "),
        ("<<A line", "<<A\n"),
        ("cat <<A body", "cat <<A\nx\nA\n"),
        ("&&a", "&&a"),
        ("bash -c '", "bash -c '"),
        ("eval", "eval "),
        ("sudo", "sudo "),
        ("$((", "$(("),
        (")", ") "),
        ("}", "}"),
        ("$a", "$a "),
        ("[", "a[1"),
        ("backslash", "\\"),
        ("words", "word "),
    ];
    let mut worst: (f64, String) = (0.0, String::new());
    println!("{:<14} {:>9} {:>10} {:>10} {:>9}  answer", "text", "bytes", "ms", "us/KiB", "x scan");
    for (name, piece) in kinds {
        for size in SIZES {
            let text = piece.repeat(size / piece.len());
            let mut unsure = false;
            let spent = median(|| {
                let reading = shell::read(black_box(&text), Path::new("/"));
                unsure = !reading.unsure.is_empty();
            });
            let scan = median(|| {
                black_box(memchr::memchr_iter(b'\0', black_box(text.as_bytes())).count());
            });
            let ms = spent.as_secs_f64() * 1e3;
            println!(
                "{name:<14} {:>9} {ms:>10.3} {:>10.2} {:>9.0}  {}",
                text.len(),
                ms * 1e3 / (text.len() as f64 / 1024.0),
                spent.as_secs_f64() / scan.as_secs_f64().max(1e-9),
                if unsure { "unsure" } else { "read" }
            );
            if ms > worst.0 {
                worst = (ms, format!("{name} of {} bytes", text.len()));
            }
        }
    }
    println!("worst: {:.1} ms, {}", worst.0, worst.1);
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}
