//! What can be proved about a pattern before it ships: its lengths, its bytes, and that no match
//! escapes the prefilter. Done on the pattern's automaton, so it holds for every match there is.

use std::collections::{HashMap, HashSet, VecDeque};

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// The automaton of a pattern, cut down to the states that lead to a match.
pub(super) struct Language {
    /// Bytes of the shortest match.
    pub(super) min_len: usize,
    /// Bytes of the longest.
    pub(super) max_len: usize,
    /// The bytes that occur in matches.
    pub(super) bytes: [bool; 256],
    /// For each state: the bytes that lead on, and where.
    next: Vec<Vec<(u8, usize)>>,
    accepts: Vec<bool>,
}

impl Language {
    /// Studies a pattern.
    pub(super) fn of(pattern: &str) -> Result<Self, String> {
        let config = syntax::Config::new().unicode(false).utf8(false);
        let hir = syntax::parse_with(pattern, &config).map_err(|error| error.to_string())?;
        let properties = hir.properties();
        let min_len = properties.minimum_len().filter(|least| *least > 0);
        let min_len = min_len.ok_or("can match nothing")?;
        let max_len = properties.maximum_len().filter(|most| *most <= 4096);
        let max_len = max_len.ok_or("has no upper bound of at most 4096 bytes; write {n,m}, and open_end: true where the token goes on")?;
        let dfa = dense::Builder::new()
            .syntax(config)
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .match_kind(MatchKind::All)
                    .dfa_size_limit(Some(64 << 20))
                    .determinize_size_limit(Some(64 << 20)),
            )
            .thompson(thompson::Config::new().utf8(false))
            .build(pattern)
            .map_err(|error| error.to_string())?;
        let input = Input::new(b"").anchored(Anchored::Yes);
        let start = dfa.start_state_forward(&input).map_err(|error| error.to_string())?;
        let mut language =
            Self { min_len, max_len, bytes: [false; 256], next: Vec::new(), accepts: Vec::new() };
        language.explore(&dfa, start);
        language.prune();
        Ok(language)
    }

    /// Copies the reachable part of the automaton. A byte stands for its whole class, but every byte
    /// is kept, so that keywords can be followed through it.
    fn explore(&mut self, dfa: &dense::DFA<Vec<u32>>, start: StateID) {
        let mut numbers = HashMap::from([(start, 0)]);
        let mut queue = VecDeque::from([start]);
        while let Some(state) = queue.pop_front() {
            // Automata of this crate report a match one byte late, hence the end-of-input step.
            self.accepts.push(dfa.is_match_state(dfa.next_eoi_state(state)));
            let mut next = Vec::new();
            for byte in 0..=255 {
                let to = dfa.next_state(state, byte);
                if dfa.is_dead_state(to) {
                    continue;
                }
                let fresh = numbers.len();
                let number = *numbers.entry(to).or_insert_with(|| {
                    queue.push_back(to);
                    fresh
                });
                next.push((byte, number));
            }
            self.next.push(next);
        }
    }

    /// Drops steps that lead to no match, and notes the bytes of the others.
    fn prune(&mut self) {
        let mut before = vec![Vec::new(); self.next.len()];
        for (from, steps) in self.next.iter().enumerate() {
            for &(_, to) in steps {
                if before[to].last() != Some(&from) {
                    before[to].push(from);
                }
            }
        }
        let mut alive = self.accepts.clone();
        let mut queue: Vec<usize> = (0..alive.len()).filter(|state| alive[*state]).collect();
        while let Some(state) = queue.pop() {
            for &from in &before[state] {
                if !alive[from] {
                    alive[from] = true;
                    queue.push(from);
                }
            }
        }
        for steps in &mut self.next {
            steps.retain(|(_, to)| alive[*to]);
            for (byte, _) in steps {
                self.bytes[usize::from(*byte)] = true;
            }
        }
    }

    /// Whether some match holds the word.
    pub(super) fn can_hold(&self, word: &Word) -> bool {
        let mut seen = HashSet::from([(0, 0)]);
        let mut queue = VecDeque::from([(0, 0)]);
        while let Some((state, progress)) = queue.pop_front() {
            for &(byte, to) in &self.next[state] {
                let progress = word.step(progress, byte);
                if progress == word.len() {
                    return true;
                }
                if seen.insert((to, progress)) {
                    queue.push_back((to, progress));
                }
            }
        }
        false
    }

    /// For each word, where it stands as the first of all words. `None` when some match holds none
    /// of them.
    pub(super) fn leads(&self, words: &[Word]) -> Option<Vec<Option<Lead>>> {
        let mut leads: Vec<Option<Lead>> = vec![None; words.len()];
        let mut layer = HashSet::from([(0, vec![0; words.len()])]);
        // All matches are bounded, so the layers run empty.
        for depth in 1.. {
            let mut below = HashSet::new();
            for (state, progress) in &layer {
                if self.accepts[*state] {
                    return None;
                }
                for &(byte, to) in &self.next[*state] {
                    let stepped: Vec<usize> =
                        words.iter().zip(progress).map(|(word, at)| word.step(*at, byte)).collect();
                    let done = words.iter().zip(&stepped).position(|(word, at)| *at == word.len());
                    match done {
                        Some(which) => {
                            let bytes = depth - words[which].len();
                            let lead = leads[which].get_or_insert_with(|| Lead {
                                least: bytes,
                                most: bytes,
                                ends: HashSet::new(),
                            });
                            lead.least = lead.least.min(bytes);
                            lead.most = lead.most.max(bytes);
                            lead.ends.insert(to);
                        }
                        None => {
                            below.insert((to, stepped));
                        }
                    }
                }
            }
            if below.is_empty() {
                break;
            }
            layer = below;
        }
        Some(leads)
    }

    /// For each place behind some states, as far as every match goes on: the bytes that can stand
    /// there. At most `most` places.
    pub(super) fn tail(&self, ends: &HashSet<usize>, most: usize) -> Vec<[bool; 256]> {
        let mut layer = ends.clone();
        let mut tail = Vec::new();
        while tail.len() < most && !layer.iter().any(|state| self.accepts[*state]) {
            let mut bytes = [false; 256];
            let mut below = HashSet::new();
            for &(byte, to) in layer.iter().flat_map(|state| &self.next[*state]) {
                bytes[usize::from(byte)] = true;
                below.insert(to);
            }
            tail.push(bytes);
            layer = below;
        }
        tail
    }
}

