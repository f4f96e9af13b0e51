//! The secret scanner's engine. No rule lives here: they are data under `rules/secrets/`.
//!
//! A pass of the prefilter finds keywords; where one stands, its rule's pattern is compiled (once)
//! and tried in a window that the longest match bounds; what matches must then pass the boundary,
//! the placeholders, the entropy floor and the offline check. Time is linear in the text.

mod armor;
pub mod checksum;
mod gram;
mod page;
mod prefilter;
pub mod rule;
mod rules;
mod suppress;
pub mod template;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

pub use page::page;
pub use rule::Rule;
pub use suppress::Reason;

use rule::Keyword;
use rules::RULES;

/// A match.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The rule.
    pub rule: &'static Rule,
    /// Bytes of the text that hold the secret.
    pub span: Range<usize>,
}

/// A match of a pattern that is no hit.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// The rule.
    pub rule: &'static Rule,
    /// Bytes of the text that matched.
    pub span: Range<usize>,
    /// Why it is none.
    pub reason: Reason,
}

/// Every rule.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// Finds the secrets of a text, in order, without overlaps.
pub fn scan(text: &[u8]) -> Vec<Hit> {
    inspect(text, |_| ())
}

/// As [`scan`], and tells `dropped` of each match that is no secret, and why.
pub fn inspect(text: &[u8], mut dropped: impl FnMut(Dropped)) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    prefilter::each(text, |keyword, at| {
        let inside = |hit: &Hit| std::ptr::eq(hit.rule, &RULES[keyword.rule]) && at < hit.span.end;
        if !hits.last().is_some_and(inside) {
            look(text, keyword, at, &mut hits, &mut dropped);
        }
    });
    if hits.len() > 1 {
        settle(&mut hits);
    }
    hits
}

/// The text with every secret replaced by `[redacted:<rule id>]`. Borrowed when there is none.
pub fn redact(text: &str) -> Cow<'_, str> {
    let hits = scan(text.as_bytes());
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for hit in &hits {
        // Patterns match ASCII only (the build checks it), so both ends are character boundaries.
        clean.push_str(text.get(done..hit.span.start).unwrap_or_default());
        clean.push_str("[redacted:");
        clean.push_str(hit.rule.id);
        clean.push(']');
        done = hit.span.end;
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Tries the rule of a keyword that stands at `at`.
fn look(
    text: &[u8],
    keyword: &'static Keyword,
    at: usize,
    hits: &mut Vec<Hit>,
    dropped: &mut impl FnMut(Dropped),
) {
    let rule = &RULES[keyword.rule];
    let Some(last) = at.checked_sub(keyword.lead.0) else { return };
    let first = at.saturating_sub(keyword.lead.1);
    let end = text.len().min(last + rule.max_len);
    if end - first < rule.min_len {
        return;
    }
    if rule.anchored {
        // Cheap refusals first: most keywords in ordinary text end here, without any regex.
        let tail = &text[first..end];
        let too_short =
            rule.closed && !tail.iter().take(rule.min_len).all(|byte| rule.alphabet.has(*byte));
        if !too_short && suppress::free_before(text, first, rule) {
            attempt(text, first..end, keyword, at, hits, dropped);
        }
        return;
    }
    let mut from = first;
    while from <= last {
        let next = attempt(text, from..end, keyword, at, hits, dropped);
        match next {
            Some(next) if next > from => from = next,
            _ => return,
        }
    }
}

/// Matches the pattern once in a window and judges what it found. Returns where to go on.
fn attempt(
    text: &[u8],
    window: Range<usize>,
    keyword: &'static Keyword,
    at: usize,
    hits: &mut Vec<Hit>,
    dropped: &mut impl FnMut(Dropped),
) -> Option<usize> {
    let rule = &RULES[keyword.rule];
    let regex = regex(keyword.rule);
    let start = window.start;
    let hay = &text[window];
    let (whole, mut span) = if regex.captures_len() == 1 {
        let found = regex.find(hay)?.range();
        (found.clone(), found)
    } else {
        let found = regex.captures(hay)?;
        let whole = found.get(0)?.range();
        let secret = found.name("secret").map_or(whole.clone(), |group| group.range());
        (whole, secret)
    };
    let whole = start + whole.start..start + whole.end;
    span = start + span.start..start + span.end;
    if rule.open_end {
        let more = text[span.end..].iter().take_while(|byte| rule.alphabet.has(**byte)).count();
        span.end += more;
    }
    // What stands behind the keyword is what is random, if the keyword is in front.
    let key_end = at + keyword.text.len();
    let body = if keyword.lead.1 == 0 && key_end <= span.end {
        key_end.max(span.start)
    } else {
        span.start
    };
    match suppress::judge(text, rule, &whole, &span, body) {
        Ok(end) => {
            hits.push(Hit { rule, span: span.start..end });
            Some(whole.end)
        }
        Err(reason) => {
            dropped(Dropped { rule, span, reason });
            Some(whole.start + 1)
        }
    }
}

/// The pattern of a rule, compiled on first use.
fn regex(index: usize) -> &'static Regex {
    static REGEXES: [OnceLock<Regex>; RULES.len()] = [const { OnceLock::new() }; RULES.len()];
    REGEXES[index].get_or_init(|| {
        let rule = &RULES[index];
        let pattern = match rule.anchored {
            true => Cow::Owned(format!(r"\A(?:{})", rule.pattern)),
            false => Cow::Borrowed(rule.pattern),
        };
        match RegexBuilder::new(&pattern).unicode(false).build() {
            Ok(regex) => regex,
            // The build script compiled it already. A rule that silently never matches would be
            // worse than a panic, which the hook turns into a logged internal error.
            Err(error) => unreachable!("rule {}: {error}", rule.id),
        }
    })
}

/// Puts hits in order and keeps, of those that overlap, the longest, then the most severe.
fn settle(hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    hits.dedup_by(|next, kept| {
        if next.span.start >= kept.span.end {
            return false;
        }
        let rank = |hit: &Hit| (hit.span.len(), hit.rule.severity);
        if rank(next) > rank(kept) {
            *kept = next.clone();
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for index in 0..RULES.len() {
            assert!(regex(index).captures_len() >= 1);
        }
    }

    #[test]
    fn of_overlapping_hits_the_longest_then_the_most_severe_stays() {
        let severe = RULES.iter().max_by_key(|rule| rule.severity).unwrap();
        let mild = RULES.iter().min_by_key(|rule| rule.severity).unwrap();
        let hit = |rule, span| Hit { rule, span };
        let mut hits =
            vec![hit(severe, 5..9), hit(mild, 0..9), hit(severe, 20..30), hit(mild, 20..30)];
        settle(&mut hits);
        let left: Vec<_> = hits.iter().map(|hit| (hit.rule.id, hit.span.clone())).collect();
        assert_eq!(left, [(mild.id, 0..9), (severe.id, 20..30)]);
    }
}
