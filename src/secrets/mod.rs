//! The secret scanner's engine. No rule lives here: they are data under `rules/secrets/`.
//!
//! A pass of the prefilter finds keywords; where one stands, its rule's pattern is compiled (once)
//! and tried in a window that the longest match bounds; what matches must then pass the boundary,
//! the placeholders, the entropy floor and the offline check. Time is linear in the text.

mod armor;
mod assign;
pub mod checksum;
mod context;
pub mod decode;
mod gram;
mod login;
mod mnemonic;
mod page;
mod place;
mod prefilter;
mod reason;
pub mod rule;
mod rules;
mod suppress;
pub mod template;
mod value;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

pub use decode::{Budget, Found, scan_decoded, scan_decoded_in, scan_shell};
pub use page::page;
pub use rule::{Rule, Tier};
pub use suppress::Reason;

use rule::{Detector, Keyword};
use rules::SHAPES;

/// A match.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The rule.
    pub rule: &'static Rule,
    /// Bytes of the text that hold the secret.
    pub span: Range<usize>,
    /// How strictly to answer: the rule's tier, or lower when an offline check failed.
    pub tier: Tier,
}

/// What is known about the place that a text comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// Path of the file, where the text is that of one.
    pub path: Option<&'a str>,
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
    rules::all()
}

/// Finds the secrets of a text, in order, without overlaps.
pub fn scan(text: &[u8]) -> Vec<Hit> {
    scan_in(text, Surroundings::default())
}

/// As [`scan`], with what is known about the place of the text.
pub fn scan_in(text: &[u8], around: Surroundings) -> Vec<Hit> {
    inspect_in(text, around, |_| ())
}

/// As [`scan`], and tells `dropped` of each match that is no secret, and why.
pub fn inspect(text: &[u8], dropped: impl FnMut(Dropped)) -> Vec<Hit> {
    inspect_in(text, Surroundings::default(), dropped)
}

/// As [`inspect`], with what is known about the place of the text.
pub fn inspect_in(text: &[u8], around: Surroundings, mut dropped: impl FnMut(Dropped)) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut barren = context::Barren::default();
    prefilter::each(text, |keyword, at| {
        // A hit's rule comes from the same table, so only then is the table put together.
        let inside = |hit: &Hit| {
            at < hit.span.end
                && at >= hit.span.start
                && std::ptr::eq(hit.rule, &raw const rules()[usize::from(keyword.rule)])
        };
        if !hits.last().is_some_and(inside) {
            look(text, keyword, at, &mut barren, &mut hits, &mut dropped);
        }
    });
    if hits.is_empty() {
        return hits;
    }
    settle(&mut hits);
    context::raise(&mut hits);
    if let Some(path) = around.path {
        let reason = if suppress::lock_file(path) {
            Some(Reason::LockFile)
        } else if suppress::made_file(path) {
            Some(Reason::Minified)
        } else {
            None
        };
        if let Some(reason) = reason {
            hits.retain(|hit| {
                let stays = hit.tier == Tier::Block;
                if !stays {
                    dropped(Dropped { rule: hit.rule, span: hit.span.clone(), reason });
                }
                stays
            });
        }
    }
    hits
}

/// The text with every secret, plain or encoded, replaced by `[redacted:<rule id>]`. Borrowed when
/// there is none.
pub fn redact(text: &str) -> Cow<'_, str> {
    let hits = scan_decoded(text.as_bytes(), &mut Budget::HOOK.clone());
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for Found { hit, .. } in &hits {
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
    barren: &mut context::Barren,
    hits: &mut Vec<Hit>,
    dropped: &mut impl FnMut(Dropped),
) {
    let index = usize::from(keyword.rule);
    let shape = &SHAPES[index];
    let word = at..at + usize::from(keyword.text.1);
    let found = match shape.detector {
        Detector::Pattern => return pattern(text, keyword, at, hits, dropped),
        Detector::Context => {
            return context::each(text, (index, shape), word, barren, |run, reason| {
                near(text, index, run, reason, hits, dropped)
            });
        }
        Detector::Assignment => assign::look(text, word),
        Detector::Url => login::url(text, word.end),
        Detector::Command => login::command(text, word),
        Detector::Call => login::call(text, &word),
        Detector::Pgpass => login::pgpass(text, word),
    };
    let Some((span, verdict)) = found else { return };
    let rule = &rules()[index];
    match verdict {
        Ok(tier) => hits.push(Hit { rule, span, tier }),
        Err(reason) => dropped(Dropped { rule, span, reason }),
    }
}

