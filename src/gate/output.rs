//! What is kept of a command's output: the start and the end, redacted.

/// Bytes kept of the start, and again of the end.
pub(crate) const KEPT: usize = 256 * 1024;

/// Output as it arrives.
#[derive(Debug, Default)]
pub(crate) struct Output {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Bytes that were in `tail` once and are gone.
    dropped: u64,
    /// The start of a line that is not complete.
    pending: Vec<u8>,
}

impl Output {
    /// Keeps `bytes`; returns the lines that are complete now. A line over `longest` bytes counts
    /// as complete.
    pub(crate) fn take(&mut self, bytes: &[u8], longest: usize) -> Option<Vec<u8>> {
        let room = bytes.len().min(KEPT - self.head.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > 2 * KEPT {
            self.forget(self.tail.len() - KEPT);
        }
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        let end = match end {
            Some(end) => end,
            None if self.pending.len() + bytes.len() > longest => bytes.len(),
            None => 0,
        };
        let (complete, rest) = bytes.split_at(end);
        if complete.is_empty() {
            self.pending.extend_from_slice(rest);
            return None;
        }
        let mut lines = std::mem::replace(&mut self.pending, rest.to_vec());
        lines.extend_from_slice(complete);
        Some(lines)
    }

    /// The last line, when nothing ended it.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pending)
    }

    fn forget(&mut self, bytes: usize) {
        self.tail.drain(..bytes);
        self.dropped += bytes as u64;
    }

    /// The kept text: whole when it fits, else its start and its end with a line between them
    /// that says how much is missing. Cut at white space, so that no half token escapes the
    /// redaction.
    pub(crate) fn text(mut self) -> String {
        if self.tail.len() > KEPT {
            self.forget(self.tail.len() - KEPT);
        }
        if self.dropped == 0 {
            self.head.extend_from_slice(&self.tail);
            return redact(&self.head);
        }
        let is_space = u8::is_ascii_whitespace;
        let head = self.head.iter().rposition(is_space).unwrap_or(0);
        let tail = self.tail.iter().position(is_space).unwrap_or(self.tail.len());
        let cut = self.dropped + (self.head.len() - head) as u64 + tail as u64;
        format!(
            "{}\n[portcullis: {cut} bytes are left out here]\n{}",
            redact(&self.head[..head]),
            redact(&self.tail[tail..])
        )
    }
}

fn redact(bytes: &[u8]) -> String {
    crate::secrets::redact(&String::from_utf8_lossy(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_output_is_kept_whole() {
        let mut output = Output::default();
        assert_eq!(output.take(b"one\ntw", 100).unwrap(), b"one\n");
        assert_eq!(output.take(b"o\nthree", 100).unwrap(), b"two\n");
        assert_eq!(output.rest(), b"three");
        assert_eq!(output.text(), "one\ntwo\nthree");
    }

    #[test]
    fn long_output_keeps_both_ends_and_says_what_is_gone() {
        let mut output = Output::default();
        let mut total = 0;
        for number in 0..200_000 {
            let line = format!("line {number:06}\n");
            total += line.len();
            output.take(line.as_bytes(), 100).unwrap();
        }
        let text = output.text();
        assert!(text.starts_with("line 000000\n"));
        assert!(text.ends_with("line 199999\n"));
        assert!(text.len() <= 2 * KEPT + 100, "{}", text.len());
        let (before, after) = text.split_once("\n[portcullis: ").unwrap();
        let (cut, after) = after.split_once(" bytes are left out here]\n").unwrap();
        assert_eq!(before.len() + cut.parse::<usize>().unwrap() + after.len(), total);
    }

    #[test]
    fn a_line_without_an_end_does_not_wait_for_ever() {
        let mut output = Output::default();
        assert!(output.take(b"aaaa", 6).is_none());
        assert_eq!(output.take(b"aaaa", 6).unwrap(), b"aaaaaaaa");
    }
}
