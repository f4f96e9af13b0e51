//! Values that only the words near them tell apart: `FASTLY_API_TOKEN=…`.
//!
//! The keyword names the provider. Behind it, in the same line, a value of the provider's form must
//! stand where a value stands, with a credential's name in between, and it must look random.

use std::ops::Range;

use super::Hit;
use super::rule::{Detector, Shape, Tier};
use super::suppress::{self, Reason};
use super::value;
use crate::words::Words;

/// Most bytes behind a keyword that are looked at, for each line of its reach.
const REACH: usize = 160;

/// Most bytes of a key behind its keyword.
const NAME: usize = 48;

/// Most bytes of a sign between a key and its value.
const SIGN: usize = 4;

/// Names of credentials, one of which must stand between the start of the key and the value.
static NAMES: Words = Words::new(&[
    b"key", b"token", b"secret", b"pass", b"auth", b"cred", b"bearer", b"login", b"sid", b"pat",
    b"run(", b"seed",
]);

/// Parts of a text that were looked at for the value of a rule and hold none. Where a keyword stands
/// again and again, each byte behind it is looked at once and not once for each keyword.
#[derive(Debug, Default)]
pub(super) struct Barren {
    /// Rule and part, by the last bits of the rule's number.
    parts: [(usize, Range<usize>); 8],
}

impl Barren {
    fn part(&mut self, rule: usize) -> &mut (usize, Range<usize>) {
        let count = self.parts.len();
        &mut self.parts[rule % count]
    }

    /// Where to go on, if `at` lies in a part that holds nothing for this rule.
    fn skip(&mut self, rule: usize, at: usize) -> usize {
        match self.part(rule) {
            (known, part) if *known == rule && part.contains(&at) => part.end,
            _ => at,
        }
    }

    fn add(&mut self, rule: usize, new: Range<usize>) {
        let held = self.part(rule);
        // Two parts that touch are one.
        let start =
            if held.0 == rule && held.1.contains(&new.start) { held.1.start } else { new.start };
        *held = (rule, start..new.end);
    }
}

/// Calls `found` with each run of the rule's alphabet behind the keyword that could be its value, and
/// why it is none, if that is known without the pattern. `found` tells whether it looked at the run
/// closely: a run that it did not take at a glance is none for a later keyword either.
pub(super) fn each(
    text: &[u8],
    (rule, shape): (usize, &Shape),
    keyword: Range<usize>,
    barren: &mut Barren,
    mut found: impl FnMut(Range<usize>, Option<Reason>) -> bool,
) {
    let mut end = text.len().min(keyword.end + REACH * (shape.lines + 1));
    let mut breaks = memchr::memchr_iter(b'\n', &text[keyword.end..end]).skip(shape.lines);
    if let Some(at) = breaks.next() {
        end = keyword.end + at;
    }
    let start = key_start(text, keyword.start);
    let mut at = keyword.end;
    let mut taken = false;
    while at < end {
        // Right behind the keyword it may be the key itself, or glued to its value; elsewhere what an
        // earlier keyword saw is seen.
        let next = if at > keyword.end + SIGN { barren.skip(rule, at) } else { at };
        if next > at || !shape.alphabet.has(text[at]) {
            at = next.max(at + 1);
            continue;
        }
        let from = at;
        let most = text.len().min(from + shape.max_len + NAME);
        while at < most && shape.alphabet.has(text[at]) {
            at += 1;
        }
        let run = value_of(text, shape, from..at);
        // The cheap questions come first.
        let told = || named(&text[start..run.start]) || itself(text, &keyword, &run);
        if !(shape.min_len..=shape.max_len).contains(&run.len())
            || shape.lines == 0 && !assigned(text, &run)
            || !random(&text[run.clone()])
            || shape.lines == 0 && !told()
        {
            continue;
        }
        let digest = suppress::named_digest(&text[start..run.start], &text[run.clone()]);
        taken |= found(run, digest);
    }
    if !taken {
        barren.add(rule, keyword.end..at);
    }
}

/// The part of a run that is the value: where the alphabet holds the sign of an assignment, the run
/// may begin with the rest of the key.
fn value_of(text: &[u8], shape: &Shape, run: Range<usize>) -> Range<usize> {
    let behind = |sign: u8| {
        let head = &text[run.start..run.end.min(run.start + NAME)];
        let from = run.start + memchr::memchr(sign, head)? + 1;
        (run.end - from >= shape.min_len).then_some(from..run.end)
    };
    let value = behind(b'=').unwrap_or_else(|| run.clone());
    if value.len() <= shape.max_len {
        return value;
    }
    behind(b':').unwrap_or(value)
}

/// Where the key begins that the keyword is part of.
fn key_start(text: &[u8], keyword: usize) -> usize {
    let before = text[..keyword].iter().rev().take(40);
    let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    keyword - before.take_while(name).count()
}

/// Whether a value stands at the place: behind a sign of assignment, an option or a word for it.
fn assigned(text: &[u8], run: &Range<usize>) -> bool {
    let before = &text[run.start.saturating_sub(24)..run.start];
    let bare = before
        .iter()
        .rposition(|byte| !matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\'))
        .map_or(&before[..0], |last| &before[..=last]);
    match bare.last() {
        Some(b'=' | b':' | b'(' | b',' | b'>') => true,
        Some(byte) if byte.is_ascii_alphanumeric() => {
            let word = bare.rsplit(|byte| byte.is_ascii_whitespace()).next().unwrap_or(bare);
            // `set -gx NAME value`, `configure set aws_secret_access_key value`.
            word.starts_with(b"-")
                || word.contains(&b'_') && named(word)
                || [&b"bearer"[..], b"basic", b"token", b"ssws", b"apikey", b"login"]
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known))
        }
        _ => false,
    }
}

/// Whether the provider's name is the whole key, `OKTA=…`, and the value no digest.
fn itself(text: &[u8], keyword: &Range<usize>, run: &Range<usize>) -> bool {
    let key = key_start(text, keyword.start) == keyword.start;
    let between = &text[keyword.end..run.start];
    let sign = |byte: &u8| matches!(byte, b'=' | b':' | b' ' | b'"' | b'\'');
    let hex = text[run.clone()].iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    key && !hex && (1..=SIGN).contains(&between.len()) && between.iter().all(sign)
}

/// Raises what warns alone and stands beside the secret of the same provider that is refused: an id
/// and its secret are one credential.
pub(super) fn raise(hits: &mut [Hit]) {
    /// Bytes between the two.
    const APART: usize = 6 * REACH;
    /// Hits to each side that are looked at.
    const NEAR: usize = 3;
    for at in 0..hits.len() {
        let one = &hits[at];
        if one.tier == Tier::Block || one.rule.check.is_none() {
            continue;
        }
        let near = hits[at.saturating_sub(NEAR)..hits.len().min(at + NEAR + 1)].iter();
        let half = |other: &Hit| {
            other.tier == Tier::Block
                && other.rule.detector == Detector::Context
                && other.rule.provider == one.rule.provider
                && other.span.start.abs_diff(one.span.start) < APART
        };
        if { near }.any(half) {
            hits[at].tier = Tier::Block;
        }
    }
}

/// Whether a credential's name stands in the text.
fn named(text: &[u8]) -> bool {
    NAMES.stand_in(text)
}

/// Whether the value of a context rule looks made by chance; a UUID or a text with punctuation is
/// told by its form already.
fn random(run: &[u8]) -> bool {
    let formed = run.iter().any(|byte| !byte.is_ascii_alphanumeric());
    formed && value::price(run) >= 3.5 || value::random_named(run)
}