/// Judges a run of characters that a context rule's keyword stands before. Tells whether it has the
/// form of the rule's value.
fn near(
    text: &[u8],
    index: usize,
    run: Range<usize>,
    reason: Option<Reason>,
    hits: &mut Vec<Hit>,
    dropped: &mut impl FnMut(Dropped),
) -> bool {
    let bytes = &text[run.clone()];
    let fits = regex(index).find(bytes).is_some_and(|found| found.range() == (0..bytes.len()));
    if !fits {
        return false;
    }
    let rule = &rules()[index];
    // A value that only its neighbour tells of must be chance itself, and no text in base64.
    let text_inside = || {
        let decoded = armor::decode(bytes).unwrap_or_default();
        rule.lines > 0 && !decoded.is_empty() && decoded.iter().all(u8::is_ascii_graphic)
    };
    let reason = reason.or_else(|| suppress::public(bytes));
    let reason = reason.or_else(|| text_inside().then_some(Reason::Entropy));
    let verdict = match reason {
        Some(reason) => Err(reason),
        None => suppress::judge(text, rule, &run, &run, run.start),
    };
    match verdict {
        Ok((end, tier)) => hits.push(Hit { rule, span: run.start..end, tier }),
        Err(reason) => dropped(Dropped { rule, span: run, reason }),
    }
    true
}

/// Tries the pattern of a keyword that stands at `at`.
fn pattern(
    text: &[u8],
    keyword: &'static Keyword,
    at: usize,
    hits: &mut Vec<Hit>,
    dropped: &mut impl FnMut(Dropped),
) {
    let shape = &SHAPES[usize::from(keyword.rule)];
    let Some(last) = at.checked_sub(usize::from(keyword.lead.0)) else { return };
    let first = at.saturating_sub(usize::from(keyword.lead.1));
    let end = text.len().min(last + shape.max_len);
    let before = &text[last..at];
    if end - first < shape.min_len
        || shape.closed && !before.iter().all(|byte| shape.alphabet.has(*byte))
    {
        return;
    }
    if shape.anchored {
        // Cheap refusals first: most keywords in ordinary text end here, without any regex.
        let tail = &text[first..end];
        let too_short =
            shape.closed && !tail.iter().take(shape.min_len).all(|byte| shape.alphabet.has(*byte));
        if !too_short && suppress::free_before(text, first, shape.alphabet) {
            attempt(text, first..end, keyword, at, hits, dropped);
        }
        return;
    }
    let mut from = first;
    // A match that something longer runs into is none, so it is not looked for there.
    while let Some(free) =
        (from..=last).find(|start| suppress::free_before(text, *start, shape.alphabet))
    {
        from = free;
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
    let index = usize::from(keyword.rule);
    let rule = &rules()[index];
    let regex = regex(index);
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
    let key_end = at + usize::from(keyword.text.1);
    let body = if keyword.lead.1 == 0 && key_end <= span.end {
        key_end.max(span.start)
    } else {
        span.start
    };
    match suppress::judge(text, rule, &whole, &span, body) {
        Ok((end, tier)) => {
            hits.push(Hit { rule, span: span.start..end, tier });
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
    static REGEXES: [OnceLock<Regex>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];
    REGEXES[index].get_or_init(|| {
        let rule = &rules()[index];
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

/// Puts hits in order and keeps, of those that overlap, the surest: of the higher tier, of a known
/// kind rather than of any, the longest, then the most severe.
fn settle(hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    hits.dedup_by(|next, kept| {
        if next.span.start >= kept.span.end {
            return false;
        }
        let rank = |hit: &Hit| {
            let known = hit.rule.detector != Detector::Assignment;
            // Of two assignments one in the other, the inner one names the value.
            let size = hit.span.len().cast_signed();
            let size = if known { size } else { -size };
            let named = hit.rule.detector == Detector::Context;
            (known, hit.tier, size, named, hit.rule.severity)
        };
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
        for index in 0..SHAPES.len() {
            assert!(regex(index).captures_len() >= 1);
        }
    }

    #[test]
    fn of_overlapping_hits_the_longest_then_the_most_severe_stays() {
        // A rule that was told by its context goes before severity; here only severity differs.
        let alike = || rules().iter().filter(|rule| rule.detector != Detector::Context);
        let severe = alike().max_by_key(|rule| rule.severity).unwrap();
        let mild = alike().min_by_key(|rule| rule.severity).unwrap();
        let hit = |rule, span| Hit { rule, span, tier: Tier::Block };
        let mut hits =
            vec![hit(severe, 5..9), hit(mild, 0..9), hit(severe, 20..30), hit(mild, 20..30)];
        settle(&mut hits);
        let left: Vec<_> = hits.iter().map(|hit| (hit.rule.id, hit.span.clone())).collect();
        assert_eq!(left, [(mild.id, 0..9), (severe.id, 20..30)]);
    }
}
