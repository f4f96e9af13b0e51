//! Two descriptions are nearly the same.
//!
//! ## What
//! Reports agents, skills or commands of one plugin or project whose descriptions share nearly all of their words.
//!
//! ## Why
//! Claude chooses by the description. Between two of the same words it chooses by chance.
//!
//! ## Example
//! ```yaml
//! # agents/a.md
//! description: Reviews changes for security problems before they are merged
//! # agents/b.md
//! description: Reviews changes for security problems before they get merged
//! ```
//!
//! ## Fix
//! Say in each what the other is not for, or remove one.
//!
//! ## Source
//! Facts B1, C1, 2026-11-22; nine words of ten in common count as nearly the same.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "description-duplicate",
    source: include_str!("description_duplicate.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Bundle(check),
};

/// Fewest different words that are compared.
const FEWEST: usize = 6;

fn check(bundle: &Bundle, out: &mut Findings<'_>) {
    for kind in kind::PROMPTS {
        for root in 0..bundle.roots.len() {
            if bundle.roots[root].kind != RootKind::Loose {
                let files = bundle.of_root(*kind, root).filter(|file| file.loaded);
                compare(&files.collect::<Vec<_>>(), out);
            }
        }
    }
}

/// Only definitions that share one of their rarest words are compared, so that many cost little.
fn compare(files: &[&File], out: &mut Findings<'_>) {
    let lowered: Vec<(&File, String)> = files
        .iter()
        .filter_map(|file| Some((*file, file.text_field("description")?.to_lowercase())))
        .collect();
    let all: Vec<(&File, Vec<&str>)> = lowered
        .iter()
        .map(|(file, text)| (*file, words(text)))
        .filter(|(_, words)| words.len() >= FEWEST)
        .collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for word in all.iter().flat_map(|(_, words)| words.iter().copied()) {
        *count.entry(word).or_default() += 1;
    }
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (file, words)) in all.iter().enumerate() {
        let mut rare: Vec<&str> = words.clone();
        rare.sort_by_key(|word| (count[word], *word));
        // Two sets with nine tenths in common share one of their rarest words (prefix filtering).
        rare.truncate(words.len() / 10 + 1);
        let mut seen = BTreeSet::new();
        for word in &rare {
            seen.extend(holders.get(word).into_iter().flatten().copied());
        }
        let twin = seen.into_iter().find(|other| near(&all[*other].1, words));
        if let (Some(other), Some(node)) = (twin, file.field("description")) {
            let shown = &all[other].0.shown;
            let message = format!("nearly the words of the description in {shown}");
            out.at(file, node.span.clone(), message)
                .help("say in each what the other is not for, or remove one");
        }
        for word in rare {
            holders.entry(word).or_default().push(index);
        }
    }
}

/// Whether nine tenths of the words of both are in common. Both are sorted.
fn near(a: &[&str], b: &[&str]) -> bool {
    let (mut at, mut other, mut common) = (0, 0, 0);
    while let (Some(one), Some(two)) = (a.get(at), b.get(other)) {
        match one.cmp(two) {
            Ordering::Less => at += 1,
            Ordering::Greater => other += 1,
            Ordering::Equal => (at, other, common) = (at + 1, other + 1, common + 1),
        }
    }
    common * 10 >= (a.len() + b.len() - common) * 9
}

/// The words of a text in lower case, each once, sorted.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words
}
