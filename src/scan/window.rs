//! A text of any length, looked at through overlapping windows in bounded memory.

use std::io::{self, Read};
use std::ops::Range;

use super::limits::{AHEAD, BACK, WINDOW};

/// A buffer of [`WINDOW`] bytes, of which the first are filled.
#[derive(Debug)]
pub(super) struct Window {
    bytes: Vec<u8>,
    filled: usize,
    /// Nothing more follows.
    ended: bool,
    /// Where the first byte of the buffer stands.
    at: Spot,
    /// Where matches may begin in the first look at this buffer.
    from: usize,
    /// Bytes from the first one of the buffer on in which matches may begin.
    left: usize,
}

/// A position in a text. Line and column count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Spot {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The position behind `text`. A column is a character; a stray byte counts as one if it could
    /// begin one.
    pub(super) fn after(self, text: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', text).count() as u64;
        let characters = |text: &[u8]| text.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        match memchr::memrchr(b'\n', text) {
            Some(last) => {
                let column = characters(&text[last + 1..]) as u64 + 1;
                Self { line: self.line + lines, column }
            }
            None => Self { line: self.line, column: self.column + characters(text) as u64 },
        }
    }
}

/// What is to be judged now.
#[derive(Debug)]
pub(super) struct View<'w> {
    pub(super) text: &'w [u8],
    /// Matches that begin here count; others are another window's.
    pub(super) counts: Range<usize>,
    /// Where the text begins.
    pub(super) at: Spot,
}

impl Window {
    pub(super) fn new() -> Self {
        let (at, left) = (Spot::START, usize::MAX);
        Self { bytes: vec![0; WINDOW], filled: 0, ended: false, at, from: 0, left }
    }

    /// Empties it for another text.
    pub(super) fn clear(&mut self) {
        (self.filled, self.ended, self.at) = (0, false, Spot::START);
        (self.from, self.left) = (0, usize::MAX);
    }

    /// Empties it for a part of a text: the first `back` bytes that will be read are context, and so
    /// is what follows behind `len` more.
    pub(super) fn clear_for(&mut self, back: usize, len: usize) {
        self.clear();
        (self.from, self.left) = (back, back + len);
    }

    /// Reads until it is full or the text ends.
    pub(super) fn fill(&mut self, reader: &mut dyn Read) -> io::Result<()> {
        while self.filled < self.bytes.len() && !self.ended {
            match reader.read(&mut self.bytes[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What was read.
    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// What is to be judged of the buffer as it is now.
    pub(super) fn view(&self) -> View<'_> {
        let end = self.limit().min(self.left);
        View { text: self.text(), counts: self.from.min(end)..end, at: self.at }
    }

    /// Moves on and reads more. False at the end.
    pub(super) fn slide(&mut self, reader: &mut dyn Read) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let gone = self.limit() - BACK;
        self.at = self.at.after(&self.bytes[..gone]);
        self.bytes.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.left = self.left.saturating_sub(gone);
        self.from = BACK;
        self.fill(reader)?;
        Ok(true)
    }

    fn limit(&self) -> usize {
        if self.ended { self.filled } else { self.filled - AHEAD }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_once_and_has_its_place() {
        let line = b"0123456789abcdef\xc3\xa9\n";
        let text: Vec<u8> = line.iter().copied().cycle().take(3 * WINDOW + 77).collect();
        let mut window = Window::new();
        let mut reader = text.as_slice();
        window.fill(&mut reader).unwrap();
        let mut next = 0;
        loop {
            let view = window.view();
            let counts = view.counts.clone();
            assert_eq!(&view.text[counts.clone()], &text[next..next + counts.len()]);
            let spot = view.at.after(&view.text[..counts.start]);
            assert_eq!(spot, Spot::START.after(&text[..next]));
            next += counts.len();
            if !window.slide(&mut reader).unwrap() {
                break;
            }
        }
        assert_eq!(next, text.len());
    }
}
