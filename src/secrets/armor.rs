//! Armoured private keys: reads the body behind a `BEGIN` line, in a file, a JSON string or a shell
//! word, and looks into it.

use super::checksum::crc24;

/// Fewest bytes that a private key has; anything shorter is a stub.
const LEAST: usize = 48;

/// Most bytes behind a `BEGIN` line that are read. Keeps a text of nothing but such lines linear.
const MOST: usize = 32 << 10;

/// What stands between the `BEGIN` line and the end of an armour.
#[derive(Debug, Default)]
struct Body {
    /// The decoded bytes.
    bytes: Vec<u8>,
    /// The characters of the `=XXXX` line.
    sum: Option<Vec<u8>>,
    /// A header says that a passphrase protects it.
    encrypted: bool,
    /// Where the armour ends in the text.
    end: usize,
    /// The `END` line is there.
    ended: bool,
}

/// The end of a key in DER, `None` when the body is none. Its first bytes must be those of a
/// sequence; the length that they state is not held against a key that was cut or edited.
pub(super) fn der_key(text: &[u8], from: usize) -> Option<usize> {
    let body = read(text, from);
    let total = der_sequence(&body.bytes)?;
    (total >= LEAST && body.bytes.len() >= LEAST && !body.encrypted).then_some(body.end)
}

/// The end of an armour whose body is long enough to be a key's, whatever it holds; `None` when
/// there is none or a passphrase protects it.
pub(super) fn body(text: &[u8], from: usize) -> Option<usize> {
    let body = read(text, from);
    (body.bytes.len() >= LEAST && !body.encrypted).then_some(body.end)
}

/// The end of a key in OpenSSH's own form.
pub(super) fn openssh_key(text: &[u8], from: usize) -> Option<usize> {
    let body = read(text, from);
    (body.bytes.len() >= LEAST && body.bytes.starts_with(b"openssh-key-v1\0")).then_some(body.end)
}

/// The end of an OpenPGP secret key.
pub(super) fn pgp_key(text: &[u8], from: usize) -> Option<usize> {
    let body = read(text, from);
    let first = *body.bytes.first()?;
    let tag = if first & 0x40 == 0 { first >> 2 & 15 } else { first & 63 };
    // RFC 9580 lets the sum be left out; one that is there must hold.
    let sum = match body.sum.as_deref() {
        Some(sum) => decode(sum)? == crc24(&body.bytes).to_be_bytes()[1..],
        None => true,
    };
    let secret = first & 0x80 != 0 && matches!(tag, 5 | 7);
    (secret && body.bytes.len() >= LEAST && sum).then_some(body.end)
}

/// Bytes of the DER sequence that the bytes begin with, header and all.
fn der_sequence(bytes: &[u8]) -> Option<usize> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag != 0x30 {
        return None;
    }
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    let digits = (1..=3).contains(&count).then(|| rest.get(..count))??;
    let length = digits.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    Some(2 + count + length)
}

/// Reads the lines behind `from` up to the `END` line or the first that is no part of an armour.
fn read(text: &[u8], from: usize) -> Body {
    const END: &[u8] = b"-----END ";
    let column = diff_column(text, from);
    let text = &text[..text.len().min(from + MOST)];
    let mut body = Body { end: from, ..Body::default() };
    let mut base64 = Vec::new();
    let mut at = from;
    while at < text.len() && !body.ended {
        let (mut line, next) = line(text, at);
        let start = at;
        at = next;
        if let Some(cut) = memchr::memmem::find(line, END) {
            let close = start + cut + END.len();
            let dashes = memchr::memmem::find(&text[close..text.len().min(close + 64)], b"-----");
            body.end = dashes.map_or(close, |found| close + found + 5);
            body.ended = true;
            line = &line[..cut];
        }
        if let (Some(mark), Some((first, rest))) = (column, line.split_first())
            && mark == *first
        {
            line = rest;
        }
        let line = bare(line);
        if line.is_empty() {
            continue;
        }
        if line.contains(&b':') {
            body.encrypted |= memchr::memmem::find(line, b"ENCRYPTED").is_some();
            continue;
        }
        if let (Some(sum), false) = (line.strip_prefix(b"="), base64.is_empty()) {
            // A lone `=` is padding that was wrapped, five characters are a CRC.
            if sum.len() == 4 {
                body.sum = Some(sum.to_vec());
                continue;
            }
        }
        let digits = line.iter().filter(|byte| !byte.is_ascii_whitespace());
        if !digits.clone().all(|&byte| digit(byte).is_some() || byte == b'=') {
            break;
        }
        base64.extend(digits);
        if !body.ended {
            body.end = start + last_of(&text[start..next]);
        }
    }
    body.bytes = decode(&base64).unwrap_or_default();
    body
}

