//! The shell reader against bash itself: generated programs are run by real bash with stubs, and
//! what was called is compared with what the reader said.
//!
//! ```sh
//! cargo test --test differential                       # a short run with fixed seeds
//! cargo test --test differential -- --seed 7 --count 100000 --start 0 --jobs 2
//! cargo test --test differential -- --seed 7 --start 4711 --count 1 --show
//! cargo test --release --test differential -- --huge   # the time that huge lines take
//! ```
//!
//! Program number K of a seed is always the same one, so a long run goes on with `--start`. The
//! target has its own runner (`harness = false`) for that command line. It fails when a guarded
//! call was missed in silence outside of [`KNOWN`], and when it could not run at all.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the runner of this target reports on standard output"
)]

mod commands;
mod compare;
mod huge;
mod layers;
mod program;
mod report;
mod rng;
mod sandbox;
mod shrink;
mod spelling;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use portcullis::shell;

use program::{Node, Program};
use report::{Miss, Report};
use rng::Rng;
use sandbox::Sandbox;
use shrink::Small;

/// Programs that one bash runs.
const BATCH: u64 = 200;

struct Options {
    seed: u64,
    start: u64,
    count: u64,
    jobs: usize,
    /// Misses that are made smaller and printed.
    shrink: usize,
    /// Print how long huge lines take, and do nothing else.
    huge: bool,
    /// Print every program, what bash called and what the reader said.
    show: bool,
    /// Print this many examples of each kind of over-claim.
    examples: usize,
}

/// `None`: another test was asked for.
fn options(args: impl Iterator<Item = String>) -> Result<Option<Options>> {
    let mut options = Options {
        seed: 1,
        start: 0,
        count: 2000,
        jobs: 2,
        shrink: 12,
        huge: false,
        show: false,
        examples: 0,
    };
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut number = || -> Result<u64> {
            let value = args.next().with_context(|| format!("{arg} needs a value"))?;
            value.parse().with_context(|| format!("{arg} {value}: not a number"))
        };
        match arg.as_str() {
            "--seed" => options.seed = number()?,
            "--start" => options.start = number()?,
            "--count" => options.count = number()?,
            "--jobs" => options.jobs = usize::try_from(number()?)?.max(1),
            "--shrink" => options.shrink = usize::try_from(number()?)?,
            "--examples" => options.examples = usize::try_from(number()?)?,
            "--huge" => options.huge = true,
            "--show" => options.show = true,
            // Known to libtest and without a meaning here.
            "--test-threads" | "--skip" | "--color" | "--format" => _ = args.next(),
            "--nocapture" | "--no-capture" | "-q" | "--quiet" | "--exact" | "--show-output"
            | "--include-ignored" => {}
            "--list" | "--ignored" => return Ok(None),
            flag if flag.starts_with("--test-threads=") => {}
            flag if flag.starts_with('-') => bail!("unknown option {flag}"),
            filter if "differential::generated".contains(filter) => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(options))
}

/// The lines that the corpus holds.
#[derive(serde::Deserialize)]
struct Row {
    line: String,
}

/// The lines of the corpus, run by bash as well. Their labels are not looked at: what bash called
/// is what counts. Programs that no stub stands for are only "not found" to bash.
fn corpus(sandbox: &Sandbox) -> Result<bool> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/shell/lines.yaml");
    let rows: Vec<Row> = serde_saphyr::from_str(&std::fs::read_to_string(file)?)?;
    let lines: Vec<String> = rows.into_iter().map(|row| row.line).collect();
    sandbox.prepare(lines.len())?;
    let views: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| compare::view(line, &sandbox.work(place)))
        .collect();
    let (mut guarded, mut unsure, mut missed) = (0, 0, 0);
    for ((line, run), view) in lines.iter().zip(sandbox.run(&lines)?).zip(&views) {
        let program = Program { text: line.clone(), ..Program::default() };
        let outcome = compare::compare(&program, &run, view, sandbox.root(), compare::by_table);
        guarded += outcome.guarded;
        unsure += outcome.unsure;
        // The stub writes down where it was started. Git acts elsewhere when a variable says so, and
        // on another host the folder is another one: the reader is right to name that.
        let named = ["GIT_DIR=", "GIT_WORK_TREE=", "ssh "].iter().any(|part| line.contains(part));
        let elsewhere = if named { 0 } else { outcome.elsewhere.len() };
        missed += outcome.missed.len() + elsewhere;
        if !outcome.missed.is_empty() || elsewhere > 0 {
            println!(
                "MISSED in the corpus: {line:?}\n  bash:   {:?}\n  reader: {:?}",
                run, view.reading
            );
        }
    }
    println!(
        "corpus: {} lines, {guarded} guarded calls, {unsure} cannot tell, {missed} missed",
        lines.len()
    );
    Ok(missed == 0 && guarded > 0)
}

