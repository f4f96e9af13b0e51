//! The figures of a run.

use std::collections::BTreeMap;
use std::fmt;

use super::compare::{Outcome, View};
use super::program::{Node, Program};
use super::sandbox::Run;

/// Features after which the reader sees nothing and is documented not to (docs/shell-reader.md).
pub(crate) const KNOWN: &[(&str, &str)] = &[];

/// A program of which a call was missed, or found in a wrong folder.
#[derive(Debug)]
pub(crate) struct Miss {
    pub(crate) number: u64,
    pub(crate) node: Node,
    pub(crate) text: String,
    pub(crate) features: Vec<&'static str>,
    /// A call was missed; else only its folder is wrong.
    pub(crate) silent: bool,
    pub(crate) known: bool,
}

impl Miss {
    pub(crate) fn new(number: u64, node: Node, program: &Program, outcome: &Outcome) -> Self {
        let silent = !outcome.missed.is_empty();
        let (text, features) = (program.text.clone(), program.features.clone());
        Self { number, node, text, features, silent, known: known(program) }
    }
}

fn known(program: &Program) -> bool {
    program.features.iter().any(|feature| KNOWN.iter().any(|(name, _)| name == feature))
}

/// Counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) programs: u64,
    pub(crate) misses: Vec<Miss>,
    /// Guarded calls.
    guarded: usize,
    found: usize,
    unsure: usize,
    /// Guarded calls missed in silence, outside of [`KNOWN`] and in it.
    pub(crate) missed: usize,
    missed_known: usize,
    elsewhere: usize,
    /// Programs that called nothing guarded.
    innocent: u64,
    innocent_claimed: u64,
    innocent_unsure: u64,
    clean: u64,
    stuck: u64,
    broken: u64,
    over: BTreeMap<String, usize>,
    examples: BTreeMap<String, Vec<String>>,
    /// Features of programs with a silent miss.
    blame: BTreeMap<&'static str, usize>,
    /// Features of calls that came out unsure.
    doubt: BTreeMap<&'static str, usize>,
}

impl Report {
    pub(crate) fn add(
        &mut self,
        number: u64,
        program: &Program,
        run: &Run,
        view: &View,
        outcome: &Outcome,
        examples: usize,
    ) {
        self.programs += 1;
        match run.status.as_deref() {
            None => self.stuck += 1,
            _ if run.said.contains("syntax error") || run.said.contains("unexpected") => {
                self.broken += 1;
            }
            Some("0") if run.said.is_empty() => self.clean += 1,
            Some(_) => {}
        }
        self.guarded += outcome.guarded;
        self.unsure += outcome.unsure;
        self.found += outcome.guarded - outcome.unsure - outcome.missed.len();
        if known(program) {
            self.missed_known += outcome.missed.len() + outcome.elsewhere.len();
        } else {
            self.missed += outcome.missed.len();
            self.elsewhere += outcome.elsewhere.len();
        }
        if outcome.guarded == 0 {
            self.innocent += 1;
            self.innocent_claimed += u64::from(!view.actions.is_empty());
            let unsure = view.actions.is_empty() && !view.reading.unsure.is_empty();
            self.innocent_unsure += u64::from(unsure);
        }
        let mut features = program.features.clone();
        features.sort_unstable();
        features.dedup();
        for feature in features {
            if !outcome.missed.is_empty() {
                *self.blame.entry(feature).or_default() += 1;
            }
            if outcome.unsure > 0 {
                *self.doubt.entry(feature).or_default() += 1;
            }
        }
        for kind in &outcome.over {
            *self.over.entry(kind.clone()).or_default() += 1;
            if examples > 0 {
                let list = self.examples.entry(kind.clone()).or_default();
                list.push(format!("{number}: {:?} -> {:?}", program.text, run.said));
                list.sort_by_key(String::len);
                list.truncate(examples);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.programs += other.programs;
        self.misses.extend(other.misses);
        self.guarded += other.guarded;
        self.found += other.found;
        self.unsure += other.unsure;
        self.missed += other.missed;
        self.missed_known += other.missed_known;
        self.elsewhere += other.elsewhere;
        self.innocent += other.innocent;
        self.innocent_claimed += other.innocent_claimed;
        self.innocent_unsure += other.innocent_unsure;
        self.clean += other.clean;
        self.stuck += other.stuck;
        self.broken += other.broken;
        for (kind, count) in other.over {
            *self.over.entry(kind).or_default() += count;
        }
        for (kind, mut list) in other.examples {
            let most = list.len();
            let all = self.examples.entry(kind).or_default();
            let most = most.max(all.len());
            all.append(&mut list);
            all.sort_by_key(String::len);
            all.truncate(most);
        }
        for (mine, its) in [(&mut self.blame, other.blame), (&mut self.doubt, other.doubt)] {
            for (feature, count) in its {
                *mine.entry(feature).or_default() += count;
            }
        }
    }

    /// Nothing was missed in silence, and enough was called for that to mean something.
    pub(crate) fn passed(&self) -> bool {
        self.missed == 0
            && self.elsewhere == 0
            && self.guarded > 0
            && self.stuck * 100 <= self.programs
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
        let of_guarded = |part: usize| share(part as u64, self.guarded as u64);
        writeln!(
            f,
            "{} programs: {} ran without a complaint, {} broken, {} did not end",
            self.programs, self.clean, self.broken, self.stuck
        )?;
        writeln!(
            f,
            "{} guarded calls: {} found ({:.2} %), {} cannot tell ({:.2} %), {} missed, {} missed as documented, {} in a wrong folder",
            self.guarded,
            self.found,
            of_guarded(self.found),
            self.unsure,
            of_guarded(self.unsure),
            self.missed,
            self.missed_known,
            self.elsewhere
        )?;
        writeln!(
            f,
            "{} programs called nothing guarded: {} claimed ({:.2} %), {} cannot tell ({:.2} %)",
            self.innocent,
            self.innocent_claimed,
            share(self.innocent_claimed, self.innocent),
            self.innocent_unsure,
            share(self.innocent_unsure, self.innocent)
        )?;
        list(f, "over-claims", &self.over, 60)?;
        list(f, "features of programs with a silent miss", &self.blame, 40)?;
        list(f, "features of programs that came out unsure", &self.doubt, 40)?;
        for (kind, examples) in &self.examples {
            writeln!(f, "examples of {kind}:")?;
            for example in examples {
                writeln!(f, "    {example}")?;
            }
        }
        Ok(())
    }
}

fn list<K: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    counts: &BTreeMap<K, usize>,
    most: usize,
) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}:")?;
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (name, count) in all.into_iter().take(most) {
        writeln!(f, "  {count:>7} {name}")?;
    }
    Ok(())
}
