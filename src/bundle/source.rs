//! The text of a file, and where its bytes stand in lines and columns.

use std::cell::OnceCell;
use std::ops::Range;

use crate::report;

/// The text of a file.
#[derive(Debug, Default)]
pub struct Source {
    /// The whole text. Bytes that are no UTF-8 stand as U+FFFD.
    pub text: String,
    lines: OnceCell<Vec<usize>>,
}

impl Source {
    /// Takes a text.
    pub fn new(text: String) -> Self {
        Self { text, lines: OnceCell::new() }
    }

    fn starts(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at + 1))
                .collect()
        })
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts().partition_point(|start| *start <= at)
    }

    /// The bytes of a line, without its end; `line` counts from 1.
    pub fn line_span(&self, line: usize) -> Range<usize> {
        let starts = self.starts();
        let start = starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        let end = starts.get(line).map_or(self.text.len(), |next| next - 1);
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
