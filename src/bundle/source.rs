//! The text of a file, and where its bytes stand in lines and columns.

use std::cell::OnceCell;
use std::ops::Range;

use crate::report;

/// The text of a file.
#[derive(Debug, Default)]
pub struct Source {
    /// The whole text. Bytes that are no UTF-8 stand as U+FFFD.
    pub text: String,
    /// Where each line begins; half as large as with `usize`, and there is one for most files. No file is near 4 GiB.
    lines: OnceCell<Vec<u32>>,
}

impl Source {
    /// Takes a text.
    pub fn new(text: String) -> Self {
        Self { text, lines: OnceCell::new() }
    }

    fn starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            let begins = ends.map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX));
            let mut starts = Vec::with_capacity(self.text.len() / 48 + 1);
            starts.push(0);
            starts.extend(begins);
            starts.shrink_to_fit();
            starts
        })
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts().partition_point(|start| *start as usize <= at)
    }

    /// The bytes of a line, without its end; `line` counts from 1.
    pub fn line_span(&self, line: usize) -> Range<usize> {
        let starts = self.starts();
        let begin = |line: usize| starts.get(line).map(|start| *start as usize);
        let start = begin(line.saturating_sub(1)).unwrap_or(self.text.len());
        let end = begin(line).map_or(self.text.len(), |next| next - 1);
        start..end.max(start)
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.starts().len()
    }

    /// Lines and columns of a range, as reports count them.
    pub fn place(&self, span: &Range<usize>) -> report::Span {
        let position = |at: usize| {
            let mut at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            let line = self.line(at);
            let start = self.line_span(line).start;
            let column = self.text[start..at].chars().count() + 1;
            (line as u64, column as u64)
        };
        let (line, column) = position(span.start);
        let (end_line, end_column) = position(span.end.max(span.start));
        report::Span { line, column, end_line, end_column }
    }
}
