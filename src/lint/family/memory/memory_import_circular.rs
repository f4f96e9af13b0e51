//! Memory files import each other.
//!
//! ## What
//! Reports an import that leads back to the file it stands in, directly or over others.
//!
//! ## Why
//! The client reads each file once: one of the two imports does nothing, and which one depends on where it began.
//!
//! ## Example
//! ```markdown
//! @CLAUDE.md
//! ```
//!
//! ## Fix
//! Remove one of the imports.
//!
//! ## Source
//! The reading of memory files in the program of Claude Code 2.1.330, 2026-11-26.

use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-import-circular",
    source: include_str!("memory_import_circular.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if !file.loaded {
        return;
    }
    let own = clean(&file.path);
    for import in super::imports(file) {
        let back =
            import.path == own || super::reached(&import.path).iter().any(|(path, _)| *path == own);
        if back {
            out.at(file, import.span, format!("`{}` leads back to this file", import.written))
                .help("remove one of the imports; the second is not read");
        }
    }
}
