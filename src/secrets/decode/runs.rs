//! Long runs of base64 or hex digits: where they are, and which of them hold text.

use std::ops::Range;

use super::{Budget, Codec};

/// Digits of the shortest run that is looked at: 18 bytes of base64.
const LEAST: usize = 24;

/// Digits of the shortest run that is taken for hex.
const LEAST_HEX: usize = 32;

/// Digits of a line that may go on in the next one. Encoders wrap at 60, 64 or 76.
const WRAPPED: usize = 60;

/// Bytes that are decoded to see whether a run holds text.
const HEAD: usize = 18;

/// Not a digit.
const NONE: u8 = 0xff;

/// Value of each byte as a digit of base64 or base64url.
static BASE64: [u8; 256] = {
    let mut values = [NONE; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < digits.len() {
        values[digits[at] as usize] = at as u8;
        at += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

fn is_digit(byte: u8) -> bool {
    BASE64[usize::from(byte)] != NONE
}

/// Calls `found` with each run. Looks at the last byte of every possible run first, so text made
/// of words is passed over in steps.
pub(super) fn each(text: &[u8], mut found: impl FnMut(Range<usize>)) {
    let mut start = 0;
    while let Some(window) = text.get(start..start + LEAST) {
        if let Some(at) = window.iter().rposition(|byte| !is_digit(*byte)) {
            start += at + 1;
            continue;
        }
        // A string's `\n` in front ends in a letter that is no digit of the run.
        let escaped = start > 0 && text[start - 1] == b'\\';
        let from = start + usize::from(escaped && matches!(text[start], b'n' | b'r' | b't'));
        let end = wrapped(text, from);
        found(from..end);
        start = end;
    }
}

/// Where the run that begins at `from` ends: at its padding, with the lines it goes on in.
fn wrapped(text: &[u8], from: usize) -> usize {
    let mut end = from + digits(&text[from..]);
    let width = end - from;
    let mut line = width;
    while width >= WRAPPED && width.is_multiple_of(4) && line == width {
        let Some(next) = line_break(text, end) else { break };
        line = digits(&text[next..]);
        if line == 0 || line > width {
            break;
        }
        end = next + line;
    }
    end + text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_digit(**byte)).count()
}

/// Where the next line's text begins, if a line ends at `at`: really, or as `\n` in a string.
fn line_break(text: &[u8], at: usize) -> Option<usize> {
    /// Blanks in front of a line that are passed over.
    const INDENT: usize = 32;
    let mut next = match text.get(at..)? {
        [b'\r', b'\n', ..] => at + 2,
        [b'\n', ..] => at + 1,
        [b'\\', b'r', b'\\', b'n', ..] => return Some(at + 4),
        [b'\\', b'n', ..] => return Some(at + 2),
        _ => return None,
    };
    let blanks = text[next..].iter().take(INDENT);
    next += blanks.take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Some(next)
}

/// Decodes a run, if it holds text or compressed data.
pub(super) fn decode(
    text: &[u8],
    run: &Range<usize>,
    budget: &mut Budget,
) -> Option<(Codec, Vec<u8>)> {
    let digits = &text[run.clone()];
    let bare = digits.strip_prefix(b"0x").unwrap_or(digits);
    if let Some(decoded) = hex(bare, budget) {
        return Some((Codec::Hex, decoded));
    }
    if let Some(decoded) = base64(digits, budget) {
        return Some((Codec::Base64, decoded));
    }
    // What stands in front may not belong to it: a path, or a name joined by a dash.
    digits
        .split(|byte| matches!(byte, b'/' | b'-' | b'_' | b'+'))
        .filter(|piece| piece.len() >= LEAST && piece.len() < digits.len())
        .find_map(|piece| base64(piece, budget))
        .map(|decoded| (Codec::Base64, decoded))
}

/// What base64 digits stand for, if it is worth a look.
fn base64(digits: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    let mut head = [0; HEAD];
    let mut filled = 0;
    for four in digits.get(..LEAST)?.chunks_exact(4) {
        let bits = four.iter().fold(0, |bits, byte| bits << 6 | u32::from(BASE64[*byte as usize]));
        head[filled..filled + 3].copy_from_slice(&bits.to_be_bytes()[1..]);
        filled += 3;
        if filled == 3 && !begins(&head[..3]) {
            return None;
        }
    }
    if !worth(&head) {
        return None;
    }
    let mut decoded = Vec::with_capacity((digits.len() / 4 * 3).min(budget.bytes));
    let (mut bits, mut held) = (0u32, 0);
    let mut escape = false;
    for &byte in digits {
        // Line breaks of a wrapped run, real ones and those of a string.
        if std::mem::take(&mut escape) || !is_digit(byte) {
            escape = byte == b'\\';
            continue;
        }
        bits = bits << 6 | u32::from(BASE64[usize::from(byte)]);
        held += 6;
        if held >= 8 {
            if decoded.len() == budget.bytes {
                break;
            }
            held -= 8;
            decoded.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    budget.bytes -= decoded.len();
    Some(decoded)
}

/// What pairs of hex digits stand for, if it is worth a look.
fn hex(digits: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    if digits.len() < LEAST_HEX || !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    let pair = |pair: &[u8]| Some((value(pair[0])? << 4 | value(pair[1])?) as u8);
    let mut head = [0; LEAST_HEX / 2];
    for (place, digits) in head.iter_mut().zip(digits.chunks_exact(2)) {
        *place = pair(digits)?;
    }
    if !worth(&head) {
        return None;
    }
    // All of it must be hex, or it is something else that begins like it.
    let decoded: Option<Vec<u8>> = digits.chunks_exact(2).take(budget.bytes).map(pair).collect();
    let decoded = decoded?;
    budget.bytes -= decoded.len();
    Some(decoded)
}

/// Whether three bytes can begin something worth a look. Refuses most of what is not.
fn begins(head: &[u8]) -> bool {
    is_compressed(head) || head[0] == 0xff || !matches!(head[0], 0x80..=0xc1) && is_plain(head[0])
}

/// Whether bytes begin like text or like something that holds text.
fn worth(head: &[u8]) -> bool {
    is_compressed(head) || is_utf16(head) || is_text(head)
}

/// Not a control character that texts do not hold.
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b)
}

/// UTF-8 without control characters; the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let whole =
        std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    whole && head.iter().all(|byte| is_plain(*byte))
}

/// The magic of gzip, or the usual headers of zlib.
pub(super) fn is_compressed(head: &[u8]) -> bool {
    matches!(head, [0x1f, 0x8b, 0x08, ..] | [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
        && !is_text(&head[..head.len().min(HEAD)])
}

/// ASCII in UTF-16, little-endian, with or without its mark.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xff\xfe").unwrap_or(head);
    let pairs = head.get(..8).unwrap_or_default().chunks_exact(2);
    pairs.len() == 4 && { pairs }.all(|pair| pair[1] == 0 && pair[0] != 0 && is_plain(pair[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<&str> {
        let mut runs = Vec::new();
        each(text.as_bytes(), |run| runs.push(&text[run]));
        runs
    }

    #[test]
    fn runs_end_at_what_is_no_digit_and_keep_their_padding() {
        let run = "QUJD".repeat(7);
        assert_eq!(runs(&format!("k = \"{run}==\", {}", "a".repeat(23))), [format!("{run}==")]);
        assert_eq!(runs(&format!("\"a\\n{run}\"")), [run.as_str()]);
    }

    #[test]
    fn a_run_goes_on_in_the_next_line_when_its_line_was_full() {
        let line = "QUJD".repeat(16);
        for newline in ["\n", "\r\n", "\n    ", "\\n"] {
            let text = format!("{line}{newline}{line}{newline}QUJD=");
            assert_eq!(runs(&text), [text.as_str()], "{newline:?}");
        }
        let short = "QUJD".repeat(8);
        assert_eq!(runs(&format!("{short}\n{short}")), [short.as_str(), short.as_str()]);
    }

    #[test]
    fn only_what_begins_like_text_is_decoded() {
        let mut budget = Budget::HOOK;
        let mut tried = |text: &str| {
            decode(text.as_bytes(), &(0..text.len()), &mut budget).map(|(codec, _)| codec)
        };
        assert_eq!(tried(&"QUJD".repeat(6)), Some(Codec::Base64));
        assert_eq!(tried(&"4142".repeat(8)), Some(Codec::Hex));
        assert_eq!(tried(&"d4c9".repeat(10)), None, "a hash");
        assert_eq!(tried("iVBORw0KGgoAAAANSUhEUgAAAAUA"), None, "an image");
        assert_eq!(tried("thisIsAnIdentifierOfManyWords"), None);
        assert_eq!(budget.bytes, Budget::HOOK.bytes - 18 - 16);
    }
}
