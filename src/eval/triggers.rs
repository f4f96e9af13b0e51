//! The trigger test: each prompt is ranked, and what should come first is compared with what does.

use super::cases::Case;
use super::definition::{Definition, Kind};
use super::rank::Index;
use super::stem;

/// The share of prompts whose own definition must be among the first three.
pub const LEAST_THIRD: f64 = 0.95;
/// The share of prompts that must hold neither the name of what they should reach nor a stem of it.
pub const LEAST_NAMELESS: f64 = 0.60;

/// A prompt that did not come out as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What it should reach, or should not.
    pub name: String,
    /// The prompt.
    pub prompt: String,
    /// Where it came, counted from 1; 0 when it shares no word.
    pub place: usize,
    /// What came first.
    pub first: String,
    /// Whether it should not have come first.
    pub unwanted: bool,
}

/// The figures of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Prompts that should reach something.
    pub should: usize,
    /// Of these, how many hold neither name nor stem of it.
    pub nameless: usize,
    /// How many came first.
    pub first: usize,
    /// How many came among the first three.
    pub third: usize,
    /// Prompts that should not reach something.
    pub should_not: usize,
    /// Of these, how many reached it first all the same.
    pub unwanted: usize,
    /// Every prompt that did not come first, or came first and should not.
    pub misses: Vec<Miss>,
}

impl Outcome {
    /// The share of `part` in the prompts that should reach something.
    pub fn share(&self, part: usize) -> f64 {
        part as f64 / self.should.max(1) as f64
    }

    /// What is below its bound, in words; empty when all is well.
    pub fn problems(&self, kind: Kind) -> Vec<String> {
        let mut problems = Vec::new();
        for (what, share, least) in [
            ("top-1", self.share(self.first), kind.least_first()),
            ("top-3", self.share(self.third), LEAST_THIRD),
            ("prompts without the name", self.share(self.nameless), LEAST_NAMELESS),
        ] {
            if share < least {
                problems.push(format!("{what} is {share:.3}, at least {least:.2} is wanted"));
            }
        }
        problems
    }

    /// Pairs (wanted, reached instead) with their count, most first.
    pub fn confused(&self) -> Vec<(&str, &str, usize)> {
        let mut pairs: Vec<(&str, &str, usize)> = Vec::new();
        for miss in self.misses.iter().filter(|miss| !miss.unwanted && !miss.first.is_empty()) {
            let pair = (miss.name.as_str(), miss.first.as_str());
            match pairs.iter_mut().find(|(a, b, _)| (*a, *b) == pair) {
                Some((_, _, count)) => *count += 1,
                None => pairs.push((pair.0, pair.1, 1)),
            }
        }
        pairs.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (a.0, a.1).cmp(&(b.0, b.1))));
        pairs
    }
}

/// Ranks every prompt of `cases` among `definitions`.
pub fn run(definitions: &[Definition], cases: &[Case]) -> Outcome {
    let index = Index::new(definitions);
    let mut outcome = Outcome {
        should: 0,
        nameless: 0,
        first: 0,
        third: 0,
        should_not: 0,
        unwanted: 0,
        misses: Vec::new(),
    };
    for case in cases {
        for (prompt, wanted) in case
            .should
            .iter()
            .map(|prompt| (prompt, true))
            .chain(case.should_not.iter().map(|prompt| (prompt, false)))
        {
            let hits = index.rank(prompt);
            let place = hits.iter().position(|hit| hit.name == case.name).map_or(0, |at| at + 1);
            if wanted {
                outcome.should += 1;
                outcome.nameless += usize::from(!names(prompt, &case.name));
                outcome.first += usize::from(place == 1);
                outcome.third += usize::from((1..=3).contains(&place));
            } else {
                outcome.should_not += 1;
                outcome.unwanted += usize::from(place == 1);
            }
            if wanted != (place == 1) {
                outcome.misses.push(Miss {
                    name: case.name.clone(),
                    prompt: prompt.clone(),
                    place,
                    first: hits.first().map_or(String::new(), |hit| hit.name.to_owned()),
                    unwanted: !wanted,
                });
            }
        }
    }
    outcome
}

/// Whether `prompt` holds a word of `name`, in any form.
fn names(prompt: &str, name: &str) -> bool {
    let words = stem::stems(prompt);
    stem::stems(name).iter().any(|part| words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_misses_and_unwanted_ones_are_counted() {
        let all = [
            Definition::named("writer", "guides and tutorials"),
            Definition::named("tester", "regression of a change"),
        ];
        let case = Case {
            name: "writer".to_owned(),
            should: vec!["a tutorial".to_owned(), "catch a regression".to_owned()],
            should_not: vec!["a guide".to_owned(), "something else".to_owned()],
        };
        let outcome = run(&all, &[case]);
        assert_eq!((outcome.should, outcome.first, outcome.third), (2, 1, 1));
        assert_eq!((outcome.should_not, outcome.unwanted, outcome.nameless), (2, 1, 2));
        assert_eq!(outcome.confused(), [("writer", "tester", 1)]);
        assert_eq!(outcome.problems(Kind::Agents).len(), 2);
    }

    #[test]
    fn a_prompt_with_a_form_of_the_name_is_not_nameless() {
        assert!(names("review this", "code-reviewer"));
        assert!(!names("look over my diff", "code-reviewer"));
    }
}
