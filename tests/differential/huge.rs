//! Huge and deeply nested lines: how long the reader takes, by shape and size.

use std::path::Path;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use portcullis::shell;

/// What is repeated, and what closes it.
const SHAPES: &[(&str, &str)] = &[
    ("$(", ")"),
    ("\"$(", ")\""),
    ("`", "`"),
    ("'", ""),
    ("\"", ""),
    ("$'", "'"),
    ("{", "}"),
    ("{ ", "; }"),
    ("{a,", "}"),
    ("(", ")"),
    ("$((", "))"),
    ("[[ ", " ]]"),
    ("${a:-", "}"),
    ("a=(", ")"),
    ("f() { ", "; }"),
    ("<(", ")"),
    ("if ", "; then :; fi"),
    ("while ", "; do :; done"),
    ("case x in x) ", " ;; esac"),
    ("for i in a b; do ", "; done"),
    ("<<A ", ""),
    ("<<A\n", ""),
    ("cat <<A\nx\nA\n", ""),
    ("git push &&", ""),
    ("|a", ""),
    (";a", ""),
    ("! ", ""),
    ("sudo ", ""),
    ("eval ", ""),
    ("bash -c '", ""),
    ("a=$a$a;", ""),
    ("\\\n", ""),
    ("$x", ""),
    ("# \n", ""),
    ("a[", "]"),
    ("~/", ""),
    ("é", ""),
];

/// Prints a table; `push` stands in the middle, so that a hook would have to read the line.
pub(crate) fn table() {
    println!("milliseconds of the processor for lines of so many KiB (closed / left open)");
    for (open, close) in SHAPES {
        let mut row = format!("{:<20}", open.escape_debug().to_string());
        for size in [16usize, 64, 255, 1024] {
            let closed = (size << 10) / (open.len() + close.len());
            let left = (size << 10) / open.len();
            let closed = format!("{}git push{}", open.repeat(closed), close.repeat(closed));
            let left = format!("{}git push", open.repeat(left));
            row.push_str(&format!(" {size}: {:>7.1} / {:>7.1}", spent(&closed), spent(&left)));
        }
        println!("{row}");
    }
}

/// Milliseconds of the processor that one reading takes, the better of two.
fn spent(line: &str) -> f64 {
    let once = || {
        let started = processor();
        let reading = shell::read(line, Path::new("/nonexistent"));
        shell::actions(&reading);
        shell::hints_boundary(line.as_bytes());
        (processor() - started) as f64 / 1000.0
    };
    once().min(once())
}

/// Microseconds of the processor that this process has had: others that are busy do not count.
fn processor() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF)
        .map_or(0, |usage| (usage.user_time() + usage.system_time()).num_microseconds())
}
