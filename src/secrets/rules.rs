//! The table of rules and the prefilter's tables, as the build script wrote them.
//!
//! The numbers that every scan asks are tables without a pointer, and the words are one text: a
//! static binary relocates each pointer when it starts, and a table of some hundred rules holds
//! thousands. The rules themselves are put together when the first one is needed.

use std::sync::OnceLock;

use super::gram;
use super::rule::{Alphabet, Check, Confidence, Detector, Keyword, Rule, Severity, Shape, Tier};

include!(concat!(env!("OUT_DIR"), "/secrets.rs"));

/// What is known about a rule besides its words and its shape.
type Facts = (Severity, Confidence, Tier, bool, Option<f32>, Option<Check>);

/// Every rule, by file and place.
pub(super) fn all() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        TEXTS
            .split_terminator('\x1d')
            .zip(SHAPES.iter().zip(&FACTS))
            .map(|(text, (shape, facts))| rule(text, shape, facts))
            .collect()
    })
}

/// The bytes of a keyword.
pub(super) fn word(keyword: &Keyword) -> &'static [u8] {
    let (start, len) = (keyword.text.0 as usize, usize::from(keyword.text.1));
    &WORDS[start..start + len]
}

/// Puts a rule together.
fn rule(text: &'static str, shape: &Shape, facts: &Facts) -> Rule {
    let mut fields = text.split('\x1f');
    let mut next = || fields.next().unwrap_or_default();
    let list = |text: &'static str| -> &'static [&'static str] {
        // Once a process, for a table that lives as long as it does.
        Vec::leak(text.split_terminator('\x1e').collect())
    };
    let (severity, confidence, tier, open_end, entropy, check) = *facts;
    Rule {
        id: next(),
        title: next(),
        provider: next(),
        access: next(),
        pattern: next(),
        rotate: next(),
        source: next(),
        docs: next(),
        checked: next(),
        keywords: list(next()),
        examples: list(next()),
        counter_examples: list(next()),
        severity,
        confidence,
        tier,
        detector: shape.detector,
        alphabet: shape.alphabet,
        open_end,
        entropy,
        check,
        lines: shape.lines,
        min_len: shape.min_len,
        max_len: shape.max_len,
        closed: shape.closed,
        anchored: shape.anchored,
    }
}
