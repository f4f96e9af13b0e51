//! Escapes that stand for single characters: regions of a text that hold some, and the same without.

use std::ops::Range;

use super::{Budget, Codec};

/// Bytes of a line in front of the first escape that are taken along, so that a key is seen with
/// its value.
const BEFORE: usize = 160;

/// One escape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Its bytes in the text.
    len: usize,
    /// What it stands for, if it is a character.
    stands_for: Option<char>,
    /// What kind it is.
    codec: Codec,
    /// It may hide a piece of a secret, so it alone makes the region worth a look. Line breaks and
    /// quotes are not: there are many, and rules see through them.
    telling: bool,
}

/// Which escapes are looked for.
pub(super) trait Syntax {
    /// The next place from `from` on where a piece may begin.
    fn seek(text: &[u8], from: usize) -> Option<usize>;
    /// The piece that begins at `at`.
    fn piece(text: &[u8], at: usize) -> Option<Piece>;
}

/// Where a stretch begins in the region, where in the text it was taken from, and the length and
/// kind of the piece, if one made it.
type Stretch = (usize, usize, Option<(usize, Codec)>);

/// A part of a text with its escapes taken away.
#[derive(Debug, Default)]
pub(super) struct Region {
    /// What is left.
    pub(super) text: Vec<u8>,
    /// Where it ends in the text it was taken from.
    pub(super) end: usize,
    /// In order of both places.
    stretches: Vec<Stretch>,
    /// The kind of the piece that made the region worth a look.
    codec: Option<Codec>,
}

impl Region {
    /// Where a part of the region stands in the text it was taken from, and the kind of the first
    /// escape in it.
    pub(super) fn place(&self, span: &Range<usize>) -> (Codec, Range<usize>) {
        let stretch = |at: usize| self.stretches.partition_point(|one| one.0 <= at).max(1) - 1;
        let (first, last) = (stretch(span.start), stretch(span.end.saturating_sub(1)));
        let inside = &self.stretches[first..=last];
        let codec = inside.iter().find_map(|one| one.2).map(|(_, codec)| codec).or(self.codec);
        let start = match inside[0] {
            (here, there, None) => there + (span.start - here),
            (_, there, Some(_)) => there,
        };
        let end = match inside[inside.len() - 1] {
            (here, there, None) => there + (span.end - here),
            (_, there, Some((len, _))) => there + len,
        };
        (codec.unwrap_or(Codec::Escape), start..end)
    }

    fn plain(&mut self, text: &[u8], span: Range<usize>, room: usize) {
        if !span.is_empty() {
            self.stretches.push((self.text.len(), span.start, None));
            let span = span.start..span.end.min(span.start + room);
            self.text.extend_from_slice(&text[span]);
        }
    }

