//! A definition is larger than the client reads.
//!
//! ## What
//! Reports Markdown definitions over 1 MiB and other files over 8 MiB, which are not read here either.
//!
//! ## Why
//! The client refuses definition files over 1 MiB, so the agent, skill or command is not there.
//!
//! ## Example
//! ```text
//! agents/knowledge-base.md, 3 MB
//! ```
//!
//! ## Fix
//! Move the bulk into reference files that the definition names.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26 (facts B2): files over 1 MiB are refused.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "file-too-large",
    source: include_str!("file_too_large.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::TooLarge(length, most) = trouble {
            let finding = out.of(file, format!("{length} bytes, and {most} are read at most"));
            finding.help("move the bulk into files that the definition names");
            // What the client would do with a large file that is no definition is not known.
            if !file.kind.has_frontmatter() || file.kind == Kind::Script {
                finding.verdict(Verdict::Warning);
            }
        }
    }
}
