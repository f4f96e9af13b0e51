//! Runs one command without a shell, in a process group of its own, under a time limit.

use std::ffi::OsStr;
use std::io::{Read as _, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
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
    Stopped(Signal),
}

/// Runs `argv` in `dir`; what it prints goes to `sink`, redacted, whole lines at a time.
///
/// Standard input is empty. The environment is inherited, without what points git at another
/// repository and without the client's own variables, so that a run inside a session and one
/// outside of it see the same.
pub(crate) fn run(
    argv: &[String],
    dir: &Path,
    limit: Duration,
    sink: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let mut reading = Reading { output: Output::default(), counter: Counter::default(), sink };
    let (program, args) = argv.split_first().context("the gate's command is empty")?;
    let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(writer.try_clone().context("cannot copy a pipe")?)
        .stderr(writer)
        .process_group(0);
    for (key, _) in std::env::vars_os() {
        if is_withheld(&key) {
            command.env_remove(&key);
        }
    }
    let started = Instant::now();
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(reading.finish(End::NotStarted(error.to_string()))),
    };
    // The command still holds the write ends of the pipe; ours must go, or it never closes.
    drop(command);
    let mut group = Group::new(child)?;

    let (events, arriving) = sync_channel(16);
    // Blocked after the spawn, because a child inherits the mask.
    let mut signals = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        signals.add(signal);
    }
    signals.thread_block().context("cannot block signals")?;
    watch_signals(signals, events.clone());
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
    let end = supervise(&mut group, &arriving, started.checked_add(limit), &mut reading);
    signals.thread_unblock().context("cannot unblock signals")?;
    Ok(reading.finish(end?))
}

/// Reads until the command has ended and its output is closed, or a limit is reached.
fn supervise(
    group: &mut Group,
    arriving: &Receiver<Event>,
    limit: Option<Instant>,
    reading: &mut Reading,
) -> anyhow::Result<End> {
    let mut deadline = limit;
    let (mut closed, mut end, mut timed_out) = (false, None, false);
    loop {
        if closed && let Some(end) = end {
            return Ok(end);
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
            Ok(Event::Stopped(signal)) => {
                group.finish()?;
                bail!("stopped by {}; no receipt was written", signal.as_str());
            }
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

/// What point git at another repository, and what the client sets for itself.
fn is_withheld(key: &OsStr) -> bool {
    let name = key.as_encoded_bytes();
    const GIT: &[&[u8]] = &[
        b"GIT_DIR",
        b"GIT_WORK_TREE",
        b"GIT_INDEX_FILE",
        b"GIT_COMMON_DIR",
        b"GIT_OBJECT_DIRECTORY",
        b"GIT_ALTERNATE_OBJECT_DIRECTORIES",
        b"GIT_NAMESPACE",
        b"GIT_PREFIX",
        b"GIT_QUARANTINE_PATH",
        b"GIT_SHALLOW_FILE",
        b"GIT_GRAFT_FILE",
        b"GIT_REPLACE_REF_BASE",
        b"GIT_NO_REPLACE_OBJECTS",
        b"GIT_INTERNAL_SUPER_PREFIX",
        b"GIT_IMPLICIT_WORK_TREE",
        b"GIT_CONFIG",
        b"GIT_CONFIG_PARAMETERS",
        b"GIT_CONFIG_COUNT",
    ];
    GIT.contains(&name) || name.starts_with(b"CLAUDE") || name.starts_with(b"ANTHROPIC")
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

/// Takes Ctrl-C and its like: the command is in another process group and would live on.
fn watch_signals(signals: SigSet, events: SyncSender<Event>) {
    std::thread::spawn(move || {
        if let Ok(signal) = signals.wait() {
            let _ = events.send(Event::Stopped(signal));
        }
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
