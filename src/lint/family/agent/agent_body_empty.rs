//! An agent has no prompt.
//!
//! ## What
//! Reports agents with nothing below their frontmatter.
//!
//! ## Why
//! The text below the frontmatter is all that the agent is told of its work. Without it the agent gets the packet
//! of the caller and nothing else.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Reviews changes
//! ---
//! ```
//!
//! ## Fix
//! Write what the agent does, what it is given and what it hands back.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26: the agent loads with an empty prompt.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-body-empty",
    source: include_str!("agent_body_empty.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let named = file.fields().is_some_and(|fields| fields.get("name").is_some());
    if named && file.body().trim().is_empty() {
        out.of(file, "this agent has no prompt: nothing stands below its frontmatter")
            .help("write what it does, what it is given and what it hands back");
    }
}
