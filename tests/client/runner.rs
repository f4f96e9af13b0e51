//! Runs the named tests of this target and reports in libtest's words.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::npm;

/// Set to 1, it skips every client test and says how many.
pub(crate) const NO_CLIENT: &str = "PORTCULLIS_NO_CLIENT";

/// Two clients at a time: each is a process of its own, and CI machines have few cores.
const DEFAULT_THREADS: usize = 2;

/// One test: `Err` and a panic both fail it.
#[derive(Clone, Copy)]
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> anyhow::Result<()>,
}

/// The tests of one module.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) tests: &'static [Test],
}

/// Makes the `TESTS` list of a module from the names of its functions.
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[$crate::runner::Test] = &[
            $($crate::runner::Test { name: stringify!($name), run: $name }),+
        ];
    };
}
pub(crate) use tests;

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static FOLDER: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// A fresh folder for what one session of the running test leaves behind; it is kept, and named
/// in the report, when the test fails.
pub(crate) fn dump_folder() -> std::io::Result<PathBuf> {
    static SESSIONS: AtomicUsize = AtomicUsize::new(0);
    let number = SESSIONS.fetch_add(1, Ordering::Relaxed).to_string();
    let folder = FOLDER.with_borrow(Clone::clone).unwrap_or_else(dumps).join(number);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Takes the message of the last panic on this thread, for a caller that catches it.
pub(crate) fn take_panic() -> String {
    PANIC.take().unwrap_or_else(|| "panicked without a message".to_owned())
}

/// Of this process alone: two runs of the tests at once must not clear each other's files.
fn dumps() -> PathBuf {
    let name = format!("client-{}", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

struct Options {
    filters: Vec<String>,
    skip: Vec<String>,
    exact: bool,
    list: bool,
    ignored_only: bool,
    threads: usize,
}

fn options(args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        filters: Vec::new(),
        skip: Vec::new(),
        exact: false,
        list: false,
        ignored_only: false,
        threads: DEFAULT_THREADS,
    };
    let mut args = args.flat_map(|arg| match arg.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") => vec![flag.to_owned(), value.to_owned()],
        _ => vec![arg],
    });
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--exact" => options.exact = true,
            "--list" => options.list = true,
            "--ignored" => options.ignored_only = true,
            "--skip" => options.skip.push(value()?),
            "--test-threads" => {
                let value = value()?;
                options.threads = value
                    .parse()
                    .ok()
                    .filter(|threads| *threads > 0)
                    .ok_or_else(|| format!("--test-threads {value}: not a positive number"))?;
            }
            // Known to libtest and without a meaning here: output is never captured or coloured.
            "--color" | "--format" => {
                value()?;
            }
            "--nocapture" | "--no-capture" | "--quiet" | "-q" | "--show-output"
            | "--include-ignored" => {}
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}")),
            _ => options.filters.push(arg),
        }
    }
    Ok(options)
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        let hit = |filter: &String| {
            if self.exact { name == filter } else { name.contains(filter.as_str()) }
        };
        (self.filters.is_empty() || self.filters.iter().any(hit)) && !self.skip.iter().any(hit)
    }
}

/// Runs what the command line asks for; fails when a test does.
pub(crate) fn main(suites: &[Suite]) -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    let all: Vec<(String, Test)> = suites
        .iter()
        .flat_map(|suite| {
            suite.tests.iter().map(|test| (format!("{}::{}", suite.name, test.name), *test))
        })
        .collect();
    let total = all.len();
    let wanted: Vec<_> = all.into_iter().filter(|(name, _)| options.wants(name)).collect();
    let filtered = total - wanted.len();
    if options.list {
        for (name, _) in &wanted {
            println!("{name}: test");
        }
        println!("\n{} tests, 0 benchmarks", wanted.len());
        return ExitCode::SUCCESS;
    }
    // Nothing is marked ignored here, so `--ignored` selects nothing.
    let wanted = if options.ignored_only { Vec::new() } else { wanted };
    run(wanted, filtered, options.threads)
}

fn run(wanted: Vec<(String, Test)>, filtered: usize, threads: usize) -> ExitCode {
    let started = Instant::now();
    println!("\nrunning {} {}", wanted.len(), if wanted.len() == 1 { "test" } else { "tests" });
    if std::env::var_os(NO_CLIENT).is_some_and(|value| value == "1") {
        let skipped = wanted.len();
        for (name, _) in &wanted {
            println!("test {name} ... ignored, {NO_CLIENT}=1");
        }
        summary("ok", 0, 0, skipped, filtered, started);
        println!("{skipped} client tests skipped: {NO_CLIENT}=1, the real client was not run");
        return ExitCode::SUCCESS;
    }
    panic::set_hook(Box::new(|info| PANIC.set(Some(info.to_string()))));
    let queue = Mutex::new(VecDeque::from(wanted));
    let done: Mutex<Vec<(String, Result<(), String>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((name, test)) = next else { break };
                    let result = run_one(&name, test);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    println!("test {name} ... {}", if result.is_ok() { "ok" } else { "FAILED" });
                    done.push((name, result));
                }
            });
        }
    });
    // Stays when a failed test left files in it.
    drop(std::fs::remove_dir(dumps()));
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failed: Vec<_> =
        done.iter().filter_map(|(name, result)| Some((name, result.as_ref().err()?))).collect();
    if !failed.is_empty() {
        println!("\nfailures:\n");
        for (name, message) in &failed {
            println!("---- {name} ----\n{message}\n");
        }
        println!("failures:");
        for (name, _) in &failed {
            println!("    {name}");
        }
    }
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    summary(verdict, done.len() - failed.len(), failed.len(), 0, filtered, started);
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

fn run_one(name: &str, test: Test) -> Result<(), String> {
    npm::client()?;
    let folder = dumps().join(name.replace("::", "-"));
    FOLDER.set(Some(folder.clone()));
    let result = match panic::catch_unwind(AssertUnwindSafe(test.run)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("error: {error:#}")),
        Err(_) => Err(take_panic()),
    };
    FOLDER.set(None);
    match result {
        Ok(()) => {
            drop(std::fs::remove_dir_all(&folder));
            Ok(())
        }
        Err(message) if folder.exists() => {
            Err(format!("{message}\nsession files kept in {}", folder.display()))
        }
        Err(message) => Err(message),
    }
}

fn summary(
    verdict: &str,
    passed: usize,
    failed: usize,
    ignored: usize,
    filtered: usize,
    start: Instant,
) {
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; \
         0 measured; {filtered} filtered out; finished in {:.2}s\n",
        start.elapsed().as_secs_f64()
    );
}
