//! Sets of words that a text is asked for in one pass, of whatever case.

/// Up to 64 words of two bytes or more, in lower case. Made at compile time.
pub(super) struct Words {
    words: &'static [&'static [u8]],
    /// For each byte, the words that it begins (or is the second byte of), a bit for each.
    first: [u64; 256],
    second: [u64; 256],
}

impl Words {
    pub(super) const fn new(words: &'static [&'static [u8]]) -> Self {
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

    /// Whether the text holds one of them.
    pub(super) fn stand_in(&self, text: &[u8]) -> bool {
        text.windows(2).enumerate().any(|(at, pair)| {
            let mut may = self.first[usize::from(pair[0])] & self.second[usize::from(pair[1])];
            while may != 0 {
                let word = self.words[may.trailing_zeros() as usize];
                let part = text.get(at..at + word.len());
                if part.is_some_and(|part| part.eq_ignore_ascii_case(word)) {
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
}
