//! Appends lines to the journal as leaves of a Merkle tree (RFC 6962), under one short lock.
//!
//! Three files: the lines, their leaf hashes (32 bytes each, so that a changed line can be named),
//! and the tree's right edge. They are written in this order, so a writer that is killed leaves at
//! most lines that the edge does not know yet. The next writer takes those in and says so in a line
//! of its own ([`RECOVERED`]); what was cut away before it came is said too ([`DAMAGED`]).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::merkle::{self, Edge, Hash};

/// Event of the line that says: lines were found whose writer did not finish.
pub const RECOVERED: &str = "JournalRecovered";

/// Event of the line that says: the journal is shorter than it was.
pub const DAMAGED: &str = "JournalDamaged";

/// First bytes of the edge file: what it is, and the version of its form.
const MAGIC: &[u8; 8] = b"pcedge1\n";

/// Bytes before the peaks: magic, number of lines, length of the journal.
const HEAD: usize = 24;

/// A hook waits this long for the lock, then writes without it; the next writer takes the line in.
const LOCK_TRIES: u32 = 250;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// The files of a journal.
#[derive(Debug, Clone)]
pub struct Files {
    /// One JSON object a line.
    pub lines: PathBuf,
    /// The leaf hash of each line, 32 bytes each.
    pub leaves: PathBuf,
    /// The tree's right edge; also what is locked.
    pub edge: PathBuf,
    /// Signed checkpoints, one note after another ([`super::checkpoint`]).
    pub checkpoints: PathBuf,
}

impl Files {
    /// The files in a state folder.
    pub fn of(state: &Path) -> Self {
        let folder = state.join("journal");
        Self {
            lines: folder.join("journal.jsonl"),
            leaves: folder.join("journal.leaves"),
            edge: folder.join("journal.edge"),
            checkpoints: folder.join("checkpoints"),
        }
    }
}

/// The edge with the length that the journal had when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// The tree over all lines up to `bytes`.
    pub edge: Edge,
    /// Length of the journal, in bytes.
    pub bytes: u64,
}

impl Mark {
    /// Reads an edge file. `None` when it is empty, of another form, or cut short.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read(file: &mut File) -> io::Result<Option<Self>> {
        let mut bytes = Vec::with_capacity(512);
        file.read_to_end(&mut bytes)?;
        Ok(Self::parse(&bytes))
    }

    /// Reads the bytes of an edge file.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let size = u64::from_le_bytes(*size);
        // Bytes after the peaks are left over from a size with more of them.
        let (peaks, _) = rest.as_chunks::<32>();
        let peaks = peaks.get(..size.count_ones() as usize)?.to_vec();
        let edge = Edge::from_parts(size, peaks)?;
        Some(Self { edge, bytes: u64::from_le_bytes(*length) })
    }

    fn write(&self, file: &File) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(HEAD + 32 * self.edge.peaks().len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.edge.size().to_le_bytes());
        bytes.extend_from_slice(&self.bytes.to_le_bytes());
        bytes.extend(self.edge.peaks().iter().flatten());
        file.write_all_at(&bytes, 0)
    }
}

