//! A comment that allows a finding allows none.
//!
//! ## What
//! Finds `portcullis-allow` comments that hide no finding: the rule does not exist, the reason is missing, or there is
//! nothing left to allow.
//!
//! ## Why
//! A suppression that outlives its cause hides the next problem of the same kind.
//!
//! ## Example
//! ```markdown
//! <!-- portcullis-allow: agent-tool-unknown our MCP server adds it -->
//! ```
//! on a line whose tools are all known.
//!
//! ## Fix
//! Remove the comment, correct the rule's id, or add the reason behind the id.
//!
//! ## Source
//! Portcullis itself, 2026-11-26.

use std::ops::Range;

use crate::bundle::file::Bundle;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from the run itself, which alone knows what was allowed.
pub static RULE: Rule = Rule {
    id: "allow-unused",
    source: include_str!("allow_unused.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[], |_, _, _| {}),
};

/// Says that one comment allows nothing.
pub(in crate::lint) fn say(
    bundle: &Bundle,
    file: usize,
    span: &Range<usize>,
    rule: &str,
    reason: &str,
    out: &mut Findings<'_>,
) {
    let file = &bundle.files[file];
    if crate::lint::rule(rule).is_none() {
        out.at(file, span.clone(), format!("no rule is called `{rule}`"))
            .help("`portcullis explain` lists the rules");
    } else if reason.is_empty() {
        out.at(file, span.clone(), format!("this comment gives no reason to allow `{rule}`"))
            .help("write the reason behind the rule's id; until then it allows nothing");
    } else {
        out.at(
            file,
            span.clone(),
            format!("this comment allows `{rule}`, which finds nothing here"),
        )
        .help("remove it");
    }
}
