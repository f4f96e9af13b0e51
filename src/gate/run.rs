//! Runs a gate: takes the tree, does its checks at the same time, takes the tree again, writes the
//! receipt.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::bail;

use super::ends::{of_end, shown, sum, verdict};
use super::installed::{argv, first_folders, is_there, not_installed};
use super::own::{Answer, Scene};
use super::plan::{Act, Candidate, OWN, Own, Plan, Step};
use super::progress::{self, Progress};
use super::receipt::{self, CheckStatus, Checked, Ledger, Receipt, Status};
use super::reports::{self, Lines, Old};
use super::runner::{self, End, Job, Outcome, Stop, Why};
use super::scratch::Scratch;
use super::serve::Server;
use super::tree::{self, Snapshot};
use super::{
    Standing, allow, breaker, catalog, change, counts, fault, fresh, judge, lock, plan,
    state_folder, web,
};
use crate::config::{Counts, FILE, Policy, Retry};
use crate::digest;
use crate::env::Env;
use crate::journal;

/// At most so many changed paths are kept in a receipt.
const PATHS: usize = 20;

/// Characters of a tool's version line that are kept.
const VERSION: usize = 120;

/// A cached result of a check that talks to a server is not older than this.
const NETWORK_CACHE_MS: u64 = 24 * 60 * 60 * 1000;

/// How a gate is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Take results of checks that passed on this very tree with this very command.
    pub cached: bool,
    /// Stop the other checks at the first one that fails.
    pub fail_fast: bool,
    /// The sink is a terminal: a line says which checks are still going.
    pub progress: bool,
}

/// Runs a gate on the tree as it is and writes the receipt. Output and progress go to `sink`.
///
/// # Errors
/// When the gate has no command ([`super::GateError`]), `dir` is in no working tree, git fails, the
/// state folder cannot be written, or a signal stopped the run: no receipt is written then.
pub fn run_gate(
    name: &str,
    policy: &Policy,
    dir: &Path,
    env: &Env,
    options: Options,
    sink: &mut dyn Write,
) -> anyhow::Result<Receipt> {
    let root = tree::repository(dir)?.root;
    let plan = plan::plan(name, policy, &root)?;
    let state = state_folder(&root, env)?;
    // Before any other thread is made.
    let stop = Stop::on_signals()?;
    let _lock = lock(name, &root, &state, sink)?;
    let scratch = Scratch::new(&state)?;
    fault::here("locked");

    let before = Snapshot::take(&root)?;
    fault::here("tree-taken");
    let head = tree::head(&root);
    let ledger = Ledger::read(&state)?;
    let started_ms = journal::now_ms();
    let started = Instant::now();
    let old: Vec<Old> =
        plan.steps.iter().map(|step| Old::of(&root.join(&step.dir), &step.reports)).collect();

    let mut done: Vec<Option<Done>> = plan.steps.iter().map(|_| None).collect();
    let missing = missing_gates(&plan, &before.tree, policy, &root, &ledger.receipts)?;
    if missing.is_empty() {
        let run = Run {
            root: &root,
            state: &state,
            policy,
            plan: &plan,
            env: fresh::environment(
                allow::filter(std::env::vars_os(), &policy.env),
                scratch.path(),
            ),
            scratch: scratch.path(),
            stop: &stop,
            options,
            tree: &before.tree,
            receipts: &ledger.receipts,
        };
        run.commands(&mut done, sink)?;
        if let Some(Why::Signal(signal)) = stop.why() {
            bail!("stopped by {}; no receipt was written", signal.as_str());
        }
        run.own(&mut done, &old);
    }
    fault::here("checks-ended");
    let dur_ms = millis(started);
    let after = Snapshot::take(&root).and_then(|after| tree::changed_paths(&before, &after));
    fault::here("tree-taken-again");
    let checks: Vec<Done> = done.into_iter().flatten().collect();
    let (status, reason) = verdict(name, &checks, &missing, &after);
    let mut changed_paths = after.unwrap_or_default();
    changed_paths.truncate(PATHS);
    let output = whole_output(&checks);
    let ran: Vec<&Checked> = checks.iter().map(|done| &done.checked).collect();
    let only = match &ran.iter().filter(|check| !check.command.is_empty()).collect::<Vec<_>>()[..] {
        [only] => Some(**only),
        _ => None,
    };
    let receipt = Receipt {
        v: receipt::VERSION,
        id: String::new(),
        gate: name.to_owned(),
        tree: before.tree.clone(),
        config: plan.config(policy),
        command: match only {
            Some(only) => only.command.clone(),
            None => ["portcullis", "gate", "run", name].map(str::to_owned).to_vec(),
        },
        status,
        reason: crate::secrets::redact(&reason).into_owned(),
        exit_code: only.and_then(|only| only.exit_code),
        signal: only.and_then(|only| only.signal),
        tests: sum(&ran),
        started_ms,
        dur_ms,
        output_sha256: digest::sha256(output.as_bytes()),
        head,
        worktree: root.to_string_lossy().into_owned(),
        portcullis: env!("CARGO_PKG_VERSION").to_owned(),
        base: change::base(&root, policy).ok().flatten(),
        checks: checks.into_iter().map(|done| done.checked).collect(),
        changed_paths,
        prev: String::new(),
    };
    receipt::append(&state, receipt, &output)
}

