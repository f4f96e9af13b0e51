//! The prefilter: one pass over a text that finds every keyword of every rule.
//!
//! A bitmap of four-byte grams, made at build time, is asked at each position; only where it says
//! yes are the keywords of that gram compared, and only those behind which their pattern could go on
//! are told. The cost does not grow with the number of rules, and nothing is built or allocated at
//! run time.

use super::gram;
use super::rule::{Alphabet, Keyword};
use super::rules::{self, BUCKETS, CLASSES, GRAMS, KEYWORDS, OWNERS, SLOTS, TAILS};

/// Bytes of a gram.
const WIDTH: usize = 4;

/// Calls `found` with each keyword and the place where it begins.
pub(super) fn each(text: &[u8], mut found: impl FnMut(&'static Keyword, usize)) {
    for (at, window) in text.windows(WIDTH).enumerate() {
        let gram = gram::gram([window[0], window[1], window[2], window[3]]);
        if is_known(gram) {
            compare(text, at, gram, &mut found);
        }
    }
    // The last bytes begin no whole window; a keyword of three bytes may stand there.
    for at in text.len().saturating_sub(WIDTH - 1)..text.len() {
        let mut window = [0; WIDTH];
        window[..text.len() - at].copy_from_slice(&text[at..]);
        let gram = gram::gram(window);
        if is_known(gram) {
            compare(text, at, gram, &mut found);
        }
    }
}

/// Whether some gram falls into the slot of this one.
#[inline]
fn is_known(gram: u32) -> bool {
    let slot = gram::slot(gram);
    SLOTS[slot >> 6] >> (slot & 63) & 1 == 1
}

/// Compares the keywords whose gram is the one that begins at `at`.
#[inline(never)]
fn compare(text: &[u8], at: usize, gram: u32, found: &mut impl FnMut(&'static Keyword, usize)) {
    let bucket = gram::bucket(gram::slot(gram));
    let entries = usize::from(BUCKETS[bucket])..usize::from(BUCKETS[bucket + 1]);
    for (known, owner) in GRAMS[entries.clone()].iter().zip(&OWNERS[entries]) {
        if *known != gram {
            continue;
        }
        let keyword = &KEYWORDS[usize::from(*owner)];
        let Some(start) = at.checked_sub(usize::from(keyword.gram_at)) else { continue };
        let text_of = rules::word(keyword);
        let Some(word) = text.get(start..start + text_of.len()) else { continue };
        let same = if keyword.fold { word.eq_ignore_ascii_case(text_of) } else { word == text_of };
        if same && goes_on(keyword, &text[start + text_of.len()..]) {
            found(keyword, start);
        }
    }
}

/// Whether each byte behind a keyword is one that can stand there in a match of its pattern.
fn goes_on(keyword: &Keyword, rest: &[u8]) -> bool {
    let (start, len) = (keyword.tail.0 as usize, usize::from(keyword.tail.1));
    rest.len() >= len
        && TAILS[start..start + len]
            .iter()
            .zip(rest)
            .all(|(class, byte)| Alphabet(CLASSES[usize::from(*class)]).has(*byte))
}
