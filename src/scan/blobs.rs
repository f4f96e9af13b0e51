//! Blobs out of git, read through one `git cat-file` that stays.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::git;

/// The id of an object, SHA-1 or SHA-256, as bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Oid {
    bytes: [u8; 32],
    length: u8,
}

impl Oid {
    /// Reads hexadecimal digits. None for anything else, and for the id of zeros, which means "none".
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if !text.len().is_multiple_of(2) || text.len() > 64 || text.len() < 40 {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, pair) in text.chunks_exact(2).enumerate() {
            let digits = std::str::from_utf8(pair).ok()?;
            bytes[at] = u8::from_str_radix(digits, 16).ok()?;
        }
        (bytes != [0; 32]).then_some(Self { bytes, length: (text.len() / 2) as u8 })
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes[..usize::from(self.length)].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Git in the state that every source wants: nothing is fetched, nothing is replaced.
pub(super) fn command(dir: &Path) -> Command {
    let mut command = git::command(dir);
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_NO_REPLACE_OBJECTS", "1");
    command
}

/// Reads blobs.
#[derive(Debug)]
pub(super) struct Blobs {
    dir: PathBuf,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may sit on an answer that nobody reads any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Blobs {
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), process: None }
    }

    fn process(&mut self) -> io::Result<&mut Process> {
        if self.process.is_none() {
            // `--batch-command` (git 2.36) queues until `flush`, so that neither side waits for
            // the other between two small blobs.
            let mut child = command(&self.dir)
                .args(["cat-file", "--batch-command", "--buffer"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
                return Err(io::Error::other("git has no streams"));
            };
            let answers = BufReader::with_capacity(256 << 10, answers);
            self.process = Some(Process { child, ask, answers });
        }
        self.process.as_mut().ok_or_else(|| io::Error::other("git did not start"))
    }

    /// Asks for blobs; [`Blobs::answer`] gives them in this order. At most [`Blobs::MOST`] may be
    /// asked for and not answered, twice: more would fill the pipe and both sides would wait.
    pub(super) fn ask<'o>(&mut self, oids: impl IntoIterator<Item = &'o Oid>) -> io::Result<()> {
        let mut lines: String = oids.into_iter().map(|oid| format!("contents {oid}\n")).collect();
        lines.push_str("flush\n");
        self.process()?.ask.write_all(lines.as_bytes())
    }

    /// Blobs in one question: 2 × 256 lines of at most 74 bytes fit into a pipe of 64 KiB.
    pub(super) const MOST: usize = 256;

    /// Reads the next blob. None when git does not have it.
    ///
    /// # Errors
    /// When git ended, for example at a broken object. The next question starts it again.
    pub(super) fn answer<T>(
        &mut self,
        then: impl FnOnce(&mut dyn Read) -> T,
    ) -> io::Result<Option<T>> {
        let result = answer(self.process()?, then);
        if result.is_err() {
            self.process = None;
        }
        result
    }

    /// Asks for one blob and reads it.
    pub(super) fn one<T>(
        &mut self,
        oid: &Oid,
        then: impl FnOnce(&mut dyn Read) -> T,
    ) -> io::Result<Option<T>> {
        self.ask([oid])?;
        self.answer(then)
    }
}

fn answer<T>(
    process: &mut Process,
    then: impl FnOnce(&mut dyn Read) -> T,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    process.answers.read_until(b'\n', &mut line)?;
    let line = String::from_utf8_lossy(&line);
    if line.is_empty() {
        return Err(io::Error::other("git cannot read this object; run `git fsck`"));
    }
    let Some(size) = line.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok())
    else {
        return Ok(None);
    };
    let mut content = (&mut process.answers).take(size);
    let done = then(&mut content);
    io::copy(&mut content, &mut io::sink())?;
    if content.limit() != 0 {
        return Err(io::Error::other("git ended in the middle of an object; run `git fsck`"));
    }
    process.answers.read_exact(&mut [0])?;
    Ok(Some(done))
}