/// The gates that this one requires and that have not passed on this tree.
fn missing_gates(
    plan: &Plan,
    tree: &str,
    policy: &Policy,
    root: &Path,
    receipts: &[Receipt],
) -> anyhow::Result<Vec<String>> {
    let mut missing = Vec::new();
    for other in &plan.requires {
        let config = plan::sketch(other, policy, root)?.config(policy);
        match judge(other, tree, &config, receipts) {
            Standing::Passed(_) => {}
            standing => missing.push(standing.sentence(other, tree)),
        }
    }
    Ok(missing)
}

/// One finished check with the output that is kept.
pub(super) struct Done {
    pub(super) checked: Checked,
    pub(super) label: String,
    pub(super) output: String,
}

enum News {
    Began(usize),
    Said(usize, Vec<u8>),
    Ended(usize, anyhow::Result<Box<Done>>),
}

/// Everything the checks of one run share.
struct Run<'a> {
    root: &'a Path,
    state: &'a Path,
    policy: &'a Policy,
    plan: &'a Plan,
    env: Vec<(OsString, OsString)>,
    scratch: &'a Path,
    stop: &'a Stop,
    options: Options,
    tree: &'a str,
    receipts: &'a [Receipt],
}

impl Run<'_> {
    /// Runs the commands, as many at a time as there are cores, and shows what they print.
    fn commands(&self, done: &mut [Option<Done>], sink: &mut dyn Write) -> anyhow::Result<()> {
        let todo: Vec<usize> = (0..self.plan.steps.len())
            .filter(|index| matches!(self.plan.steps[*index].act, Act::Run(_)))
            .collect();
        let several = todo.len() > 1;
        let folders = self.folders();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let next = AtomicUsize::new(0);
        let (news, arriving) = channel();
        let mut problem = None;
        let looks = |index: &usize| self.plan.steps[*index].page.is_some();
        let serve = self.policy.web.serve.as_ref().filter(|_| todo.iter().any(looks));
        let did_not_stay = std::thread::scope(|scope| {
            let server = serve.map(|argv| Server::start(scope, argv, self.root, &self.env));
            for _ in 0..cores.min(todo.len()) {
                let news = news.clone();
                let (todo, next, folders) = (&todo, &next, &folders);
                scope.spawn(move || {
                    while let Some(index) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let step = &self.plan.steps[*index];
                        let mut voice = Voice { index: *index, news: news.clone() };
                        let waited = folders.get(&(step.stack.as_deref(), step.dir.as_path()));
                        let alone = waited.map(|folder| folder.lock());
                        let _ = news.send(News::Began(*index));
                        let result = self.command(step, &mut voice).map(Box::new);
                        drop(alone);
                        if news.send(News::Ended(*index, result)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(news);
            let mut progress = Progress::new(self.options.progress, todo.len());
            loop {
                let event = match arriving.recv_timeout(progress::TICK) {
                    Ok(event) => event,
                    Err(RecvTimeoutError::Timeout) => {
                        progress.draw(sink);
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                progress.clear(sink);
                match event {
                    News::Began(index) => progress.began(index, self.plan.steps[index].label()),
                    News::Said(index, bytes) => {
                        let label = several.then(|| self.plan.steps[index].label());
                        show(&bytes, label.as_deref(), sink);
                    }
                    News::Ended(index, Ok(finished)) => {
                        progress.ended(index);
                        let failed = matches!(
                            finished.checked.status,
                            CheckStatus::Failed | CheckStatus::TimedOut | CheckStatus::Error
                        );
                        if several {
                            let word = finished.checked.status.words();
                            let _ = writeln!(
                                sink,
                                "[{}] {word}: {}",
                                finished.label, finished.checked.reason
                            );
                        }
                        if failed && self.options.fail_fast {
                            self.stop.stop(Why::Failed);
                        }
                        done[index] = Some(*finished);
                    }
                    News::Ended(_, Err(error)) => {
                        self.stop.stop(Why::Failed);
                        problem.get_or_insert(error);
                    }
                }
            }
            server.and_then(Server::end)
        });
        if let Some(why) = did_not_stay {
            for index in todo.iter().filter(|index| looks(index)) {
                if let Some(done) = &mut done[*index] {
                    done.checked.status = CheckStatus::Error;
                    done.checked.reason = crate::secrets::redact(&why).into_owned();
                }
            }
        }
        problem.map_or(Ok(()), Err)
    }

    /// What the checks of an ecosystem whose tools write one folder wait for.
    fn folders(&self) -> BTreeMap<(Option<&str>, &Path), Mutex<()>> {
        let alone = |step: &&Step| step.stack.as_deref().is_some_and(catalog::is_alone);
        let steps = self.plan.steps.iter().filter(alone);
        steps.map(|step| ((step.stack.as_deref(), step.dir.as_path()), Mutex::new(()))).collect()
    }

    /// Does what is no command, after the commands, because coverage is what they left.
    fn own(&self, done: &mut [Option<Done>], old: &[Old]) {
        let mut lines: BTreeMap<String, Lines> = BTreeMap::new();
        for (step, old) in self.plan.steps.iter().zip(old) {
            let dir = self.root.join(&step.dir);
            for (file, found) in reports::read(&dir, &step.reports, old).lines {
                let known = lines.entry(file).or_default();
                for (line, reached) in found {
                    *known.entry(line).or_default() |= reached;
                }
            }
        }
        let scene = Scene {
            root: self.root,
            state: self.state,
            policy: self.policy,
            gate: &self.plan.gate,
            tree: self.tree,
            lines: &lines,
            change: OnceCell::new(),
        };
        for (index, step) in self.plan.steps.iter().enumerate() {
            let began = Instant::now();
            let answer = match &step.act {
                Act::Run(_) => continue,
                Act::Own(own) => self.judge_own(&scene, own),
                Act::Missing => Answer {
                    status: CheckStatus::NotAvailable,
                    reason: format!("nothing here says how; write {}.command to {FILE}", step.key),
                    coverage: None,
                },
            };
            let mut checked = self.blank(step, &[]);
            checked.status = answer.status;
            checked.reason = crate::secrets::redact(&answer.reason).into_owned();
            checked.coverage = answer.coverage;
            checked.dur_ms = millis(began);
            done[index] = Some(Done { checked, label: step.label(), output: String::new() });
        }
    }

    fn judge_own(&self, scene: &Scene, own: &Own) -> Answer {
        scene.judge(own)
    }

    fn blank(&self, step: &Step, command: &[String]) -> Checked {
        let dir = step.dir.to_string_lossy().into_owned();
        let config = serde_json::json!([
            command,
            dir,
            step.timeout,
            step.counts,
            step.reports,
            step.page.as_ref().map(|_| &self.policy.web)
        ]);
        Checked {
            check: step.check.clone(),
            stack: step.stack.clone().filter(|stack| stack != "any"),
            dir,
            page: step.page.clone(),
            status: CheckStatus::NotAvailable,
            required: step.required,
            command: command
                .iter()
                .map(|part| crate::secrets::redact(&part.replace(OWN, "portcullis")).into_owned())
                .collect(),
            reason: String::new(),
            exit_code: None,
            signal: None,
            tests: None,
            coverage: None,
            version: None,
            dur_ms: 0,
            output_sha256: None,
            attempts: 0,
            breaker: None,
            cached: None,
            config: digest::sha256(config.to_string().as_bytes()),
        }
    }

    /// Runs one step to its end, again where the server of a network check was not reached.
    fn command(&self, step: &Step, voice: &mut Voice) -> anyhow::Result<Done> {
        let Act::Run(candidates) = &step.act else { bail!("{} is no command", step.check) };
        let dir = self.root.join(&step.dir);
        let first = first_folders(&dir, self.root);
        let installed = candidates.iter().find(|candidate| {
            // A command of the person's own is started whatever is on the path: what goes wrong
            // then is said by the system.
            candidate.needs.is_none() && step.stack.is_none()
                || is_there(candidate, &dir, &first, &self.env)
        });
        let Some(candidate) = installed else { return Ok(self.not_installed(step, candidates)) };
        let mut checked = self.blank(step, &candidate.command);
        if let Some(receipt) = self.cached(&checked.config, candidate.network) {
            return Ok(Done { checked: receipt, label: step.label(), output: String::new() });
        }
        if step.page.is_some() {
            checked.command = candidate.shown();
        }
        let mut argv = argv(candidate)?;
        let report = self.scratch.join(format!("report-{}", &checked.config[..16]));
        web::fill(&mut argv, &report);
        let retry = self.policy.retry;
        let tool = candidate.program().to_owned();
        let breaker = match candidate.network {
            true => Some(breaker::before(self.state, &tool, &retry, journal::now_ms())?),
            false => None,
        };
        checked.breaker = breaker.map(|breaker| breaker.word().to_owned());
        if let Some(breaker::Gate::Open(left)) = breaker {
            checked.status = CheckStatus::NotRun;
            checked.reason = format!(
                "{tool} did not reach its server {} times in a row; it is tried again in {left} s",
                retry.breaker
            );
            return Ok(Done { checked, label: step.label(), output: String::new() });
        }
        // A half-open breaker lets one call through, not three.
        let most = match breaker {
            Some(breaker::Gate::Closed) => retry.attempts.max(1),
            _ => 1,
        };
        let began = Instant::now();
        let limit = Duration::from_secs(step.timeout);
        let job = Job { argv: &argv, dir: &dir, limit, env: &self.env, first: &first };
        loop {
            checked.attempts += 1;
            let _ = std::fs::remove_file(&report);
            let old = Old::of(&dir, &step.reports);
            let Outcome { end, output, summary } = runner::run(&job, self.stop, voice)?;
            let text = output.text();
            let unreachable = candidate.network
                && !matches!(end, End::Exit(0) | End::Stopped)
                && candidate.unreachable.iter().any(|said| text.contains(said.as_str()));
            if unreachable && checked.attempts < most && self.stop.why().is_none() {
                self.pause(&retry, checked.attempts, voice);
                continue;
            }
            if candidate.network && !matches!(end, End::Stopped) {
                breaker::after(self.state, &tool, !unreachable, journal::now_ms())?;
            }
            let read = reports::read(&dir, &step.reports, &old);
            let summary = counts::Summary {
                tests: summary.tests.or(read.tests),
                said_none: summary.said_none,
            };
            (checked.status, checked.reason) = match (unreachable, candidate.reads) {
                (true, _) => (
                    CheckStatus::NotRun,
                    format!(
                        "`{}` did not reach its server in {} runs",
                        shown(&candidate.shown()),
                        checked.attempts
                    ),
                ),
                (false, Some(reads)) if matches!(end, End::Exit(_)) => {
                    web::judge(reads, &report, &self.policy.web)
                }
                (false, _) => of_end(step, &candidate.shown(), &end, summary),
            };
            checked.reason = crate::secrets::redact(&checked.reason).into_owned();
            checked.exit_code = if let End::Exit(code) = end { Some(code) } else { None };
            checked.signal = if let End::Signal(signal) = end { Some(signal) } else { None };
            checked.tests = summary.tests.filter(|_| {
                step.counts == Counts::Parsed || summary.tests.is_some_and(|t| t.ran() > 0)
            });
            checked.dur_ms = millis(began);
            checked.output_sha256 = Some(digest::sha256(text.as_bytes()));
            checked.version = self.version(candidate, &dir, &first);
            return Ok(Done { checked, label: step.label(), output: text });
        }
    }

    fn pause(&self, retry: &Retry, run: u32, voice: &mut Voice) {
        let wait = breaker::wait(retry, run);
        let _ = writeln!(voice, "the server was not reached; again in {} ms", wait.as_millis());
        let until = Instant::now() + wait;
        while self.stop.why().is_none() && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn not_installed(&self, step: &Step, candidates: &[Candidate]) -> Done {
        let mut checked = self.blank(step, &[]);
        checked.reason = not_installed(candidates);
        Done { checked, label: step.label(), output: String::new() }
    }

    /// The result of the same command on the same tree, when it passed.
    fn cached(&self, config: &str, network: bool) -> Option<Checked> {
        if !self.options.cached {
            return None;
        }
        let oldest = if network { journal::now_ms().saturating_sub(NETWORK_CACHE_MS) } else { 0 };
        self.receipts
            .iter()
            .rev()
            .filter(|receipt| {
                receipt.tree == self.tree
                    && receipt.started_ms >= oldest
                    && receipt.status != Status::Changed
            })
            .find_map(|receipt| {
                let found = receipt.checks.iter().find(|check| check.config == config)?;
                Some((receipt, found))
            })
            .filter(|(_, found)| found.status == CheckStatus::Passed && found.cached.is_none())
            .map(|(receipt, found)| Checked { cached: Some(receipt.id.clone()), ..found.clone() })
    }

    /// The first line that the tool prints about its version.
    fn version(&self, candidate: &Candidate, dir: &Path, first: &[PathBuf]) -> Option<String> {
        if candidate.version.is_empty() {
            return None;
        }
        let limit = Duration::from_secs(20);
        let job = Job { argv: &candidate.version, dir, limit, env: &self.env, first };
        let outcome = runner::run(&job, &Stop::default(), &mut std::io::sink()).ok()?;
        let text = outcome.output.text();
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        (outcome.end == End::Exit(0)).then(|| line.chars().take(VERSION).collect())
    }
}

/// The output of all checks as it is kept: one alone as it is, several under their names.
fn whole_output(checks: &[Done]) -> String {
    let with: Vec<&Done> = checks.iter().filter(|done| !done.output.is_empty()).collect();
    match &with[..] {
        [only] => only.output.clone(),
        many => many.iter().fold(String::new(), |mut text, done| {
            text += &format!("[portcullis: {}]\n{}", done.label, done.output);
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text
        }),
    }
}

fn show(bytes: &[u8], label: Option<&str>, sink: &mut dyn Write) {
    // A reader that went away does not end the run.
    let Some(label) = label else {
        let _ = sink.write_all(bytes).and_then(|()| sink.flush());
        return;
    };
    for line in String::from_utf8_lossy(bytes).lines() {
        let _ = writeln!(sink, "[{label}] {line}");
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Carries the output of one check to the one writer.
struct Voice {
    index: usize,
    news: Sender<News>,
}

impl Write for Voice {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.news
            .send(News::Said(self.index, bytes.to_vec()))
            .map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
