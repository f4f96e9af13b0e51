//! A document lies among the agents of a plugin.
//!
//! ## What
//! Reports files like `README.md` without frontmatter in the agents folder of a plugin.
//!
//! ## Why
//! In a plugin every Markdown file of that folder becomes an agent, named after the file, with the document as its
//! prompt. (In a project it is ignored.)
//!
//! ## Example
//! ```text
//! agents/README.md
//! ```
//!
//! ## Fix
//! Move the file out of the folder.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26. `agents/README.md` is listed as the agent
//! `p:README`.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-stray-document",
    source: include_str!("agent_stray_document.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

/// Names that nobody gives an agent.
const DOCUMENTS: &[&str] = &[
    "readme",
    "changelog",
    "contributing",
    "license",
    "licence",
    "index",
    "notes",
    "todo",
    "overview",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let document = DOCUMENTS.iter().any(|name| file.stem().eq_ignore_ascii_case(name));
    if document && file.in_plugin() && file.loaded && file.front().is_none() {
        out.of(file, format!("the client makes an agent `{}` of this document", file.stem()))
            .help("move it out of the agents folder");
    }
}
