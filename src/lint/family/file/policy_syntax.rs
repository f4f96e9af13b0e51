//! The policy is no YAML.
//!
//! ## What
//! Reports a `portcullis.yaml` that does not parse.
//!
//! ## Why
//! The gates then have no policy: the boundary checks refuse until it is repaired.
//!
//! ## Example
//! ```yaml
//! gates: [test
//! ```
//!
//! ## Fix
//! Correct the text at the place shown.
//!
//! ## Source
//! Portcullis itself, 2026-11-26.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "policy-syntax",
    source: include_str!("policy_syntax.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Policy, Kind::Gate], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::Yaml(error) = trouble {
            let end = file.source.line_span(file.source.line(error.at)).end;
            out.at(file, error.at..end, format!("no YAML: {}", error.message));
        }
    }
}
