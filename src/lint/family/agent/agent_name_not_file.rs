//! An agent's name is not its file's.
//!
//! ## What
//! Reports agents whose `name` differs from the name of their file.
//!
//! ## Why
//! The client goes by `name` alone. Who looks for the agent by its name finds another file, or none. Part of the
//! house's standard only.
//!
//! ## Example
//! ```text
//! agents/reviewer.md with `name: code-reviewer`
//! ```
//!
//! ## Fix
//! Give the file the name of the agent.
//!
//! ## Source
//! Facts B3, B4, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, Rule, STANDARD, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-name-not-file",
    source: include_str!("agent_name_not_file.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: STANDARD,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("name") else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    if name != file.stem() {
        out.at(
            file,
            node.span.clone(),
            format!("this agent is `{name}`, its file `{}`", file.stem()),
        )
        .help(format!("call the file `{name}.md`"));
    }
}
