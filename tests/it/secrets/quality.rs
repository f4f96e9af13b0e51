//! Precision and recall on both labelled sets stay where they are.

use super::corpus::{self, Outcome};
use super::heldout;

#[test]
fn the_corpus_is_large_and_of_many_kinds() {
    let lines = corpus::lines();
    let outcome = corpus::scan(&lines);
    assert!(lines.len() >= 2000, "{} lines", lines.len());
    assert!(outcome.kinds.len() >= 25, "{} kinds", outcome.kinds.len());
    let negative = lines.iter().filter(|line| line.label.is_none()).count();
    assert!(negative * 3 >= lines.len(), "a third must be hard negatives: {negative}");
}

#[test]
fn on_the_corpus_both_tiers_find_what_they_must_and_are_right() {
    holds(&corpus::scan(&corpus::lines()));
}

#[test]
fn files_that_no_rule_was_made_for_are_judged_as_well() {
    holds(&heldout::scan("heldout", heldout::SEEDS));
}

fn holds(outcome: &Outcome) {
    for (tier, score) in ["block", "both"].into_iter().zip(outcome.total) {
        assert!(score.precision() >= FLOOR, "{tier}: {score:?}: {:?}", outcome.alarms);
        assert!(score.recall() >= FLOOR, "{tier}: {score:?}: {:?}", outcome.misses);
    }
}

/// Least precision and recall of each tier on each set.
const FLOOR: f64 = 0.98;
