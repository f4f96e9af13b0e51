//! What kind of bytes these are, and UTF-16 as UTF-8.

use std::io::{self, Read};

/// Bytes that decide the kind.
const SAMPLE: usize = 8 << 10;

/// The kind of a stream, known by how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in UTF-8, or in any encoding that holds ASCII.
    Text,
    /// UTF-16; true: the high byte comes first.
    Utf16(bool),
    /// Anything else. It is judged as it is.
    Binary,
    Zip,
    Gzip,
    Tar,
}

/// Tells the kind.
pub(super) fn kind(text: &[u8]) -> Kind {
    match text {
        [0xFF, 0xFE, 0, 0, ..] => return Kind::Binary,
        [0xFF, 0xFE, ..] => return Kind::Utf16(false),
        [0xFE, 0xFF, ..] => return Kind::Utf16(true),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Kind::Zip,
        // Deflate is the only method there is.
        [0x1F, 0x8B, 8, ..] => return Kind::Gzip,
        _ => {}
    }
    if text.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    let sample = &text[..text.len().min(SAMPLE)];
    if memchr::memchr(0, sample).is_none() {
        return Kind::Text;
    }
    match utf16(sample) {
        Some(big) => Kind::Utf16(big),
        None => Kind::Binary,
    }
}

/// Whether bytes with zeros among them are UTF-16 without a mark: in text of Latin letters nearly
/// every other byte is zero and the others hardly ever are.
fn utf16(sample: &[u8]) -> Option<bool> {
    let pairs = sample.len() / 2;
    if pairs < 4 {
        return None;
    }
    let zeros = |first: usize| {
        sample.iter().skip(first).step_by(2).take(pairs).filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let many = |count: usize| count * 10 >= pairs * 7;
    let few = |count: usize| count * 50 <= pairs;
    match (even, odd) {
        _ if many(odd) && few(even) => Some(false),
        _ if many(even) && few(odd) => Some(true),
        _ => None,
    }
}

/// Reads UTF-16 and gives UTF-8. A half of a pair becomes U+FFFD, a byte-order mark is left out.
pub(super) struct Utf16<R> {
    inner: R,
    big: bool,
    /// Bytes that were read and not yet turned.
    raw: Vec<u8>,
    /// Text that was not yet taken.
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    pub(super) const fn new(inner: R, big: bool) -> Self {
        Self { inner, big, raw: Vec::new(), ready: Vec::new(), taken: 0, ended: false }
    }

    fn more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 << 10];
        let count = self.inner.read(&mut chunk)?;
        self.ended = count == 0;
        self.raw.extend_from_slice(&chunk[..count]);
        let mut whole = self.raw.len() / 2;
        let unit = |pair: &[u8]| match (pair, self.big) {
            ([high, low], true) | ([low, high], false) => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        // The first half of a pair waits for the second.
        if !self.ended
            && whole > 0
            && matches!(unit(&self.raw[whole * 2 - 2..whole * 2]), 0xD800..=0xDBFF)
        {
            whole -= 1;
        }
        self.ready.clear();
        self.taken = 0;
        let units = self.raw[..whole * 2].chunks_exact(2).map(unit);
        for decoded in char::decode_utf16(units) {
            let decoded = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            if decoded != '\u{feff}' {
                self.ready.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        self.raw.drain(..whole * 2);
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() && !self.ended {
            self.more()?;
        }
        let count = buffer.len().min(self.ready.len() - self.taken);
        buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, big: bool) -> Vec<u8> {
        let one = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(one).collect()
    }

    #[test]
    fn utf16_is_known_with_and_without_a_mark_and_read_back() {
        let text = "key = \"grüße 🦀 \"\r\n".repeat(2000);
        for big in [false, true] {
            for mark in ["", "\u{feff}"] {
                let raw = bytes(&format!("{mark}{text}"), big);
                assert_eq!(kind(&raw), Kind::Utf16(big));
                let mut out = String::new();
                // Odd pieces, so that units and pairs are cut everywhere.
                let pieces = Pieces(&raw, 7);
                Utf16::new(pieces, big).read_to_string(&mut out).unwrap();
                assert_eq!(out, text);
            }
        }
    }

    struct Pieces<'p>(&'p [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn other_bytes_are_no_utf16() {
        assert_eq!(kind(b"plain text \xff\xff of some length"), Kind::Text);
        assert_eq!(kind(&[0; 64]), Kind::Binary);
        assert_eq!(kind(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0"), Kind::Binary);
        assert_eq!(kind(b""), Kind::Text);
    }
}