/// Appends one line (without its newline). `internal` makes the line of an event of the journal
/// itself from event name and subject, when one must be written first.
///
/// The tree after the line; `None` when the lock was not to be had or another writer came between,
/// and the next writer will take the line in.
///
/// # Errors
/// When the folder cannot be made or the line was not written whole.
pub fn append(
    files: &Files,
    line: &[u8],
    internal: impl Fn(&'static str, String) -> Vec<u8>,
) -> io::Result<Option<Mark>> {
    let mut edge = open(&files.edge, OpenOptions::new().read(true).write(true))?;
    let mut lines = open(&files.lines, OpenOptions::new().read(true).append(true))?;
    if !lock(&edge)? {
        write_whole(&mut lines, &[line, b"\n"].concat(), &files.lines)?;
        return Ok(None);
    }
    let (mark, mut leaves, note) = current(&mut edge, &mut lines)?;
    let first_new = mark.edge.size() - leaves.len() as u64;
    let mut text = Vec::with_capacity(line.len() + 1);
    if let Some((event, subject)) = note {
        text.extend(internal(event, subject));
        text.push(b'\n');
    }
    text.extend_from_slice(line);
    text.push(b'\n');
    write_whole(&mut lines, &text, &files.lines)?;
    let end = lines.stream_position()?;
    if end != mark.bytes + text.len() as u64 {
        // A writer without the lock came between: the edge stays, the next writer takes both in.
        return Ok(None);
    }
    let mut mark = Mark { bytes: end, ..mark };
    for line in split(&text) {
        let leaf = merkle::leaf(line);
        mark.edge.push(leaf);
        leaves.push(leaf);
    }
    let stored = open(&files.leaves, OpenOptions::new().write(true))?;
    stored.write_all_at(leaves.as_flattened(), first_new * 32)?;
    mark.write(&edge)?;
    Ok(Some(mark))
}

/// Runs `work` with the tree as its edge knows it, while no other process appends. Lines that a
/// writer left without the lock are not in it; the next append takes them in.
///
/// # Errors
/// When the lock is not to be had, the edge cannot be read, or `work` fails.
pub fn with_mark<T>(files: &Files, work: impl FnOnce(&Mark) -> io::Result<T>) -> io::Result<T> {
    let mut edge = open(&files.edge, OpenOptions::new().read(true).write(true))?;
    if !lock(&edge)? {
        return Err(io::Error::new(io::ErrorKind::WouldBlock, "the journal is locked"));
    }
    let mark = Mark::read(&mut edge)?.unwrap_or_default();
    work(&mark)
}

/// What the journal holds now: the edge up to its last byte, the leaves it did not know, and what
/// is to be said about it.
type Current = (Mark, Vec<Hash>, Option<(&'static str, String)>);

fn current(edge: &mut File, lines: &mut File) -> io::Result<Current> {
    let length = lines.metadata()?.len();
    let known = Mark::read(edge)?;
    let lost = known.is_none() && length > 0;
    let mut mark = known.unwrap_or_default();
    if length == mark.bytes {
        return Ok((mark, Vec::new(), None));
    }
    if length < mark.bytes {
        let subject = format!("{} bytes are missing at the end", mark.bytes - length);
        mark.bytes = length;
        return Ok((mark, Vec::new(), Some((DAMAGED, subject))));
    }
    lines.seek(SeekFrom::Start(mark.bytes))?;
    let mut tail = Vec::new();
    lines.read_to_end(&mut tail)?;
    let torn = tail.last() != Some(&b'\n');
    if torn {
        // The fragment stays as evidence, as a line of its own.
        lines.write_all(b"\n")?;
        tail.push(b'\n');
    }
    mark.bytes += tail.len() as u64;
    let leaves: Vec<Hash> = split(&tail).map(merkle::leaf).collect();
    leaves.iter().for_each(|leaf| mark.edge.push(*leaf));
    let mut subject = format!("{} lines whose writer did not finish", leaves.len());
    if torn {
        subject.push_str(", the last of them cut short");
    }
    if lost {
        subject.push_str("; the tree's edge was missing and was made anew");
    }
    Ok((mark, leaves, Some((RECOVERED, subject))))
}

/// The lines of a text that ends with a newline.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

fn lock(file: &File) -> io::Result<bool> {
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(false);
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let options = options.create(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(path.parent().unwrap_or(path))?;
            options.open(path)
        }
        other => other,
    }
}

/// One `write` on a descriptor opened with `O_APPEND`, which the kernel places at the end as one
/// step: writers interleave lines, never bytes.
fn write_whole(file: &mut File, text: &[u8], path: &Path) -> io::Result<()> {
    let written = file.write(text)?;
    if written == text.len() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::WriteZero,
        format!("{}: only {written} of {} bytes were written", path.display(), text.len()),
    ))
}
