//! BIP-39 mnemonics: words of a fixed list whose last bits are a checksum of the others.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// The English list of BIP-39, a word a line, in order.
static WORDS: &str = include_str!("bip39.txt");

/// How many words a mnemonic may have, longest first.
const COUNTS: [usize; 5] = [24, 21, 18, 15, 12];

/// Repeated words from which it is an example: chance repeats one of 24 now and then, and never three.
const REPEATS: usize = 3;

/// Where the mnemonic ends whose words the span holds; more words may follow it.
pub(super) fn end(text: &[u8], span: &Range<usize>) -> Option<usize> {
    let words = words(text.get(span.clone())?);
    COUNTS.iter().find_map(|&count| {
        let words = words.get(..count)?;
        let places: Vec<usize> = words.iter().map_while(|word| place(&word.0)).collect();
        let distinct = {
            let mut sorted = places.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len()
        };
        let holds = places.len() == count && distinct + REPEATS > count && sum_holds(&places);
        holds.then(|| span.start + words[count - 1].1)
    })
}

/// A mnemonic of twelve words over sixteen bytes.
pub(super) fn of(entropy: &[u8; 16]) -> String {
    let sum = Sha256::digest(entropy)[0];
    let bit = |at: usize| match entropy.get(at / 8) {
        Some(byte) => usize::from(byte >> (7 - at % 8) & 1),
        None => usize::from(sum >> (7 - at % 8) & 1),
    };
    let words: Vec<&str> = (0..12)
        .map(|word| (0..11).fold(0, |place, at| place << 1 | bit(word * 11 + at)))
        .filter_map(|place| WORDS.lines().nth(place))
        .collect();
    words.join(" ")
}

/// The words of a text and where each ends.
fn words(text: &[u8]) -> Vec<(Vec<u8>, usize)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let len = text[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if len > 0 {
            words.push((text[at..at + len].to_ascii_lowercase(), at + len));
        }
        at += len.max(1);
    }
    words
}

/// Place of a word in the list.
fn place(word: &[u8]) -> Option<usize> {
    WORDS.lines().position(|known| known.as_bytes() == word)
}

/// Whether the checksum of a mnemonic's words holds: one bit for each three words.
fn sum_holds(places: &[usize]) -> bool {
    let bits: Vec<bool> = places
        .iter()
        .flat_map(|place| (0..11).rev().map(move |bit| place >> bit & 1 == 1))
        .collect();
    let (entropy, sum) = bits.split_at(bits.len() - places.len() / 3);
    let byte = |bits: &[bool]| bits.iter().fold(0u8, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = entropy.chunks(8).map(byte).collect();
    let digest = Sha256::digest(&bytes)[0];
    sum.iter().enumerate().all(|(at, bit)| *bit == (digest >> (7 - at) & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_published_one() {
        assert_eq!(WORDS.lines().count(), 2048);
        let digest = Sha256::digest(WORDS.as_bytes());
        // As published with BIP-39; the first and last bytes are enough to notice a changed file.
        assert_eq!((digest[0], digest[1], digest[30], digest[31]), (0x2f, 0x5e, 0xdb, 0xda));
    }

    #[test]
    fn a_made_mnemonic_holds_and_a_changed_one_rarely_does() {
        let mut broken = 0;
        for seed in 0..64u8 {
            let entropy: [u8; 16] =
                std::array::from_fn(|at| (at as u8).wrapping_mul(37) ^ seed.wrapping_mul(91));
            let text = of(&entropy);
            assert_eq!(end(text.as_bytes(), &(0..text.len())), Some(text.len()), "{text}");
            let swapped =
                text.split_once(' ').map(|(first, rest)| format!("{rest} {first}")).unwrap();
            broken += usize::from(end(swapped.as_bytes(), &(0..swapped.len())).is_none());
        }
        assert!(broken > 48, "four bits of checksum let one of sixteen through: {broken} of 64");
    }

    #[test]
    fn a_mnemonic_of_the_standard_is_an_example() {
        let text = of(&[0; 16]);
        assert_eq!(text, format!("{}about", "abandon ".repeat(11)));
        assert_eq!(end(text.as_bytes(), &(0..text.len())), None);
    }
}
