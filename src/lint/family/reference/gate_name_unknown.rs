//! A text runs a gate that is not there.
//!
//! ## What
//! Reports `portcullis gate run NAME` in agents, skills, commands and workflows, when no gate has that name: neither a built-in
//! one nor one of the policy beside it. In a plugin only slips of known names: its users may define gates for it.
//!
//! ## Why
//! The call ends with an error in place of a receipt, and the boundary behind it stays closed.
//!
//! ## Example
//! ```markdown
//! Run `portcullis gate run tests`.
//! ```
//!
//! ## Fix
//! Write the name of the gate, or define it under `gates` in `portcullis.yaml`.
//!
//! ## Source
//! Portcullis itself (`portcullis gate run`), 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::gate;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "gate-name-unknown",
    source: include_str!("gate_name_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(
        &[Kind::Agent, Kind::Skill, Kind::Command, Kind::Reference, Kind::Workflow],
        check,
    ),
};

const CALL: &str = "portcullis gate run ";

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let (body, start) = (file.body(), file.body_start());
    for at in search::places(body, CALL) {
        let word = at + CALL.len();
        let rest = &body[word..];
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = &rest[..rest.find(|c| !letter(c)).unwrap_or(rest.len())];
        // What is built in is told first, an option is no gate.
        if name.is_empty() || name.starts_with('-') || gate::is_built_in(name) {
            continue;
        }
        // In prose the words go on: `portcullis gate run` writes …
        let fenced = || file.outline().is_some_and(|outline| outline.in_code(start + at));
        if !body[..at].ends_with('`') && !fenced() {
            continue;
        }
        let known = crate::lint::family::policy::gates(bundle, file.root);
        if known.iter().any(|known| known == name) {
            continue;
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let near = client::nearest(name, &known);
        // Whoever installs a plugin may define gates of his own for it.
        if near.is_none() && file.in_plugin() {
            continue;
        }
        let span = start + word..start + word + name.len();
        let finding = out.at(file, span, format!("there is no gate `{name}`"));
        match near {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => finding.help(format!("there are {}", known.join(", "))),
        };
    }
}
