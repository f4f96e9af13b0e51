//! A gate file says what Portcullis does not understand.
//!
//! ## What
//! Reports files of `gates/` and `gates/stacks/` with unknown keys, wrong types, another name than the file's, a check that stands
//! twice, or a verdict without roles.
//!
//! ## Why
//! Portcullis compiles these files in: with a wrong one it is not built.
//!
//! ## Example
//! ```yaml
//! gate: test
//! order: first
//! ```
//!
//! ## Fix
//! Correct what is named; a neighbouring file shows the form.
//!
//! ## Source
//! The types that read these files (`src/gate/catalog/model.rs`), 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::gate::catalog::model::{By, GateFile, StackFile};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gate-file-invalid",
    source: include_str!("gate_file_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Gate], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(data) = file.data() else { return };
    let mut say = |problem: &str| {
        let first = problem.lines().next().unwrap_or_default().to_owned();
        let line = problem.split_once("line ").and_then(|(_, rest)| {
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
        });
        let span = line.map_or_else(|| file.top(), |line| file.source.line_span(line));
        out.at(file, span, first);
    };
    if data.get("stack").is_some() {
        if let Err(error) = serde_saphyr::from_str::<StackFile>(file.text()) {
            say(&error.to_string());
        }
        return;
    }
    let gate = match serde_saphyr::from_str::<GateFile>(file.text()) {
        Ok(gate) => gate,
        Err(error) => return say(&error.to_string()),
    };
    if gate.gate != file.stem() {
        say(&format!("`gate` is `{}`, and the file is called `{}`", gate.gate, file.stem()));
    }
    for (at, check) in gate.checks.iter().enumerate() {
        if gate.checks[..at].iter().any(|other| other.check == check.check) {
            say(&format!("the check `{}` stands twice", check.check));
        }
        if matches!(check.by, By::Verdict | By::Record) && check.roles.is_empty() {
            say(&format!("the check `{}` asks for a verdict and names no roles", check.check));
        }
        if check.by == By::Declared && check.key.is_empty() {
            say(&format!("the check `{}` names no `key` that is to be declared", check.check));
        }
    }
}