/// The sign in the first column of a diff, if the `BEGIN` line that ends at `from` is one of a diff.
fn diff_column(text: &[u8], from: usize) -> Option<u8> {
    let start = memchr::memrchr(b'\n', &text[..from]).map_or(0, |at| at + 1);
    let (&mark, rest) = text[start..from].split_first()?;
    let begins = rest.trim_ascii_start().starts_with(b"-----BEGIN");
    (begins && matches!(mark, b'+' | b'-')).then_some(mark)
}

/// One line from `at`, and where the next one begins. A line ends at a newline or at the two
/// characters that a string literal writes for one.
fn line(text: &[u8], at: usize) -> (&[u8], usize) {
    let mut end = at;
    while let Some(found) = memchr::memchr2(b'\n', b'\\', &text[end..]) {
        let here = end + found;
        let step = match (text[here], text.get(here + 1)) {
            (b'\n', _) => 1,
            (_, Some(b'n' | b'r')) => 2,
            _ => {
                end = here + 1;
                continue;
            }
        };
        return (&text[at..here], here + step);
    }
    (&text[at..], text.len())
}

/// The line without blanks, quotes and what joins string literals.
fn bare(line: &[u8]) -> &[u8] {
    let blank =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b'\\');
    let mut line = line.trim_ascii();
    // A line of code that goes on in the next.
    line = line.strip_suffix(b"\\").unwrap_or(line).trim_ascii_end();
    // A plus is a digit of base64 unless a quote or a blank stands beside it.
    if let [cut @ .., b'+' | b'.' | b'&'] = line
        && matches!(cut.trim_ascii_end().last(), None | Some(b'"' | b'\''))
    {
        line = cut;
    }
    if let [b'+' | b'.' | b'&', cut @ ..] = line
        && matches!(cut.first(), Some(b' ' | b'"' | b'\''))
    {
        line = cut.trim_ascii_start();
    }
    // The letter of a kind of string.
    if let [b'b' | b'r' | b'f' | b'@', cut @ ..] = line
        && matches!(cut.first(), Some(b'"' | b'\''))
    {
        line = cut;
    }
    while line.first().is_some_and(blank) {
        line = &line[1..];
    }
    while line.last().is_some_and(blank) {
        line = &line[..line.len() - 1];
    }
    line
}

/// Length up to and with the last character that can be of an armour.
fn last_of(line: &[u8]) -> usize {
    let line = match line {
        [rest @ .., b'\\', b'n' | b'r'] => rest,
        rest => rest,
    };
    line.iter().rposition(|&byte| digit(byte).is_some() || byte == b'=').map_or(0, |at| at + 1)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Decodes base64, with or without padding.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |at| at + 1);
    if text.len() - end > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(end * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for &byte in &text[..end] {
        bits = bits << 6 | u32::from(digit(byte)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// Encodes base64 with padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default())
        });
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_rfc_4648() {
        for (bytes, text) in
            [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(decode(b"Zg==="), None);
        assert_eq!(decode(b"Z!"), None);
    }

    #[test]
    fn a_der_header_states_the_length() {
        assert_eq!(der_sequence(&[0x30, 0x05]), Some(7));
        assert_eq!(der_sequence(&[0x30, 0x82, 0x01, 0x00]), Some(260));
        assert_eq!(der_sequence(&[0x31, 0x05]), None);
        assert_eq!(der_sequence(&[0x30, 0x84, 1, 1, 1, 1]), None);
        assert_eq!(der_sequence(&[0x30]), None);
    }

    #[test]
    fn lines_end_at_newlines_and_at_their_escapes() {
        assert_eq!(line(b"ab\ncd", 0), (&b"ab"[..], 3));
        assert_eq!(line(b"ab\\ncd", 0), (&b"ab"[..], 4));
        assert_eq!(line(b"a\\b", 0), (&b"a\\b"[..], 3));
        assert_eq!(bare(b"  \"abc\" + "), b"abc");
        assert_eq!(bare(b"abc+"), b"abc+");
        assert_eq!(bare(b"+abc"), b"+abc");
        for joined in [&b" + \"abc\""[..], b"'abc' .", b"b\"abc\" \\", b"\"abc\" & _"] {
            assert!(bare(joined).starts_with(b"abc"), "{joined:?}");
        }
    }
}