/// Runs the programs of a list of numbers and adds what came out to the report.
fn batch(sandbox: &Sandbox, options: &Options, numbers: &[u64], report: &mut Report) -> Result<()> {
    let nodes: Vec<Node> = numbers
        .iter()
        .map(|&number| program::generate(&mut Rng::of(options.seed, number)))
        .collect();
    let programs: Vec<Program> = nodes.iter().map(program::write).collect();
    // Read before bash runs: the reader must not see files that only the run makes.
    sandbox.prepare(programs.len())?;
    let views: Vec<_> = programs
        .iter()
        .enumerate()
        .map(|(place, program)| compare::view(&program.text, &sandbox.work(place)))
        .collect();
    let texts: Vec<String> = programs.iter().map(|program| program.text.clone()).collect();
    let runs = sandbox.run(&texts)?;
    for (index, program) in programs.iter().enumerate() {
        let (run, view) = (&runs[index], &views[index]);
        let outcome = compare::compare(program, run, view, sandbox.root(), compare::by_hand);
        if options.show {
            println!("--- {}\n{}\n{run:?}\n{view:?}\n{outcome:?}", numbers[index], program.text);
        }
        report.add(numbers[index], program, run, view, &outcome, options.examples);
        if !outcome.missed.is_empty() || !outcome.elsewhere.is_empty() {
            // A long run may be ended before its report.
            if options.count > 10 * BATCH {
                println!("program {}: {outcome:?}\n{}", numbers[index], program.text);
            }
            report.misses.push(Miss::new(numbers[index], nodes[index].clone(), program, &outcome));
        }
    }
    Ok(())
}

fn run(options: &Options) -> Result<bool> {
    let started = Instant::now();
    let stubs: BTreeSet<&str> = shell::rows().map(|row| row.program).collect();
    let next = AtomicU64::new(options.start);
    let end = options.start + options.count;
    let whole = Mutex::new(Report::default());
    let failed = Mutex::new(None);
    let work = || -> Result<()> {
        let sandbox = Sandbox::new(&stubs)?;
        loop {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= end {
                return Ok(());
            }
            let numbers: Vec<u64> = (first..end.min(first + BATCH)).collect();
            let mut report = Report::default();
            batch(&sandbox, options, &numbers, &mut report)?;
            let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
            whole.merge(report);
            if options.count > 10 * BATCH && whole.programs.is_multiple_of(50 * BATCH) {
                println!("{} programs, {} missed", whole.programs, whole.missed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                if let Err(error) = work() {
                    // The others need not go on.
                    next.store(u64::MAX - BATCH * 64, Ordering::Relaxed);
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error.context("the differential test did NOT RUN to its end"));
    }
    let mut report = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    let sandbox = Sandbox::new(&stubs)?;
    report.misses.sort_by_key(|miss| (miss.known, miss.number));
    let mut kinds: Vec<Small> = Vec::new();
    for miss in report.misses.iter().filter(|miss| !miss.known) {
        // One of each kind: what holds all that makes a smaller one miss is taken for the same.
        if let Some(kind) = kinds.iter_mut().find(|kind| kind.explains(miss)) {
            kind.like_it += 1;
        } else if kinds.len() < options.shrink {
            let small = shrink::shrink(&sandbox, miss)?;
            match kinds.iter_mut().find(|kind| kind.features == small.features) {
                Some(kind) => kind.like_it += 1,
                None => kinds.push(small),
            }
        }
    }
    kinds.sort_by_key(|kind| kind.text.len());
    for kind in &kinds {
        println!("{kind}");
    }
    println!("{report}");
    let corpus = options.start > 0 || corpus(&sandbox)?;
    println!(
        "seed {} from {} to {end}: {:.0} s",
        options.seed,
        options.start,
        started.elapsed().as_secs_f64()
    );
    Ok(report.passed() && corpus)
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("\ntest result: ok. 0 passed; 0 failed; 1 filtered out\n");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("differential: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    if options.huge {
        huge::table();
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(true) => {
            println!("test differential::generated ... ok");
            ExitCode::SUCCESS
        }
        Ok(false) => {
            println!("test differential::generated ... FAILED");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("test differential::generated ... FAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}
