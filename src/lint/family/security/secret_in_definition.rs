//! A definition holds a secret.
//!
//! ## What
//! Reports tokens of the kinds that `portcullis scan` knows for certain. The value is never shown.
//!
//! ## Why
//! A definition is published, installed and sent to the model with every use.
//!
//! ## Example
//! ```yaml
//! env: {API_TOKEN: ghp_…}
//! ```
//!
//! ## Fix
//! Take it out and rotate it; name an environment variable in its place.
//!
//! ## Source
//! Portcullis's own secret rules, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::secrets;

/// The rule.
pub static RULE: Rule = Rule {
    id: "secret-in-definition",
    source: include_str!("secret_in_definition.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let hits = secrets::scan(file.text().as_bytes());
    for hit in hits.iter().filter(|hit| hit.tier == secrets::Tier::Block) {
        out.at(file, hit.span.clone(), format!("this is a secret of the kind {}", hit.rule.id))
            .help("take it out and rotate it; name an environment variable in its place");
    }
}
