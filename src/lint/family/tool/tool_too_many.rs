//! An agent lists many tools.
//!
//! ## What
//! Reports agents that list more than 15 tools.
//!
//! ## Why
//! Every tool costs room in each request and makes a wrong choice likelier. Part of the house's standard only.
//!
//! ## Example
//! ```yaml
//! tools: Read, Write, Edit, … (20 more)
//! ```
//!
//! ## Fix
//! Give the agent what its role needs; leave the rest to another.
//!
//! ## Source
//! The house standard, 2026-11-26; the client has no limit.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-too-many",
    source: include_str!("tool_too_many.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Low,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Most tools of one role.
const MOST: usize = 15;

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("tools") else { return };
    let count = node.words().len();
    if count > MOST {
        out.at(
            file,
            node.span.clone(),
            format!("{count} tools for one role; {MOST} are the most here"),
        )
        .help("give it what its role needs");
    }
}
