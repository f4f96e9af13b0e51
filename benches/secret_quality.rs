//! Precision and recall of the secret scanner on its labelled corpus, by tier and by kind of file.
//!
//! `cargo bench --bench secret_quality`. Not timed; the figures are the same on every machine.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::expect_used, reason = "a bench that cannot run says where and stops")]

#[path = "../tests/it/secrets/corpus.rs"]
mod corpus;
#[path = "../tests/it/secrets/heldout.rs"]
mod heldout;

use corpus::{Outcome, Score};

fn main() {
    let lines = corpus::lines();
    let outcome = corpus::scan(&lines);
    let positive = lines.iter().filter(|line| line.label.is_some()).count();
    println!(
        "{} lines of {} kinds ({} seeds a template), {positive} with a secret\n",
        lines.len(),
        outcome.kinds.len(),
        corpus::SEEDS,
    );
    print(&outcome);
    let seeds = heldout::SEEDS;
    for folder in ["heldout", "blind"] {
        println!("\nThe set `{folder}`: whole files, seeds {seeds:?}\n");
        print(&heldout::scan(folder, seeds.clone()));
    }
}

fn print(outcome: &Outcome) {
    println!("{:<16} {:>18} {:>18}", "", "tier block", "both tiers");
    println!("{:<16} {:>9}{:>9} {:>9}{:>9}", "kind", "precision", "recall", "precision", "recall");
    for (kind, scores) in &outcome.kinds {
        row(kind, scores);
    }
    row("all", &outcome.total);
    println!("\nmissed (template, tier): {}", outcome.misses.len());
    for (id, tier) in &outcome.misses {
        println!("  {id} {tier}");
    }
    println!("\nfalse alarms (template, rule): {}", outcome.alarms.len());
    for (id, rule) in &outcome.alarms {
        println!("  {id} {rule}");
    }
}

fn row(name: &str, [block, both]: &[Score; 2]) {
    let figure = |value: f64| format!("{value:.3}");
    println!(
        "{name:<16} {:>9}{:>9} {:>9}{:>9}",
        figure(block.precision()),
        figure(block.recall()),
        figure(both.precision()),
        figure(both.recall()),
    );
}
