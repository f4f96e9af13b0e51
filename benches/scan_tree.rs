//! What a scan of a tree costs beside other scanners in the same run, and what large inputs cost.
//!
//! Makes a tree of 18,940 files and 144 MB from the text files of this repository (or of `CORPUS`), in
//! a seeded order, in a temporary folder. Then every scanner that is installed scans it, in turn, with
//! the files in the page cache; printed are CPU seconds, wall seconds, peak memory, and each figure
//! divided by ours. `PEERS=folder:folder` says where the others' programs are, in front of `PATH`.
//! Then, for us alone: one file of 1 GB, 100,000 small files, and the history of 20,000 commits.
//! `cargo bench --bench scan_tree`; `ONLY=tree|file|small|history` runs one part.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

#[path = "peer.rs"]
mod peer;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use peer::{Cost, Seed, find, run, run_one};

/// Files of the tree.
const FILES: usize = 18_940;

/// Bytes of the tree.
const BYTES: usize = 144_000_000;

/// Bytes of text that the tree is made from, at most.
const POOL: usize = 32 << 20;

/// Times that each scanner runs; the best counts.
const ROUNDS: usize = 3;

/// Commits of the history.
const COMMITS: usize = 20_000;

/// Our exit codes for nothing and for something found.
const OURS: &[i32] = &[0, 1];

/// A scanner: its name, its program, and its arguments, of which `{}` is the tree.
struct Scanner {
    name: &'static str,
    program: PathBuf,
    args: Vec<&'static str>,
    /// Times that it runs.
    rounds: usize,
    /// Its exit codes for nothing found and something found.
    codes: &'static [i32],
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--run-one") {
        return run_one(&args[at + 1..]);
    }
    let only = std::env::var("ONLY").ok();
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let pool = pool();
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (part, run) in [
        ("tree", tree as fn(&Path, &[u8])),
        ("file", one_file),
        ("small", small_files),
        ("history", history),
    ] {
        if wanted(part) {
            let folder = dir.path().join(part);
            fs::create_dir(&folder).expect("a folder");
            run(&folder, &pool);
            fs::remove_dir_all(&folder).expect("it goes away");
        }
    }
}

/// All scanners on one tree.
fn tree(dir: &Path, pool: &[u8]) {
    let root = dir.join("tree");
    let mut seed = Seed(1);
    let mut left = BYTES;
    for at in 0..FILES {
        // Sizes spread as in source trees: many small files, few large ones.
        let mean = left / (FILES - at);
        let size = match seed.below(10) {
            0 => mean * 4,
            1..4 => mean,
            _ => mean / 2,
        };
        let size = if at + 1 == FILES { left } else { size.min(left) };
        left -= size;
        let folder = root.join(format!("d{}/e{}", at % 97, at % 13));
        fs::create_dir_all(&folder).expect("a folder");
        let kind = ["rs", "py", "js", "md", "yaml", "go"][at % 6];
        fs::write(folder.join(format!("f{at}.{kind}")), text(pool, &mut seed, size))
            .expect("a file");
    }
    println!(
        "tree of {:.0} MB in {FILES} files, best of {ROUNDS}, page cache warm",
        BYTES as f64 / 1e6
    );
    let scanners = scanners();
    let mut costs: Vec<Option<Cost>> = scanners.iter().map(|_| None).collect();
    for round in 0..=ROUNDS {
        for (scanner, best) in scanners.iter().zip(&mut costs) {
            if round > scanner.rounds {
                continue;
            }
            let cost = run(&scanner.program, &scanner.args, scanner.codes, &root, dir);
            // The first round warms the cache, ours and that of the others' rules.
            if round == 0 && scanner.rounds > 1 {
                continue;
            }
            *best = Some(match best.take() {
                Some(old) => Cost {
                    cpu: old.cpu.min(cost.cpu),
                    wall: old.wall.min(cost.wall),
                    peak_mb: old.peak_mb.max(cost.peak_mb),
                },
                None => cost,
            });
        }
    }
    let ours = costs[0].as_ref().map_or((1.0, 1.0), |cost| (cost.cpu, cost.wall));
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "scanner", "CPU s", "wall s", "peak MB", "CPU ×", "wall ×"
    );
    for (scanner, cost) in scanners.iter().zip(&costs) {
        if let Some(Cost { cpu, wall, peak_mb }) = cost {
            println!(
                "{:<24} {cpu:>9.2} {wall:>9.2} {peak_mb:>9.1} {:>8.1} {:>8.1}",
                scanner.name,
                cpu / ours.0,
                wall / ours.1
            );
        }
    }
}

/// One file of 1 GB.
fn one_file(dir: &Path, pool: &[u8]) {
    let file = fs::File::create(dir.join("large.log")).expect("a file");
    let mut file = BufWriter::new(file);
    let mut seed = Seed(2);
    for _ in 0..250 {
        file.write_all(&text(pool, &mut seed, 4_000_000)).expect("written");
    }
    file.flush().expect("written");
    drop(file);
    for threads in ["1", "2"] {
        let args = ["scan", "--no-baseline", "--threads", threads, "{}"];
        alone(&format!("one file of 1 GB, {threads} threads"), &args, dir, 1000.0);
    }
}

