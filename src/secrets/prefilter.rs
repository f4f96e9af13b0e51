//! The prefilter: one pass over a text that finds every keyword of every rule.
//!
//! A bitmap of three-byte grams, made at build time, is asked at each position; only where it says
//! yes are the keywords of that gram compared. The cost does not grow with the number of rules, and
//! nothing is built or allocated at run time.

use super::gram;
use super::rule::Keyword;
use super::rules::{self, GRAMS, KEYWORDS, SLOTS};

/// Calls `found` with each keyword and the place where it begins.
pub(super) fn each(text: &[u8], mut found: impl FnMut(&'static Keyword, usize)) {
    let mut held = 0;
    for (at, &byte) in text.iter().enumerate() {
        held = gram::push(held, byte);
        let slot = gram::slot(held);
        if SLOTS[slot >> 6] >> (slot & 63) & 1 == 1 && at >= 2 {
            compare(text, at - 2, held, &mut found);
        }
    }
}

/// Compares the keywords whose gram is `held`, which begins at `at`.
#[cold]
fn compare(text: &[u8], at: usize, held: u32, found: &mut impl FnMut(&'static Keyword, usize)) {
    let first = GRAMS.partition_point(|gram| *gram < held);
    for (keyword, _) in
        KEYWORDS[first..].iter().zip(&GRAMS[first..]).take_while(|(_, gram)| **gram == held)
    {
        let Some(start) = at.checked_sub(usize::from(keyword.gram_at)) else { continue };
        let text_of = rules::word(keyword);
        let Some(word) = text.get(start..start + text_of.len()) else { continue };
        let same = if keyword.fold { word.eq_ignore_ascii_case(text_of) } else { word == text_of };
        if same {
            found(keyword, start);
        }
    }
}
