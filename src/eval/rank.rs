//! BM25 over short texts: which definition a prompt reaches first.
//!
//! The score of a definition is the sum over the prompt's stems of `idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length /
//! mean))` with `idf = ln(1 + (n - df + 0.5) / (df + 0.5))`, `k1` 1.2 and `b` 0.75, the usual values. The text of a
//! definition is its name, its description and its triggers, each counted once. It is a proxy: a
//! model knows that "app" and "application" are one thing, this does not.

use std::collections::HashMap;

use super::definition::Definition;
use super::stem;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// A definition and its score, never 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    /// Name of the definition.
    pub name: &'a str,
    /// BM25; only its order means something.
    pub score: f64,
}

/// The texts of all definitions of one kind, counted.
#[derive(Debug)]
pub struct Index<'a> {
    rows: Vec<(&'a str, HashMap<String, f64>, f64)>,
    found_in: HashMap<String, f64>,
    mean: f64,
}

impl<'a> Index<'a> {
    /// Counts the words of `definitions`.
    pub fn new(definitions: &'a [Definition]) -> Self {
        let mut found_in: HashMap<String, f64> = HashMap::new();
        let mut rows = Vec::new();
        for definition in definitions {
            let words = stem::stems(&definition.text());
            let length = words.len() as f64;
            let mut counts: HashMap<String, f64> = HashMap::new();
            for word in words {
                *counts.entry(word).or_default() += 1.0;
            }
            for word in counts.keys() {
                *found_in.entry(word.clone()).or_default() += 1.0;
            }
            rows.push((definition.name.as_str(), counts, length));
        }
        let total: f64 = rows.iter().map(|row| row.2).sum();
        let mean = (total / rows.len().max(1) as f64).max(1.0);
        Self { rows, found_in, mean }
    }

    /// The definitions that share a word with `prompt`, best first; equal scores by name.
    pub fn rank(&self, prompt: &str) -> Vec<Hit<'a>> {
        let words = stem::stems(prompt);
        let n = self.rows.len() as f64;
        let mut hits: Vec<Hit<'a>> = Vec::new();
        for (name, counts, length) in &self.rows {
            let score: f64 = words
                .iter()
                .filter_map(|word| {
                    let tf = counts.get(word)?;
                    let df = self.found_in.get(word)?;
                    let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
                    Some(idf * tf * (K1 + 1.0) / (tf + K1 * (1.0 - B + B * length / self.mean)))
                })
                .sum();
            if score > 0.0 {
                hits.push(Hit { name, score });
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.name.cmp(b.name)));
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_word_decides_and_silence_is_no_hit() {
        let all = [
            Definition::named("one", "writes tests of a change"),
            Definition::named("two", "reviews a change"),
            Definition::named("three", "draws a change"),
        ];
        let index = Index::new(&all);
        let hits = index.rank("reviewing my change");
        assert_eq!(hits[0].name, "two");
        assert_eq!(hits.len(), 3);
        assert_eq!(index.rank("nothing of the sort"), []);
    }
}
