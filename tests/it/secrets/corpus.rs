//! The labelled corpus: templates under `tests/corpus/secrets/`, filled with seeds, scanned and scored.
//! Shared by the test that holds the figures and the bench that prints them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use portcullis::secrets::{Budget, Tier, scan_decoded, template};

/// Seeds that each template is filled with.
pub(crate) const SEEDS: u64 = 8;

/// A filled template.
#[derive(Debug)]
pub(crate) struct Line {
    /// File and number of its template.
    pub(crate) id: String,
    /// The kind of file it is of.
    pub(crate) kind: String,
    /// Which tier must find it at least; `None` when nothing must.
    pub(crate) label: Option<Tier>,
    text: String,
    secrets: Vec<Range<usize>>,
    allowed: Vec<Range<usize>>,
}

/// How often a tier was right.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Score {
    /// Lines that it had to find and did.
    pub(crate) found: usize,
    /// Lines that it had to find and did not.
    pub(crate) missed: usize,
    /// Secrets that it reported.
    pub(crate) right: usize,
    /// What it reported that is none.
    pub(crate) wrong: usize,
}

impl Score {
    /// Share of what had to be found that was.
    pub(crate) fn recall(self) -> f64 {
        share(self.found, self.missed)
    }

    /// Share of what was reported that is a secret.
    pub(crate) fn precision(self) -> f64 {
        share(self.right, self.wrong)
    }

    fn add(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.right += other.right;
        self.wrong += other.wrong;
    }
}

fn share(good: usize, bad: usize) -> f64 {
    if good + bad == 0 { 1.0 } else { good as f64 / (good + bad) as f64 }
}

/// What a scan of the corpus gave.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// By kind: the tier `block` alone, and both tiers together.
    pub(crate) kinds: BTreeMap<String, [Score; 2]>,
    /// The same over all kinds.
    pub(crate) total: [Score; 2],
    /// Templates of which a line was missed, and by which tier.
    pub(crate) misses: BTreeSet<(String, &'static str)>,
    /// Templates with a false alarm, and the rule.
    pub(crate) alarms: BTreeSet<(String, &'static str)>,
}

impl Outcome {
    /// Counts what one tier scored on a part of a kind.
    pub(crate) fn add(&mut self, kind: &str, tier: usize, score: Score) {
        self.kinds.entry(kind.to_owned()).or_default()[tier].add(score);
        self.total[tier].add(score);
    }
}

/// Every line of the corpus.
pub(crate) fn lines() -> Vec<Line> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/secrets");
    let read = |path: &Path| std::fs::read_to_string(path).expect("a file of the corpus");
    let values = read(&folder.join("values.txt"));
    let values: BTreeMap<&str, &str> =
        values.lines().map(|line| line.split_once(' ').expect("a name and a template")).collect();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "txt") && !path.ends_with("values.txt")
        })
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for path in files {
        let kind = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for (number, template) in read(&path).lines().enumerate() {
            for seed in 0..SEEDS {
                let id = format!("{kind}:{}", number + 1);
                lines.push(fill(id, &kind, template, &values, seed));
            }
        }
    }
    lines
}

fn fill(id: String, kind: &str, template: &str, values: &BTreeMap<&str, &str>, seed: u64) -> Line {
    let (label, template) = template.split_at(2);
    let label = match label {
        "+B" => Some(Tier::Block),
        "+W" => Some(Tier::Warn),
        "- " => None,
        _ => panic!("{id}: {label:?} is no label"),
    };
    let mut text = String::new();
    let (mut secrets, mut allowed) = (Vec::new(), Vec::new());
    let mut rest = template.strip_prefix(' ').unwrap_or(template);
    // A different number for each place, so that two values of a line are not alike.
    let mut place =
        id.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    while let Some((before, after)) = rest.split_once('⟦') {
        let (name, behind) = after.split_once('⟧').unwrap_or_else(|| panic!("{id}: not closed"));
        text.push_str(before);
        let known = name.trim_start_matches(['!', '?']);
        let value = values.get(known).unwrap_or_else(|| panic!("{id}: {known} is not known"));
        place = place.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let value = template::expand(value, place).expect("a good template").text;
        let span = text.len()..text.len() + value.len();
        match name.chars().next() {
            Some('!') => secrets.push(span),
            Some('?') => allowed.push(span),
            _ => {}
        }
        text.push_str(&value);
        rest = behind;
    }
    text.push_str(rest);
    assert_eq!(secrets.is_empty(), label.is_none(), "{id}: label and marks disagree");
    // The sign is as long as three bytes; places move with it.
    let moved = |at: usize| at - 2 * text[..at].matches('⏎').count();
    let moved = |spans: Vec<Range<usize>>| -> Vec<Range<usize>> {
        spans.into_iter().map(|span| moved(span.start)..moved(span.end)).collect()
    };
    let (secrets, allowed) = (moved(secrets), moved(allowed));
    Line { id, kind: kind.to_owned(), label, secrets, allowed, text: text.replace('⏎', "\n") }
}

/// Scans every line by itself and compares with its label.
pub(crate) fn scan(lines: &[Line]) -> Outcome {
    let mut outcome = Outcome::default();
    for line in lines {
        let hits = scan_decoded(line.text.as_bytes(), &mut Budget::FILE.clone());
        for (at, tiers) in [&[Tier::Block][..], &[Tier::Block, Tier::Warn]].into_iter().enumerate()
        {
            let word = ["block", "both"][at];
            let mut score = Score::default();
            let mut seen = BTreeSet::new();
            for hit in hits.iter().map(|found| &found.hit).filter(|hit| tiers.contains(&hit.tier)) {
                let inside =
                    |one: &Range<usize>| one.start < hit.span.end && hit.span.start < one.end;
                let before = seen.len();
                seen.extend((0..line.secrets.len()).filter(|at| inside(&line.secrets[*at])));
                if seen.len() > before || line.secrets.iter().any(inside) {
                    score.right += 1;
                } else if !line.allowed.iter().any(inside) {
                    score.wrong += 1;
                    outcome.alarms.insert((line.id.clone(), hit.rule.id));
                }
            }
            let seen = seen.len() == line.secrets.len();
            if line.label.is_some_and(|label| tiers.contains(&label)) {
                score.found += usize::from(seen);
                score.missed += usize::from(!seen);
                if !seen {
                    outcome.misses.insert((line.id.clone(), word));
                }
            }
            outcome.add(&line.kind, at, score);
        }
    }
    outcome
}
