//! The rules for definitions, and the run over a bundle.
//!
//! A rule is one file in the folder of its family, with its page in the `//!` lines and a `RULE` in it;
//! `docs/development/adding-a-rule.md` says how one is written.

mod allow;
mod edit;
pub mod family;
pub mod finding;
pub mod fix;
pub mod outcome;
pub mod rehearse;
pub mod rule;
mod search;
pub mod settings;
pub mod text;

use std::collections::BTreeMap;

use crate::bundle::file::Bundle;

use finding::{Finding, Findings};
use rule::{Check, Preset, Rule, Verdict};

pub use family::RULES;

/// Every rule, in the order of the families.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|family| family.iter().copied())
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// What is asked for.
#[derive(Debug, Default, Clone)]
pub struct Terms {
    /// Only rules of these presets; empty for all but the standard's.
    pub presets: Vec<Preset>,
    /// Other verdicts by rule; `None` switches a rule off.
    pub verdicts: BTreeMap<String, Option<Verdict>>,
    /// Whether the hooks were run, too, so that the rules about rehearsals were asked.
    pub rehearsed: bool,
}

impl Terms {
    fn holds(&self, rule: &Rule) -> bool {
        if matches!(self.verdicts.get(rule.id), Some(None))
            || (matches!(rule.check, Check::Rehearsal) && !self.rehearsed)
        {
            return false;
        }
        if self.presets.is_empty() {
            return rule.presets.iter().any(|preset| *preset != Preset::Standard);
        }
        rule.presets.iter().any(|preset| self.presets.contains(preset))
    }
}

/// Asks every rule. Findings are in order of file and place; those that a comment allows are marked.
pub fn run(bundle: &Bundle, terms: &Terms) -> Vec<Finding> {
    run_with(bundle, terms, Vec::new())
}

/// As [`run`], with findings that were made elsewhere: comments, presets and other verdicts hold for them, too.
pub fn run_with(bundle: &Bundle, terms: &Terms, more: Vec<Finding>) -> Vec<Finding> {
    let Some(first) = rules().next() else { return Vec::new() };
    let mut findings = Findings::new(bundle, first);
    let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in bundle.files.iter().filter(|file| file.asked) {
        by_kind.entry(file.kind).or_default().push(file);
    }
    for rule in rules().filter(|rule| terms.holds(rule)) {
        findings.by(rule);
        match rule.check {
            Check::Files(kinds, check) => {
                for file in kinds.iter().filter_map(|kind| by_kind.get(kind)).flatten() {
                    check(file, bundle, &mut findings);
                }
            }
            Check::Bundle(check) => check(bundle, &mut findings),
            Check::Rehearsal => {}
        }
    }
    let mut all = findings.into_all();
    all.extend(more.into_iter().filter(|finding| terms.holds(finding.rule)));
    all.retain(|finding| bundle.files[finding.file].asked);
    allow::apply(bundle, &mut all, terms);
    for finding in &mut all {
        if let Some(Some(verdict)) = terms.verdicts.get(finding.rule.id) {
            finding.verdict = *verdict;
        }
    }
    all.sort_by(|a, b| {
        (a.file, a.span.start, a.span.end, a.rule.id, &a.message).cmp(&(
            b.file,
            b.span.start,
            b.span.end,
            b.rule.id,
            &b.message,
        ))
    });
    all.dedup_by(|a, b| {
        a.rule.id == b.rule.id && a.file == b.file && a.span == b.span && a.message == b.message
    });
    all
}
