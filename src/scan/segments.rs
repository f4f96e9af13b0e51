//! One large file, read by all workers: each takes the next segment, with the bytes around it as
//! context. Lines are counted per segment and added up in the end.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use super::limits::{AHEAD, BACK, SEGMENT};
use super::window::Spot;
use super::worker::Told;
use super::{Event, Origin, Progress, Shared};
use crate::report::Span;

/// What one segment held, in lines and columns from where its reading began.
struct Part {
    number: u64,
    told: Told,
    /// Where the reading of the next segment begins.
    next: Spot,
}

/// Judges a file of `size` bytes that is no archive and not UTF-16.
pub(super) fn scan(
    shared: &Shared,
    origin: &Origin,
    file: &File,
    size: u64,
    is_text: bool,
    send: &Sender<Event>,
) {
    Progress::add(&shared.progress.files, 1);
    if !is_text {
        Progress::add(&shared.progress.binary, 1);
    }
    let count = size.div_ceil(SEGMENT);
    let threads = (shared.options.threads as u64).min(count);
    let next = AtomicU64::new(0);
    let parts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = shared.worker(send);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let mut piece = Piece::new(file, number);
                    let back = (number * SEGMENT - piece.at) as usize;
                    let told = worker.segment(origin, &mut piece, back, is_text);
                    let part = Part { number, told, next: piece.spot };
                    // A worker that panicked ends the scan; what the others found is sound.
                    parts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(part);
                }
            });
        }
    });
    let mut parts = parts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    parts.sort_by_key(|part| part.number);
    let mut start = Spot::START;
    for Part { told, next, .. } in parts {
        told.send(send, |span| moved(span, start));
        start = beyond(start, next);
    }
}

/// A position that was counted from `start`, counted from the beginning of the file.
const fn beyond(start: Spot, spot: Spot) -> Spot {
    let column = if spot.line == 1 { start.column + spot.column - 1 } else { spot.column };
    Spot { line: start.line + spot.line - 1, column }
}

const fn moved(span: Span, start: Spot) -> Span {
    let first = beyond(start, Spot { line: span.line, column: span.column });
    let last = beyond(start, Spot { line: span.end_line, column: span.end_column });
    Span { line: first.line, column: first.column, end_line: last.line, end_column: last.column }
}

/// Reads one segment with what is around it.
struct Piece<'f> {
    file: &'f File,
    /// The next byte of the file.
    at: u64,
    /// Where reading ends.
    end: u64,
    /// Where the reading of the next segment begins: up to there `spot` counts.
    next: u64,
    spot: Spot,
}

impl<'f> Piece<'f> {
    const fn new(file: &'f File, number: u64) -> Self {
        let begin = number * SEGMENT;
        let next = begin + SEGMENT - BACK as u64;
        let end = begin + SEGMENT + AHEAD as u64;
        Self { file, at: begin.saturating_sub(BACK as u64), end, next, spot: Spot::START }
    }
}

impl Read for Piece<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min((self.end - self.at) as usize);
        let count = self.file.read_at(&mut buffer[..most], self.at)?;
        let counted = count.min(self.next.saturating_sub(self.at) as usize);
        self.spot = self.spot.after(&buffer[..counted]);
        self.at += count as u64;
        Ok(count)
    }
}
