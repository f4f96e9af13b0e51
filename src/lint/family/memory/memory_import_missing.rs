//! An imported file is not there.
//!
//! ## What
//! Reports `@./path` and `@path/name.md` of memory files that lead to no file. Code and comments are left alone, and so are paths of the home folder.
//!
//! ## Why
//! The client reads on without it: what it was to say is never said.
//!
//! ## Example
//! ```markdown
//! See @docs/rules.md for the rules.
//! ```
//!
//! ## Fix
//! Correct the path, which counts from the folder of the file, or put the `@` in back quotes.
//!
//! ## Source
//! The reading of memory files in the program of Claude Code 2.1.330, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-import-missing",
    source: include_str!("memory_import_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if !file.loaded {
        return;
    }
    for import in super::imports(file) {
        if import.certain && !import.path.exists() {
            out.at(file, import.span, format!("there is no `{}`", import.written))
                .help("the path counts from the folder of this file");
        }
    }
}
