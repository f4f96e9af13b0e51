//! A document lies among the commands.
//!
//! ## What
//! Reports files like `README.md` without frontmatter in a commands folder.
//!
//! ## Why
//! Every Markdown file of that folder becomes a command: `/README` sends the document to Claude.
//!
//! ## Example
//! ```text
//! .claude/commands/README.md
//! ```
//!
//! ## Fix
//! Move the file out of the folder.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's list of commands, 2026-11-26: `README` is one.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "command-stray-document",
    source: include_str!("command_stray_document.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Command], check),
};

const DOCUMENTS: &[&str] = &["readme", "changelog", "contributing", "license", "licence"];

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let document = DOCUMENTS.iter().any(|name| file.stem().eq_ignore_ascii_case(name));
    if document && file.loaded && file.front().is_none() {
        let name = bundle.bare_name(file).unwrap_or_default();
        out.of(file, format!("the client makes a command `/{name}` of this document"))
            .help("move it out of the commands folder");
    }
}
