//! An import is too deep.
//!
//! ## What
//! Reports imports of a memory file through which a file lies more than four imports away.
//!
//! ## Why
//! The client stops there without a word: what lies deeper is not read.
//!
//! ## Example
//! ```markdown
//! @one.md
//! ```
//!
//! ## Fix
//! Import the deep file directly.
//!
//! ## Source
//! The reading of memory files in the program of Claude Code 2.1.330, 2026-11-26: the file itself is level 0, and level 5 is not read.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-import-deep",
    source: include_str!("memory_import_deep.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // A file that others import is judged from where they begin.
    if !file.loaded || !matches!(file.file_name(), "CLAUDE.md" | "CLAUDE.local.md") {
        return;
    }
    for import in super::imports(file) {
        let reached = super::reached(&import.path);
        if let Some((path, _)) = reached.iter().find(|(_, level)| *level >= super::DEEPEST) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            out.at(file, import.span, format!("behind `{}`, `{name}` is too deep", import.written))
                .help(format!(
                    "the client follows {} imports; import it directly",
                    super::DEEPEST - 1
                ));
        }
    }
}
