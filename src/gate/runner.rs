//! Runs one command without a shell, in a process group of its own, under a time limit; a run of
//! several commands is stopped as one.

use std::ffi::OsString;
use std::io::{Read as _, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::counts::{Counter, Summary};
use super::output::Output;

/// How long output is still read once the command has ended: a process that left the group can
/// hold the pipe open for ever.
const GRACE: Duration = Duration::from_millis(500);

/// A line longer than this is passed on in pieces.
const LONGEST_LINE: usize = 64 * 1024;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By a signal that we did not send.
    Signal(i32),
    /// Killed at the time limit.
    TimedOut,
    /// It was never started; why.
    NotStarted(String),
    /// Killed because the whole run was stopped.
    Stopped,
}

/// What a run showed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) end: End,
    pub(crate) output: Output,
    pub(crate) summary: Summary,
}

enum Event {
    Data(Vec<u8>),
    Closed,
    Ended,
    Stopped,
}

/// Why a whole run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// By a signal of the terminal or the system.
    Signal(Signal),
    /// Because another check failed, and the rest need not be known.
    Failed,
}

/// Stops every command of a run at once: Ctrl-C and its like, or the first failure.
#[derive(Debug, Default, Clone)]
pub(crate) struct Stop(Arc<Mutex<Stopping>>);

#[derive(Debug, Default)]
struct Stopping {
    why: Option<Why>,
    running: Vec<SyncSender<Event>>,
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Event")
    }
}

impl Stop {
    /// Takes the signals from now on, on a thread of its own. Must be called before any other
    /// thread is made, because a thread inherits which signals are blocked.
    pub(crate) fn on_signals() -> anyhow::Result<Self> {
        let stop = Self::default();
        let signals = signals();
        signals.thread_block().context("cannot block signals")?;
        let taken = stop.clone();
        std::thread::spawn(move || {
            if let Ok(signal) = signals.wait() {
                taken.stop(Why::Signal(signal));
            }
        });
        Ok(stop)
    }

    /// Stops what runs and what would be started later.
    pub(crate) fn stop(&self, why: Why) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.why.get_or_insert(why);
        for running in state.running.drain(..) {
            // A full channel belongs to a run that floods; it looks at `why` with each event.
            let _ = running.try_send(Event::Stopped);
        }
    }

    /// Why the run was stopped, if it was.
    pub(crate) fn why(&self) -> Option<Why> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).why
    }

    fn join(&self, running: SyncSender<Event>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running.push(running);
    }
}

fn signals() -> SigSet {
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    signals
}

/// One command to run.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// Program and arguments.
    pub(crate) argv: &'a [String],
    /// Where.
    pub(crate) dir: &'a Path,
    /// Until when.
    pub(crate) limit: Duration,
    /// The whole environment.
    pub(crate) env: &'a [(OsString, OsString)],
    /// Folders before those of `PATH`.
    pub(crate) first: &'a [PathBuf],
}

