//! What the secret scanner costs a byte, beside counting newlines, in one run and one thread.
//!
//! Prints megabytes (10^6 bytes) of each CPU second and the ratio to the floor, for ordinary source
//! and for the worst inputs, then the peak memory of one hook call. `cargo bench --bench secret_engine`.
//! `CORPUS=folder` takes the ordinary text from there instead of from this repository.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use portcullis::secrets::{self, Budget, template};

/// Bytes of ordinary text that are taken at most.
const MOST: usize = 24 << 20;

/// Bytes of each worst input.
const WORST: usize = 4 << 20;

/// Bytes of each input that is made for one rule.
const HOSTILE: usize = 128 << 10;

/// Slowest inputs that are printed.
const SLOWEST: usize = 24;

/// Times that each side is run, in turn; the best of each counts.
const ROUNDS: usize = 5;

fn main() {
    // First: a child counts what its parent held when it was started.
    println!("peak memory of one hook call on a 2 KB write: {} KiB\n", peak());
    let folder = std::env::var_os("CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf(), PathBuf::from);
    let mut text = Vec::new();
    gather(&folder, &mut text);
    let worst = |piece: &str| piece.repeat(WORST / piece.len() + 1).into_bytes();
    let minified =
        "function(e,t){var n=t.a,r=n&&e[n]||{};return r.token=e.password,r.key=\"a1\"+n}";
    let inputs = [
        ("ordinary source", text),
        ("minified, one line", worst(minified)),
        ("only beginnings of tokens", worst("ghp_AKIAsk_live_xoxb-glpat-")),
        ("only base64 of text", worst("dGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBv\n")),
        ("only base64 of noise", worst("/9j3gKWv8cTe0bKqnZiMh4J/e3d0cW5r")),
        ("only percent escapes", worst("%74%68%65%20%71")),
        ("only string escapes", worst("\\x74\\u0068\\n")),
        ("only quotes and plus", worst("\" + \"")),
        ("one long word", worst("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
    ];
    println!(
        "MB a CPU second, one thread, best of {ROUNDS}; ratio = scan with decoding / newlines"
    );
    println!(
        "{:<28} {:>6} {:>9} {:>9} {:>9} {:>8}",
        "input", "MB", "newlines", "scan", "decoded", "ratio"
    );
    for (name, input) in &inputs {
        let (mut floor, mut plain, mut decoded) = (f64::MAX, f64::MAX, f64::MAX);
        for _ in 0..ROUNDS {
            floor = floor.min(cpu(|| {
                black_box(memchr::memchr_iter(b'\n', black_box(input)).count());
            }));
            plain = plain.min(cpu(|| {
                black_box(secrets::scan(black_box(input)));
            }));
            decoded = decoded.min(cpu(|| {
                black_box(secrets::scan_decoded(black_box(input), &mut Budget::FILE.clone()));
            }));
        }
        let mb = input.len() as f64 / 1e6;
        println!(
            "{name:<28} {mb:>6.1} {:>9.0} {:>9.0} {:>9.0} {:>8.4}",
            mb / floor,
            mb / plain,
            mb / decoded,
            floor / decoded,
        );
    }
    hostile();
}

/// What is slowest of all inputs that are made for one rule: its keywords, its examples and its
/// examples without their end, each over and over.
fn hostile() {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for rule in secrets::rules() {
        for keyword in rule.keywords {
            for end in ["", " ", "=", "\n"] {
                let upper = keyword.to_ascii_uppercase();
                inputs.push((format!("{} {keyword:?}{end:?}", rule.id), format!("{keyword}{end}")));
                inputs.push((format!("{} {upper:?}{end:?}", rule.id), format!("{upper}{end}")));
            }
        }
        for (at, example) in rule.examples.iter().enumerate() {
            let Ok(sample) = template::expand(example, 7) else { continue };
            let span = sample.secret.clone();
            let (start, end) = (span.start, span.end);
            let pieces = [
                ("whole", sample.text.clone()),
                ("all but one", sample.text[..end.saturating_sub(1).max(start)].to_owned()),
                ("half", sample.text[..usize::midpoint(start, end)].to_owned()),
            ];
            for (name, piece) in pieces {
                if piece.is_ascii() && !piece.is_empty() {
                    inputs.push((format!("{} example {at} {name}", rule.id), piece.clone()));
                    inputs
                        .push((format!("{} example {at} {name}, in lines", rule.id), piece + "\n"));
                }
            }
        }
    }
    let mut rates: Vec<(f64, usize, String)> = inputs
        .into_iter()
        .map(|(name, piece)| {
            let text = piece.repeat(HOSTILE / piece.len() + 1);
            let best = (0..2)
                .map(|_| cpu(|| drop(black_box(secrets::scan(black_box(text.as_bytes()))))))
                .fold(f64::MAX, f64::min);
            let hits = secrets::scan(text.as_bytes()).len();
            (text.len() as f64 / 1e6 / best, hits, name)
        })
        .collect();
    rates.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (full, empty): (Vec<_>, Vec<_>) = rates.into_iter().partition(|(_, hits, _)| *hits > 1);
    for (name, rates) in [("without a finding", empty), ("full of findings", full)] {
        let under = |most: f64| rates.iter().filter(|(rate, ..)| *rate < most).count();
        println!(
            "\n{} inputs made for single rules, {name}; under 10 MB: {}, under 50: {}, under 100: {}; the slowest:",
            rates.len(),
            under(10.0),
            under(50.0),
            under(100.0)
        );
        for (rate, hits, name) in rates.iter().take(SLOWEST) {
            println!("{rate:>9.1}  {name}, {hits} findings");
        }
    }
}

/// The text of every readable file under a folder, build output and git left out.
fn gather(folder: &Path, text: &mut Vec<u8>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if text.len() >= MOST {
            return;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "node_modules") {
                gather(&path, text);
            }
        } else if let Ok(file) = std::fs::read_to_string(&path) {
            text.extend_from_slice(file.as_bytes());
        }
    }
}

/// CPU seconds (user) of this process for one call.
fn cpu(work: impl FnOnce()) -> f64 {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("getrusage");
        usage.user_time().num_microseconds()
    };
    let before = used();
    work();
    (used() - before).max(1) as f64 / 1e6
}

/// KiB that one hook call has resident at most. The first child that is waited for sets the figure.
fn peak() -> i64 {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let content = "let value = compute(input); // ordinary text\n".repeat(46);
    let event = format!(
        "{{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Write\",\"tool_input\":{{\"file_path\":\"/a\",\"content\":{content:?}}}}}"
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("hook")
        .env_clear()
        .env("HOME", dir.path())
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the hook starts");
    child.stdin.take().expect("its input").write_all(event.as_bytes()).expect("written");
    assert!(child.wait().expect("it ends").success());
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage").max_rss()
}
