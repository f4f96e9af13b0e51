//! Words in long texts. Every body is searched by many rules, and the search of the standard library takes most of their
//! time: memchr's is several times faster.

use memchr::memmem;

/// Where a word stands, in order.
pub(in crate::lint) fn places<'a>(
    text: &'a str,
    word: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(text.as_bytes(), word.as_bytes())
}

/// Whether a word stands there.
pub(in crate::lint) fn holds(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// The first character from U+2000 to U+2FFF or beyond U+30000, found by its first byte; others are passed over fast.
/// `wanted` decides about each.
pub(in crate::lint) fn rare(text: &str, wanted: &dyn Fn(char) -> bool) -> Option<usize> {
    memchr::memchr2_iter(0xe2, 0xf3, text.as_bytes())
        .find(|at| text[*at..].chars().next().is_some_and(wanted))
}
