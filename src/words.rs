//! Sets of words that a text is asked for in one pass, of whatever case.

use std::ops::Range;

/// Up to 64 words of two bytes or more, in lower case. Made at compile time.
pub(crate) struct Words {
    words: &'static [&'static [u8]],
    /// For each byte, the words that it begins (or is the second byte of), a bit for each.
    first: [u64; 256],
    second: [u64; 256],
}

impl Words {
    /// The set of `words`.
    pub(crate) const fn new(words: &'static [&'static [u8]]) -> Self {
        assert!(words.len() <= 64);
        let (mut first, mut second) = ([0; 256], [0; 256]);
        let mut at = 0;
        while at < words.len() {
            let [a, b, ..] = words[at] else { panic!("a word of two bytes") };
            assert!(!a.is_ascii_uppercase() && !b.is_ascii_uppercase());
            let bit = 1 << at;
            first[*a as usize] |= bit;
            first[a.to_ascii_uppercase() as usize] |= bit;
            second[*b as usize] |= bit;
            second[b.to_ascii_uppercase() as usize] |= bit;
            at += 1;
        }
        Self { words, first, second }
    }

    /// Whether the text holds one of them, inside of a longer word or not.
    pub(crate) fn stand_in(&self, text: &[u8]) -> bool {
        self.any(text, |_| true)
    }

    /// Whether one of them stands in the text with no letter, digit or underscore at its sides.
    pub(crate) fn stand_alone_in(&self, text: &[u8]) -> bool {
        let part = |at: Option<usize>| {
            let byte = at.and_then(|at| text.get(at));
            byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        };
        self.any(text, |place| !part(place.start.checked_sub(1)) && !part(Some(place.end)))
    }

    fn any(&self, text: &[u8], accept: impl Fn(Range<usize>) -> bool) -> bool {
        text.windows(2).enumerate().any(|(at, pair)| {
            let mut may = self.first[usize::from(pair[0])] & self.second[usize::from(pair[1])];
            while may != 0 {
                let word = self.words[may.trailing_zeros() as usize];
                let place = at..at + word.len();
                let part = text.get(place.clone());
                if part.is_some_and(|part| part.eq_ignore_ascii_case(word)) && accept(place) {
                    return true;
                }
                may &= may - 1;
            }
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_case_are_found_anywhere() {
        static WORDS: Words = Words::new(&[b"example", b"your_", b"::"]);
        for text in ["example", "an EXAMPLE", "Your_", "a::", "exexample", "xYOUR_y"] {
            assert!(WORDS.stand_in(text.as_bytes()), "{text}");
        }
        for text in ["", "e", "exampl", "your", "a:b:c", "e x a m p l e"] {
            assert!(!WORDS.stand_in(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_word_stands_alone_between_signs_and_blanks() {
        static WORDS: Words = Words::new(&[b"rm", b"remove-item"]);
        for text in ["rm", "a;rm -r", "a RM", "(rm)", "farm;rm", "Remove-Item x"] {
            assert!(WORDS.stand_alone_in(text.as_bytes()), "{text}");
        }
        for text in ["", "farm", "rmdir", "rm_", "remove-items"] {
            assert!(!WORDS.stand_alone_in(text.as_bytes()), "{text}");
        }
    }
}
