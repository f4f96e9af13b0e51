//! The secret scanner: every rule against its own examples, the engine, the hook check, the build.

mod corpus;
mod decode;
mod edit;
mod engine;
mod heldout;
mod hook;
mod judgement;
mod payload;
mod quality;
mod table;

#[path = "../../build/secrets.rs"]
mod build;

use std::ops::Range;

use portcullis::secrets::template::{self, Sample};
use portcullis::secrets::{self, Rule};

/// Seeds that every template is filled with.
const SEEDS: Range<u64> = 0..6;

/// A text in which the scanner's worst cases do not occur: what stands around a planted token.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("token = \"", "\"\n"),
    ("{\"a\": 1, \"key\": \"", "\", \"b\": [2]}"),
    ("curl -H 'Authorization: Bearer ", "' https://service.invalid/v1\n"),
    ("export KEY=", "\nmake all\n"),
    ("first line\\n", "\\nlast line"),
    ("# see (", ")."),
    ("grüße über é ", " ß"),
];

/// A made token.
fn sample(template: &str, seed: u64) -> Sample {
    template::expand(template, seed).unwrap()
}

/// Ids and spans of what is found.
fn found(text: &str) -> Vec<(&'static str, Range<usize>)> {
    secrets::scan(text.as_bytes()).into_iter().map(|hit| (hit.rule.id, hit.span)).collect()
}

fn rule(id: &str) -> &'static Rule {
    secrets::rules().iter().find(|rule| rule.id == id).unwrap()
}