/// Many small files.
fn small_files(dir: &Path, pool: &[u8]) {
    let mut seed = Seed(3);
    for at in 0..100_000 {
        let folder = dir.join(format!("d{}", at % 400));
        if at < 400 {
            fs::create_dir(&folder).expect("a folder");
        }
        fs::write(folder.join(format!("f{at}.txt")), text(pool, &mut seed, 300)).expect("a file");
    }
    alone("100,000 files of 300 bytes", &["scan", "--no-baseline", "{}"], dir, 30.0);
}

/// A history, made by `git fast-import`.
fn history(dir: &Path, pool: &[u8]) {
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", dir).args(args);
        command
    };
    assert!(git(&["init", "-q", "-b", "main"]).status().expect("git").success());
    let mut import = git(&["fast-import", "--quiet"]);
    let mut child = import.stdin(Stdio::piped()).spawn().expect("git fast-import");
    let mut out = BufWriter::new(child.stdin.take().expect("its input"));
    let mut seed = Seed(4);
    let mut files: Vec<Vec<u8>> = (0..400).map(|_| text(pool, &mut seed, 9_000)).collect();
    let mut total = 0;
    for commit in 0..COMMITS {
        let mut head = String::new();
        let _ = write!(
            head,
            "commit refs/heads/main\ncommitter A <a@example.invalid> {} +0000\ndata 1\nm\n",
            1_600_000_000 + commit
        );
        out.write_all(head.as_bytes()).expect("written");
        // Each commit changes lines of three files, as people do.
        for _ in 0..3 {
            let which = seed.below(files.len());
            let at = seed.below(files[which].len() / 2);
            let line =
                format!("\nlet changed_{commit} = compute({commit}, {});\n", seed.below(1 << 20));
            files[which].splice(at..at + line.len(), line.bytes());
            let file = &files[which];
            total += file.len();
            let head = format!("M 100644 inline src/f{which}.rs\ndata {}\n", file.len());
            out.write_all(head.as_bytes()).expect("written");
            out.write_all(file).expect("written");
            out.write_all(b"\n").expect("written");
        }
    }
    out.flush().expect("written");
    drop(out);
    assert!(child.wait().expect("it ends").success());
    assert!(git(&["repack", "-adq"]).status().expect("git").success());
    println!("history: {COMMITS} commits, {:.0} MB of blobs when inflated", total as f64 / 1e6);
    for threads in ["1", "2"] {
        let args = ["scan", "--no-baseline", "--history", "--threads", threads];
        alone(&format!("history, {threads} threads"), &args, dir, total as f64 / 1e6);
    }
}

/// Runs us alone and prints the best of three.
fn alone(name: &str, args: &[&str], dir: &Path, mb: f64) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_portcullis"));
    let best = (0..ROUNDS)
        .map(|_| run(&program, args, OURS, dir, dir))
        .min_by(|one, other| one.cpu.total_cmp(&other.cpu))
        .expect("a run");
    println!(
        "{name:<32} {:>7.2} CPU s {:>7.2} wall s {:>7.1} MB peak, {:>6.0} MB a CPU second",
        best.cpu,
        best.wall,
        best.peak_mb,
        mb / best.cpu
    );
}

/// The scanners that are here, ours first.
fn scanners() -> Vec<Scanner> {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_portcullis"));
    let mut found = vec![Scanner {
        name: "portcullis",
        program: ours,
        args: vec!["scan", "--no-baseline", "{}"],
        rounds: ROUNDS,
        codes: OURS,
    }];
    let kingfisher = ["scan", "{}", "--no-validate", "--no-update-check", "--format", "json"];
    let turbo = [&kingfisher[..], &["--turbo"]].concat();
    let leaks = ["--no-banner", "--exit-code", "77"];
    for (name, program, args, rounds, codes) in [
        ("kingfisher", "kingfisher", kingfisher.to_vec(), ROUNDS, &[0, 200][..]),
        ("kingfisher --turbo", "kingfisher", turbo, ROUNDS, &[0, 200]),
        ("betterleaks", "betterleaks", [&["{}"][..], &leaks].concat(), ROUNDS, &[0, 77]),
        ("gitleaks", "gitleaks", [&["dir", "{}"][..], &leaks].concat(), ROUNDS, &[0, 77]),
        ("ripsecrets", "ripsecrets", vec!["{}"], 1, &[0, 1]),
    ] {
        match find(program) {
            Some(program) => found.push(Scanner { name, program, args, rounds, codes }),
            None => println!("{name}: not installed, left out"),
        }
    }
    found
}

/// Text to make files from.
fn pool() -> Vec<u8> {
    let folder = std::env::var_os("CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf(), PathBuf::from);
    let mut text = Vec::new();
    gather(&folder, &mut text);
    text
}

/// The text of every readable file under a folder, build output and git left out.
fn gather(folder: &Path, text: &mut Vec<u8>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if text.len() >= POOL {
            return;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // The corpora of the tests are made of secrets.
            if !matches!(name.as_str(), "target" | ".git" | "node_modules" | "corpus") {
                gather(&path, text);
            }
        } else if let Ok(file) = fs::read_to_string(&path) {
            text.extend_from_slice(file.as_bytes());
        }
    }
}

/// Pieces of the pool, of some hundred lines each, until the size is reached.
fn text(pool: &[u8], seed: &mut Seed, size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size);
    while text.len() < size {
        let at = seed.below(pool.len());
        let from = memchr::memchr(b'\n', &pool[at..]).map_or(0, |line| at + line + 1);
        let most = (size - text.len()).min(4000);
        text.extend_from_slice(&pool[from..pool.len().min(from + most)]);
    }
    text.truncate(size);
    text
}