    fn piece(&mut self, at: usize, piece: &Piece) {
        if let Some(character) = piece.stands_for {
            self.stretches.push((self.text.len(), at, Some((piece.len, piece.codec))));
            self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// The next region from `from` on: the words around a telling escape, with the line in front of it
/// where that is short. Regions do not overlap, so all of them together are no longer than the text.
pub(super) fn next<S: Syntax>(text: &[u8], from: usize, budget: &mut Budget) -> Option<Region> {
    if budget.bytes == 0 {
        return None;
    }
    let mut at = from;
    let first = loop {
        at = S::seek(text, at)?;
        match S::piece(text, at) {
            Some(piece) if piece.telling => break at,
            Some(piece) => at += piece.len,
            None => at += 1,
        }
    };
    let before = &text[from..first];
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let word = before.iter().rposition(|byte| ends_word(*byte)).map_or(0, |at| at + 1);
    let start = from + if first - from - line <= BEFORE { line } else { word.max(line) };

    let room = budget.bytes;
    let mut region = Region { codec: S::piece(text, first).map(|p| p.codec), ..Region::default() };
    let (mut kept, mut at) = (start, first);
    while at < text.len() && region.text.len() + (at - kept) < room {
        if let Some(piece) = S::piece(text, at) {
            region.plain(text, kept..at, room);
            region.piece(at, &piece);
            at += piece.len;
            kept = at;
        } else if ends_word(text[at]) {
            break;
        } else {
            at += 1;
        }
    }
    region.plain(text, kept..at, room);
    // The closing quote, too: a rule may want to see it.
    if at > kept && at < text.len() && region.text.len() < room {
        region.text.push(text[at]);
    }
    region.end = at.max(first + 1);
    budget.bytes -= region.text.len().min(room);
    Some(region)
}

fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
}

/// The escapes of URLs, HTML and string literals, and literals that are joined.
pub(super) struct Escapes;

impl Syntax for Escapes {
    fn seek(text: &[u8], from: usize) -> Option<usize> {
        let rest = &text[from..];
        let escape = memchr::memchr3(b'\\', b'%', b'&', rest);
        let joined = join_in(&rest[..escape.unwrap_or(rest.len())]);
        joined.or(escape).map(|at| from + at)
    }

    fn piece(text: &[u8], at: usize) -> Option<Piece> {
        let rest = &text[at..];
        match rest.first()? {
            b'%' => percent(rest),
            b'&' => entity(rest),
            b'\\' => backslash(rest),
            b'"' | b'\'' | b'`' => join(rest),
            _ => None,
        }
    }
}

/// Where the first join of a text begins.
fn join_in(text: &[u8]) -> Option<usize> {
    let begins = |sign: usize| {
        let before = text[..sign].trim_ascii_end();
        let at = before.len().checked_sub(1)?;
        join(&text[at..]).map(|_| at)
    };
    let plus = memchr::memchr_iter(b'+', text).find_map(begins);
    let text_before = |at: Option<usize>| &text[..at.unwrap_or(text.len())];
    let dot = memchr::memmem::find_iter(text_before(plus), b" . ").find_map(begins).or(plus);
    // Literals in lines one below the other.
    let quoted = |at: usize| at > 0 && is_quote(text[at - 1]);
    let line =
        memchr::memchr_iter(b'\n', text_before(dot)).filter(|at| quoted(*at)).find_map(begins);
    line.or(dot)
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// `"a" + "b"`: from the quote that ends one literal to the one that begins the next, which may stand
/// in the next line without a sign.
fn join(rest: &[u8]) -> Option<Piece> {
    /// Blanks on either side of the sign.
    const BLANKS: usize = 80;
    let quote = |byte: Option<&u8>| byte.is_some_and(|byte| is_quote(*byte));
    let blanks = |from: usize| {
        rest.get(from..)
            .unwrap_or_default()
            .iter()
            .take(BLANKS)
            .take_while(|b| b.is_ascii_whitespace())
            .count()
    };
    if !quote(rest.first()) {
        return None;
    }
    let sign = 1 + blanks(1);
    let signed = match rest.get(sign)? {
        b'+' | b'.' => 1,
        _ if rest.get(1) == Some(&b'\n')
            && memchr::memchr_iter(b'\n', &rest[..sign]).count() == 1 =>
        {
            0
        }
        _ => return None,
    };
    let open = sign + signed + blanks(sign + signed);
    quote(rest.get(open)).then_some(Piece {
        len: open + 1,
        stands_for: None,
        codec: Codec::Join,
        telling: true,
    })
}

fn percent(rest: &[u8]) -> Option<Piece> {
    let code = number(rest.get(1..3)?, 16)?;
    // Bytes of a longer character stay as they are; no rule looks at them.
    let character = char::from_u32(code).filter(char::is_ascii)?;
    Some(Piece {
        len: 3,
        stands_for: Some(character),
        codec: Codec::Percent,
        telling: character.is_ascii_graphic(),
    })
}

fn entity(rest: &[u8]) -> Option<Piece> {
    /// Bytes of the longest entity that is read.
    const MOST: usize = 12;
    let end = memchr::memchr(b';', &rest[..rest.len().min(MOST)])?;
    let name = &rest[1..end];
    let (character, telling) = match name {
        [b'#', b'x' | b'X', digits @ ..] => (char::from_u32(number(digits, 16)?)?, true),
        [b'#', digits @ ..] => (char::from_u32(number(digits, 10)?)?, true),
        b"amp" => ('&', rest.get(end + 1) == Some(&b'#')),
        b"lt" => ('<', false),
        b"gt" => ('>', false),
        b"quot" => ('"', false),
        b"apos" => ('\'', false),
        _ => return None,
    };
    Some(Piece {
        len: end + 1,
        stands_for: Some(character),
        codec: Codec::Html,
        telling: telling && character.is_ascii_graphic(),
    })
}

fn backslash(rest: &[u8]) -> Option<Piece> {
    let of = |len, character: char, telling| Piece {
        len,
        stands_for: Some(character),
        codec: Codec::Escape,
        telling,
    };
    let code = |digits: &[u8], radix, len| {
        let character = char::from_u32(number(digits, radix)?)?;
        Some(of(len, character, character.is_ascii_graphic()))
    };
    match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => {
            let end = memchr::memchr(b'}', &rest[..rest.len().min(12)])?;
            code(&rest[3..end], 16, end + 1)
        }
        b'u' => code(rest.get(2..6)?, 16, 6),
        b'U' => code(rest.get(2..10)?, 16, 10),
        b'x' => code(rest.get(2..4)?, 16, 4),
        b'0'..=b'3' if rest.get(2..4).is_some_and(|more| number(more, 8).is_some()) => {
            code(&rest[1..4], 8, 4)
        }
        b'n' => Some(of(2, '\n', false)),
        b'r' => Some(of(2, '\r', false)),
        b't' => Some(of(2, '\t', false)),
        b'/' => Some(of(2, '/', true)),
        quote @ (b'"' | b'\'' | b'`') => Some(of(2, char::from(*quote), false)),
        // An escape that is escaped itself.
        b'\\' => {
            let next = rest.get(2);
            Some(of(2, '\\', next.is_some_and(|byte| b"uxn/\"0123".contains(byte))))
        }
        // A line that goes on in the next, in a shell or a string.
        b'\n' => {
            let telling = rest.get(2).is_some_and(u8::is_ascii_alphanumeric);
            Some(Piece { len: 2, stands_for: None, codec: Codec::Escape, telling })
        }
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    digits.iter().try_fold(0u32, |value, digit| {
        value.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)
    })
}

/// What a shell takes away from the inside of a word: `"ab""cd"`, `a'b'c`, `a\b`, a line's end.
pub(super) struct ShellWords;

impl Syntax for ShellWords {
    fn seek(text: &[u8], from: usize) -> Option<usize> {
        memchr::memchr3(b'\\', b'"', b'\'', &text[from..]).map(|at| from + at)
    }

    fn piece(text: &[u8], at: usize) -> Option<Piece> {
        let of = |byte: Option<&u8>| {
            byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b))
        };
        let quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
        let nothing = |len, telling| Piece { len, stands_for: None, codec: Codec::Shell, telling };
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let next = text.get(at + 1);
        match text[at] {
            b'\\' if next == Some(&b'\n') => Some(nothing(2, of(before))),
            b'\\' if of(next) => Some(nothing(1, of(before))),
            b'\\' => None,
            // Two quotes side by side inside of a word, or one between two of its characters.
            b'"' | b'\'' if quote(next) => Some(nothing(2, of(before) && of(text.get(at + 2)))),
            b'"' | b'\'' if of(before) && of(next) => Some(nothing(1, true)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<S: Syntax>(text: &str) -> Vec<String> {
        let mut budget = Budget::HOOK;
        let (mut at, mut regions) = (0, Vec::new());
        while let Some(region) = next::<S>(text.as_bytes(), at, &mut budget) {
            regions.push(String::from_utf8(region.text).unwrap());
            at = region.end;
        }
        regions
    }

    #[test]
    fn each_kind_of_escape_is_read() {
        for (text, plain) in [
            ("a%41%42b", "aABb"),
            ("a&#65;&#x42;&amp;", "aAB&"),
            ("\\x41\\u0042\\103\\u{44}\\n", "ABCD\n"),
            ("k = \"ab\" + \"cd\" +\n  'ef'", "k = \"abcdef'"),
            ("a\\/b", "a/b"),
            ("\\\\x41", "\\x41"),
        ] {
            assert_eq!(read::<Escapes>(text), [plain], "{text}");
        }
    }

    #[test]
    fn a_shell_takes_quotes_and_backslashes_away() {
        for (text, plain) in [
            ("echo \"ab\"\"cd\"", "echo \"abcd\""),
            ("ab'cd'ef", "abcdef"),
            ("a\\bc", "abc"),
            ("ab\\\ncd", "abcd"),
        ] {
            assert_eq!(read::<ShellWords>(text), [plain], "{text}");
        }
    }

    #[test]
    fn ordinary_text_has_no_regions() {
        for text in ["a & b", "100 % of", "printf(\"a\\n\")", "f(&self) -> \"x\"", "C:\\dir\\a"] {
            assert_eq!(read::<Escapes>(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = b"key: a%42c";
        let mut budget = Budget::HOOK;
        let region = next::<Escapes>(text, 0, &mut budget).unwrap();
        assert_eq!(region.text, b"key: aBc");
        assert_eq!(region.place(&(6..7)), (Codec::Percent, 6..9));
        assert_eq!(region.place(&(5..8)), (Codec::Percent, 5..10));
        assert_eq!(region.place(&(0..3)), (Codec::Percent, 0..3));
    }
}
