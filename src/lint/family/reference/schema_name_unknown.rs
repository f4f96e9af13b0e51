//! A text names a schema that is not there.
//!
//! ## What
//! Reports `schemas/NAME.schema.json` in the text of a plugin that brings schemas, when the file is not among them, and
//! `portcullis schema NAME` with a name that Portcullis does not have.
//!
//! ## Why
//! A worker that is to answer in that form cannot look it up, and answers in another one.
//!
//! ## Example
//! ```markdown
//! Answer as `schemas/reveiw.schema.json` says.
//! ```
//!
//! ## Fix
//! Correct the name, or add the schema.
//!
//! ## Source
//! Portcullis itself (`portcullis schema`), 2026-11-26.

use std::sync::LazyLock;

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::cmd::schema;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-name-unknown",
    source: include_str!("schema_name_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill, Kind::Command, Kind::Reference], check),
};

/// To make the schemas costs more than to read a file: it is done once, and only where one is named.
static KNOWN: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| schema::all().into_iter().map(|(name, _)| name).collect());

const FOLDER: &str = "schemas/";
const ENDING: &str = ".schema.json";
const CALL: &str = "portcullis schema ";

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let (body, start) = (file.body(), file.body_start());
    for at in search::places(body, ENDING) {
        let end = at + ENDING.len();
        let word = body[..at].rfind(|c: char| !is_name(c)).map_or(0, |before| before + 1);
        let name = &body[word..at];
        let folder = body[..word].ends_with(FOLDER) && !body[..word].ends_with("/schemas/");
        let there: Vec<&str> = bundle
            .of_root(Kind::Schema, file.root)
            .filter_map(|schema| schema.file_name().strip_suffix(ENDING))
            .collect();
        if folder && !name.is_empty() && !there.is_empty() && !there.contains(&name) {
            say(file, start + word..start + end, name, &there, out);
        }
    }
    for at in search::places(body, CALL) {
        let word = at + CALL.len();
        let rest = &body[word..];
        let name = &rest[..rest.find(|c: char| !is_name(c)).unwrap_or(rest.len())];
        // In prose the words go on: `portcullis schema prints …`.
        if !body[..at].ends_with('`') || name.is_empty() {
            continue;
        }
        if !KNOWN.contains(&name) {
            say(file, start + word..start + word + name.len(), name, &KNOWN, out);
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn say(
    file: &File,
    span: std::ops::Range<usize>,
    name: &str,
    known: &[&str],
    out: &mut Findings<'_>,
) {
    let finding = out.at(file, span, format!("there is no schema `{name}`"));
    match client::nearest(name, known) {
        Some(near) => finding.help(format!("`{near}` is one")),
        None => finding.help(format!("there are {}", known.join(", "))),
    };
}
