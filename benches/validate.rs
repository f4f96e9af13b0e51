//! What `validate` costs: 1,000 definitions beside agnix in the same run, and one file beside an empty process.
//!
//! Makes twenty plugins with 1,000 definitions out of those of this repository, their paragraphs in a seeded order,
//! in a temporary folder. Each program looks at them in turn, with the files in the page cache; printed are CPU
//! seconds, wall seconds, peak memory, and each figure divided by ours. `PEERS=folder` says where agnix is, in front
//! of `PATH`. Then one agent is looked at alone, in turn with a program that does nothing.
//! `cargo bench --bench validate`

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

#[path = "empty.rs"]
mod empty;
#[path = "peer.rs"]
mod peer;

use std::fs;
use std::path::{Path, PathBuf};

use peer::{Cost, Seed, find, run, run_one};

/// Definitions of the tree.
const FILES: usize = 1000;
/// Plugins that they are spread over.
const PLUGINS: usize = 20;
/// Times that each program looks at the tree; the best counts.
const ROUNDS: usize = 7;
/// Times that one file is looked at; the median counts.
const SINGLES: usize = 60;

/// Exit codes with and without findings.
const CODES: &[i32] = &[0, 1];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--run-one") {
        return run_one(&args[at + 1..]);
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let tree = dir.path().join("tree");
    let bytes = make(&tree);
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_portcullis"));
    println!(
        "{FILES} definitions of {:.1} MB in {PLUGINS} plugins, best of {ROUNDS}, page cache warm",
        bytes as f64 / 1e6
    );
    let mut programs = vec![("portcullis", ours.clone(), vec!["validate", "{}"])];
    match find("agnix") {
        Some(agnix) => programs.push(("agnix", agnix, vec!["{}"])),
        None => println!("agnix: not installed, left out"),
    }
    let mut best: Vec<Option<Cost>> = programs.iter().map(|_| None).collect();
    for round in 0..=ROUNDS {
        for ((_, program, args), best) in programs.iter().zip(&mut best) {
            let cost = run(program, args, CODES, &tree, dir.path());
            // The first round warms the cache.
            if round > 0 && best.as_ref().is_none_or(|old| cost.cpu < old.cpu) {
                *best = Some(cost);
            }
        }
    }
    println!(
        "{:<12} {:>9} {:>9} {:>9} {:>8} {:>8}",
        "program", "CPU s", "wall s", "peak MB", "CPU x", "peak x"
    );
    let first = best[0].as_ref().map_or((1.0, 1.0), |cost| (cost.cpu, cost.peak_mb));
    for ((name, ..), cost) in programs.iter().zip(&best) {
        if let Some(Cost { cpu, wall, peak_mb }) = cost {
            println!(
                "{name:<12} {cpu:>9.3} {wall:>9.3} {peak_mb:>9.1} {:>8.1} {:>8.1}",
                cpu / first.0,
                peak_mb / first.1
            );
        }
    }
    single(&ours, dir.path());
}

/// One file as a process, beside a process that does nothing.
fn single(ours: &Path, dir: &Path) {
    let folder = dir.join("single");
    fs::create_dir_all(folder.join(".claude/agents")).expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/code-reviewer.md");
    let agent = ".claude/agents/code-reviewer.md";
    fs::copy(source, folder.join(agent)).expect("an agent of this repository");
    let empty = empty::build_empty(dir);
    let (mut one, mut none) = (Vec::new(), Vec::new());
    for _ in 0..SINGLES {
        one.push(run(ours, &["validate", agent], CODES, &folder, dir).cpu);
        none.push(run(&empty, &[], CODES, &folder, dir).cpu);
    }
    let (one, none) = (median(one), median(none));
    println!(
        "one agent as a process: {:.2} ms of CPU, an empty process {:.2} ms, ratio {:.2} (medians of {SINGLES})",
        one * 1e3,
        none * 1e3,
        one / none
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Writes the plugins and says how many bytes the definitions have.
fn make(tree: &Path) -> usize {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut models = Vec::new();
    for folder in ["agents", "skills", "commands"] {
        gather(&house.join(folder), folder, &mut models);
    }
    let mut seed = Seed(1);
    let mut bytes = 0;
    for at in 0..FILES {
        let (kind, text) = &models[seed.below(models.len())];
        let plugin = tree.join(format!("plugins/p{}", at % PLUGINS));
        let path = match *kind {
            "skills" => plugin.join(format!("skills/d{at}/SKILL.md")),
            kind => plugin.join(kind).join(format!("d{at}.md")),
        };
        let text = mixed(text, at, &mut seed);
        bytes += text.len();
        write(&path, &text);
    }
    for at in 0..PLUGINS {
        let manifest = format!(
            "{{\"name\": \"p{at}\", \"version\": \"1.0.0\", \"description\": \"Definitions of kind {at}.\"}}\n"
        );
        write(&tree.join(format!("plugins/p{at}/.claude-plugin/plugin.json")), &manifest);
    }
    bytes
}

/// A definition with its own name, the paragraphs of its body in another order.
fn mixed(text: &str, at: usize, seed: &mut Seed) -> String {
    let end = text[3..].find("\n---").map_or(0, |end| end + 8);
    let (front, body) = text.split_at(end.min(text.len()));
    let mut front: String = front
        .lines()
        .map(|line| if line.starts_with("name:") { format!("name: d{at}") } else { line.to_owned() } + "\n")
        .collect();
    let mut parts: Vec<&str> = body.split("\n\n").collect();
    for index in (1..parts.len()).rev() {
        parts.swap(index, seed.below(index + 1));
    }
    front.push_str(&parts.join("\n\n"));
    front
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// Every agent, skill and command below a folder, in order of its path.
fn gather(folder: &Path, kind: &'static str, models: &mut Vec<(&'static str, String)>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, kind, models);
        } else if path.ends_with("SKILL.md")
            || (kind != "skills" && path.extension().is_some_and(|ending| ending == "md"))
        {
            let text = fs::read_to_string(&path).expect("a definition");
            if text.starts_with("---") {
                models.push((kind, text));
            }
        }
    }
}
