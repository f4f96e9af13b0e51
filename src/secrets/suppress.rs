//! What a match of a pattern must pass to be a secret, and the named reasons why it is none.

use std::ops::Range;

use super::checksum;
use super::rule::Rule;

/// Why a match is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// More characters of the alphabet touch it: it is a piece of something longer.
    Boundary,
    /// A word that examples use stands in it.
    PlaceholderWord,
    /// A row of `x`, `X` or `*`, or one character over and over.
    PlaceholderRun,
    /// It counts: `12345678`, `abcdefgh`.
    PlaceholderSequence,
    /// It is to be filled in: `<…>`, `${…}`, `{{…}}`.
    PlaceholderTemplate,
    /// It is less random than such tokens are.
    Entropy,
    /// Its offline check failed.
    Checksum,
}

impl Reason {
    /// The reason's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::PlaceholderWord => "placeholder-word",
            Self::PlaceholderRun => "placeholder-run",
            Self::PlaceholderSequence => "placeholder-sequence",
            Self::PlaceholderTemplate => "placeholder-template",
            Self::Entropy => "entropy",
            Self::Checksum => "checksum",
        }
    }
}

/// Judges a match. `body` is where the secret goes on behind its keyword.
///
/// Returns where the secret ends, or why it is none.
pub(super) fn judge(
    text: &[u8],
    rule: &Rule,
    whole: &Range<usize>,
    span: &Range<usize>,
    body: usize,
) -> Result<usize, Reason> {
    let free_after = text.get(span.end).is_none_or(|byte| !rule.alphabet.has(*byte));
    if !free_after || !free_before(text, whole.start, rule) {
        return Err(Reason::Boundary);
    }
    let random = &text[body..span.end];
    if let Some(reason) = placeholder(random) {
        return Err(reason);
    }
    if rule.entropy.is_some_and(|floor| entropy(random) < floor) {
        return Err(Reason::Entropy);
    }
    match rule.check {
        None => Ok(span.end),
        Some(check) => checksum::verify(check, text, span, body).ok_or(Reason::Checksum),
    }
}

/// Whether a match may begin at `start`: nothing of the alphabet stands before it, or what does is
/// the end of an escape (`\n`, `%3D`, `\u003d`, a colour code), an assignment (`=`) or a path (`/`).
pub(super) fn free_before(text: &[u8], start: usize, rule: &Rule) -> bool {
    let before = &text[..start];
    let Some(&last) = before.last() else { return true };
    if !rule.alphabet.has(last) || matches!(last, b'=' | b'/' | b'+') {
        return true;
    }
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'%', high, low] | [.., b'\\', b'x', high, low] => hex(&[*high, *low]),
        [.., b'm'] => after_colour(before),
        _ => unicode_escape(before),
    }
}

/// Whether the bytes end in `\uXXXX`.
fn unicode_escape(before: &[u8]) -> bool {
    before
        .len()
        .checked_sub(6)
        .map(|at| &before[at..])
        .is_some_and(|tail| tail.starts_with(b"\\u") && tail[2..].iter().all(u8::is_ascii_hexdigit))
}

/// Whether the bytes end in a terminal's colour code, `ESC [ … m`.
fn after_colour(before: &[u8]) -> bool {
    /// Most bytes of a colour code that are looked at.
    const MOST: usize = 24;
    let tail = &before[before.len().saturating_sub(MOST)..before.len() - 1];
    let digits =
        tail.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    tail[..tail.len() - digits].ends_with(b"\x1b[")
}

/// Why a text is a placeholder, if it is one.
fn placeholder(text: &[u8]) -> Option<Reason> {
    const WORDS: [&[u8]; 9] = [
        b"example",
        b"placehold",
        b"changeme",
        b"your_",
        b"your-",
        b"redacted",
        b"dummy",
        b"insert_",
        b"replace_",
    ];
    /// Equal characters in a row that no random token has.
    const RUN: usize = 8;
    /// Shorter rows are telling when the character is the usual stand-in.
    const STAND_INS: usize = 4;
    let (mut run, mut up) = (1, 1);
    for pair in text.windows(2) {
        let [before, now] = *pair else { continue };
        run = if before == now { run + 1 } else { 1 };
        up = if now == before.wrapping_add(1) || (before == b'9' && now == b'0') {
            up + 1
        } else {
            1
        };
        if run >= RUN || (run >= STAND_INS && matches!(now, b'x' | b'X' | b'*')) {
            return Some(Reason::PlaceholderRun);
        }
        if up >= RUN {
            return Some(Reason::PlaceholderSequence);
        }
    }
    let opens =
        |at: usize| matches!(text.get(at..at + 2), Some(b"${" | b"{{" | b"$(")) || text[at] == b'<';
    if (0..text.len()).any(opens) {
        return Some(Reason::PlaceholderTemplate);
    }
    let holds = |word: &[u8]| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    WORDS.iter().any(|word| holds(word)).then_some(Reason::PlaceholderWord)
}

/// Shannon entropy, in bits a character.
fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &byte in text {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f32;
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|&count| count as f32 / total)
        .map(|share| share * share.log2())
        .sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_named_by_what_gives_them_away() {
        for (text, reason) in [
            ("kQ7vEXAMPLEb2", Reason::PlaceholderWord),
            ("your_token_here", Reason::PlaceholderWord),
            ("kQxxxx2b", Reason::PlaceholderRun),
            ("k0000000000b", Reason::PlaceholderRun),
            ("k****b", Reason::PlaceholderRun),
            ("k12345678b", Reason::PlaceholderSequence),
            ("kabcdefghij", Reason::PlaceholderSequence),
            ("k<token>", Reason::PlaceholderTemplate),
            ("k${TOKEN}", Reason::PlaceholderTemplate),
        ] {
            assert_eq!(placeholder(text.as_bytes()), Some(reason), "{text}");
        }
        assert_eq!(placeholder(b"k4Tq9vWz1LmPx2sD"), None);
    }

    #[test]
    fn entropy_counts_bits_a_character() {
        assert!(entropy(b"aaaaaaaa").abs() < 1e-6);
        assert!((entropy(b"abababab") - 1.0).abs() < 1e-6);
        assert!((entropy(b"abcdefgh") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_end_of_an_escape_does_not_touch_a_token() {
        let rule = super::super::rules().iter().find(|rule| rule.alphabet.has(b'm')).unwrap();
        for before in
            ["", " ", "=", "\\n", "\\r", "%3D", "\\u003d", "\\x3d", "\x1b[0m", "\x1b[1;31m"]
        {
            assert!(free_before(before.as_bytes(), before.len(), rule), "{before:?}");
        }
        for before in ["n", "3D", "u003d", "[0m", "m", "%zz"] {
            assert!(!free_before(before.as_bytes(), before.len(), rule), "{before:?}");
        }
    }
}
