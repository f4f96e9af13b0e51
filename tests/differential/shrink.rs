//! Makes a program that shows a miss as small as it can.

use std::fmt;

use anyhow::Result;

use super::compare::{Outcome, by_hand, compare, view};
use super::program::{self, Node, Program};
use super::report::Miss;
use super::sandbox::{Run, Sandbox};

/// Rounds of making smaller; each runs one batch.
const ROUNDS: usize = 16;
/// Trees tried in a round.
const TRIES: usize = 40;

/// A miss made small.
#[derive(Debug)]
pub(crate) struct Small {
    pub(crate) features: Vec<&'static str>,
    pub(crate) text: String,
    /// Other misses that hold the same features.
    pub(crate) like_it: usize,
    number: u64,
    original: String,
    run: Run,
    answer: String,
    outcome: Outcome,
}

/// Looks for the smallest tree that is missed in the same way.
pub(crate) fn shrink(sandbox: &Sandbox, miss: &Miss) -> Result<Small> {
    let mut best = tried(sandbox, vec![miss.node.clone()])?.remove(0);
    for _ in 0..ROUNDS {
        let size = best.1.text.len();
        let mut smaller = program::smaller(&best.0);
        smaller.retain(|node| program::write(node).text.len() < size);
        smaller.truncate(TRIES);
        if smaller.is_empty() {
            break;
        }
        let silent = miss.silent;
        let found = tried(sandbox, smaller)?.into_iter().find(|(_, _, _, _, outcome)| {
            if silent { !outcome.missed.is_empty() } else { !outcome.elsewhere.is_empty() }
        });
        match found {
            Some(smaller) => best = smaller,
            None => break,
        }
    }
    let (_, program, run, answer, outcome) = best;
    let mut features = program.features;
    features.sort_unstable();
    features.dedup();
    Ok(Small {
        features,
        text: program.text,
        like_it: 0,
        number: miss.number,
        original: miss.text.clone(),
        run,
        answer,
        outcome,
    })
}

impl Small {
    /// Whether a miss has everything that makes this one a miss.
    pub(crate) fn explains(&self, miss: &Miss) -> bool {
        !self.features.is_empty()
            && self.outcome.missed.is_empty() != miss.silent
            && self.features.iter().all(|feature| miss.features.contains(feature))
    }
}

type Tried = (Node, Program, Run, String, Outcome);

fn tried(sandbox: &Sandbox, nodes: Vec<Node>) -> Result<Vec<Tried>> {
    let programs: Vec<Program> = nodes.iter().map(program::write).collect();
    sandbox.prepare(programs.len())?;
    let views: Vec<_> = programs
        .iter()
        .enumerate()
        .map(|(place, program)| view(&program.text, &sandbox.work(place)))
        .collect();
    let texts: Vec<String> = programs.iter().map(|program| program.text.clone()).collect();
    let runs = sandbox.run(&texts)?;
    let all = nodes.into_iter().zip(programs).zip(runs).zip(views);
    Ok(all
        .map(|(((node, program), run), view)| {
            let outcome = compare(&program, &run, &view, sandbox.root(), by_hand);
            let commands: Vec<Vec<&str>> = view
                .reading
                .commands
                .iter()
                .map(|c| c.words.iter().map(|w| if w.certain { &*w.text } else { "?" }).collect())
                .collect();
            let hint = if view.hinted { "" } else { "no hint, so the hook reads nothing; " };
            let answer = format!("{hint}commands {commands:?}, unsure {:?}", view.reading.unsure);
            (node, program, run, answer, outcome)
        })
        .collect())
}

impl fmt::Display for Small {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.outcome.missed.is_empty() { "WRONG FOLDER" } else { "MISSED" };
        let (number, like_it) = (self.number, self.like_it);
        writeln!(
            f,
            "{word} in program {number} and {like_it} like it ({})",
            self.features.join(", ")
        )?;
        for line in self.text.lines() {
            writeln!(f, "    {line}")?;
        }
        for call in &self.outcome.missed {
            writeln!(f, "  bash called: {} {:?}", call.program, call.args)?;
        }
        for (call, claimed) in &self.outcome.elsewhere {
            let (at, args) = (call.dir.display(), &call.args);
            writeln!(
                f,
                "  bash called: {} {args:?} in {at}, not {}",
                call.program,
                claimed.display()
            )?;
        }
        if !self.run.said.is_empty() {
            writeln!(f, "  bash said:   {:?}", self.run.said)?;
        }
        writeln!(f, "  the reader:  {}", self.answer)?;
        if self.text != self.original {
            writeln!(f, "  made smaller from: {:?}", self.original)?;
        }
        Ok(())
    }
}
