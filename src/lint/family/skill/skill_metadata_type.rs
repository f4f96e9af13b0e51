//! A skill's metadata is no map of texts.
//!
//! ## What
//! Reports `metadata` that is no mapping, or holds values that are no texts.
//!
//! ## Why
//! The open specification knows a map from text to text. What another harness makes of other values is its own affair.
//!
//! ## Example
//! ```yaml
//! metadata:
//!   version: 1.0
//! ```
//!
//! ## Fix
//! Put the values in quotes.
//!
//! ## Source
//! agentskills.io specification, read 2026-11-22 (facts C2).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-metadata-type",
    source: include_str!("skill_metadata_type.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("metadata") else { return };
    if !node.is_map() {
        out.at(file, node.span.clone(), "`metadata` is a map from text to text");
        return;
    }
    for pair in node.pairs().iter().filter(|pair| pair.node.as_str().is_none()) {
        let finding = out.at(
            file,
            pair.node.span.clone(),
            format!("`{}` is no text: {}", pair.key, pair.node.type_name()),
        );
        let nested = pair.node.is_map() || pair.node.is_list();
        if nested {
            finding.help("write texts only, no lists or maps");
            continue;
        }
        finding.help("put it in quotes");
        let written = &file.text()[pair.node.span.clone()];
        if !written.is_empty() && !written.contains(['"', '\\', '\n', '*', '&']) {
            let fix =
                Fix::replace(pair.node.span.clone(), format!("\"{written}\""), "put it in quotes");
            finding.fix(fix.intended());
        }
    }
}