/// Runs a job; what it prints goes to `sink`, redacted, whole lines at a time. Standard input is
/// empty.
pub(crate) fn run(job: &Job, stop: &Stop, sink: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut reading = Reading { output: Output::default(), counter: Counter::default(), sink };
    let (program, args) = job.argv.split_first().context("the gate's command is empty")?;
    let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(job.dir)
        .stdin(Stdio::null())
        .stdout(writer.try_clone().context("cannot copy a pipe")?)
        .stderr(writer)
        .process_group(0)
        .env_clear()
        .envs(job.env.iter().map(|(key, value)| (key, value)));
    if !job.first.is_empty() {
        let path = job.env.iter().find(|(key, _)| key == "PATH").map(|(_, path)| path.clone());
        let rest = path.unwrap_or_default();
        let all = job.first.iter().cloned().chain(std::env::split_paths(&rest));
        command.env("PATH", std::env::join_paths(all).context("a folder with a colon")?);
    }
    let started = Instant::now();
    // A child inherits what is blocked, so the signals are let through while it is started.
    let signals = signals();
    signals.thread_unblock().context("cannot unblock signals")?;
    let spawned = if stop.why().is_some() { None } else { Some(command.spawn()) };
    signals.thread_block().context("cannot block signals")?;
    let Some(spawned) = spawned else { return Ok(reading.finish(End::Stopped)) };
    let child = match spawned {
        Ok(child) => child,
        Err(error) => return Ok(reading.finish(End::NotStarted(error.to_string()))),
    };
    // The command still holds the write ends of the pipe; ours must go, or it never closes.
    drop(command);
    let mut group = Group::new(child)?;

    let (events, arriving) = sync_channel(16);
    stop.join(events.clone());
    watch_end(group.pid, events.clone());
    std::thread::spawn(move || {
        let mut buffer = vec![0; LONGEST_LINE];
        loop {
            let event = match reader.read(&mut buffer) {
                Ok(0) => Event::Closed,
                Ok(size) => Event::Data(buffer[..size].to_vec()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => Event::Closed,
            };
            let last = matches!(event, Event::Closed);
            if events.send(event).is_err() || last {
                return;
            }
        }
    });
    let limit = started.checked_add(job.limit);
    let end = supervise(&mut group, &arriving, limit, stop, &mut reading);
    Ok(reading.finish(end?))
}

/// Reads until the command has ended and its output is closed, or a limit is reached.
fn supervise(
    group: &mut Group,
    arriving: &Receiver<Event>,
    limit: Option<Instant>,
    stop: &Stop,
    reading: &mut Reading,
) -> anyhow::Result<End> {
    let mut deadline = limit;
    let (mut closed, mut end, mut timed_out) = (false, None, false);
    loop {
        if closed && let Some(end) = end {
            return Ok(end);
        }
        if end.is_none() && stop.why().is_some() {
            // It may have ended by itself a moment before.
            let status = group.finish()?;
            return Ok(status.code().map_or(End::Stopped, End::Exit));
        }
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let event = match left {
            // Also while output floods in: the channel is never empty then.
            Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
            Some(left) => arriving.recv_timeout(left),
            None => arriving.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(Event::Data(bytes)) => reading.take(&bytes),
            Ok(Event::Closed) => closed = true,
            Ok(Event::Ended) => {
                // What the command left running in the background ends with it.
                let status = group.finish()?;
                end = Some(match (timed_out, status.code(), status.signal()) {
                    (true, ..) => End::TimedOut,
                    (_, Some(code), _) => End::Exit(code),
                    (_, None, signal) => End::Signal(signal.unwrap_or_default()),
                });
                deadline = Some(Instant::now() + GRACE);
            }
            // Looked at above.
            Ok(Event::Stopped) => {}
            Err(RecvTimeoutError::Timeout) => {
                if let Some(end) = end {
                    return Ok(end);
                }
                timed_out = true;
                group.kill();
                deadline = None;
            }
            Err(RecvTimeoutError::Disconnected) => {
                group.finish()?;
                bail!("the threads that watch the command died");
            }
        }
    }
}

/// The command and everything it started that stayed in its process group.
struct Group {
    child: Child,
    pid: Pid,
}

impl Group {
    fn new(child: Child) -> anyhow::Result<Self> {
        let pid = Pid::from_raw(i32::try_from(child.id()).context("a process id over 2^31")?);
        Ok(Self { child, pid })
    }

    /// Kills the group. Safe only until the child is reaped: then its number may be another's.
    fn kill(&self) {
        // The one error is "no such group", which is what is wanted.
        let _ = killpg(self.pid, Signal::SIGKILL);
    }

    fn finish(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        self.kill();
        self.child.wait().context("cannot wait for the command")
    }
}

/// Says when the command has ended, and leaves it unreaped so that its number stays taken.
fn watch_end(pid: Pid, events: SyncSender<Event>) {
    std::thread::spawn(move || {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(pid), flags) == Err(Errno::EINTR) {}
        let _ = events.send(Event::Ended);
    });
}

/// Where the output goes.
struct Reading<'a> {
    output: Output,
    counter: Counter,
    sink: &'a mut dyn Write,
}

impl Reading<'_> {
    fn take(&mut self, bytes: &[u8]) {
        if let Some(lines) = self.output.take(bytes, LONGEST_LINE) {
            self.show(&lines);
        }
    }

    fn show(&mut self, lines: &[u8]) {
        let text = String::from_utf8_lossy(lines);
        for line in text.split('\n') {
            self.counter.line(line);
        }
        // A reader that went away does not end the run.
        let _ = self.sink.write_all(crate::secrets::redact(&text).as_bytes());
    }

    fn finish(mut self, end: End) -> Outcome {
        let rest = self.output.rest();
        if !rest.is_empty() {
            self.show(&rest);
        }
        let _ = self.sink.flush();
        Outcome { end, output: self.output, summary: self.counter.finish() }
    }
}