/// Where a word stands in the matches of a pattern.
#[derive(Clone)]
pub(super) struct Lead {
    /// Least bytes in front of it.
    pub(super) least: usize,
    /// Most bytes in front of it.
    pub(super) most: usize,
    /// The states behind it.
    pub(super) ends: HashSet<usize>,
}

/// A word that is looked for byte by byte.
pub(super) struct Word {
    text: Vec<u8>,
    fold: bool,
    /// For each length matched, the longest proper border of that prefix.
    borders: Vec<usize>,
}

impl Word {
    /// Prepares a word; `fold` lets its letters be of either case.
    pub(super) fn new(text: &str, fold: bool) -> Self {
        let text = text.as_bytes().to_vec();
        let mut borders = vec![0; text.len() + 1];
        let mut border = 0;
        for at in 1..text.len() {
            while border > 0 && text[at] != text[border] {
                border = borders[border];
            }
            border += usize::from(text[at] == text[border]);
            borders[at + 1] = border;
        }
        Self { text, fold, borders }
    }

    /// Its bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    fn step(&self, mut progress: usize, byte: u8) -> usize {
        let byte = if self.fold { byte.to_ascii_lowercase() } else { byte };
        while progress > 0 && (progress == self.text.len() || self.text[progress] != byte) {
            progress = self.borders[progress];
        }
        progress + usize::from(self.text[progress] == byte)
    }
}
