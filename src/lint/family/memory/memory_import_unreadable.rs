//! An imported file cannot be read.
//!
//! ## What
//! Reports imports of folders, of files that are no text, and of files that the system does not hand out.
//!
//! ## Why
//! The client leaves such an import out without a word: what it should say never reaches the session.
//!
//! ## Example
//! ```markdown
//! @docs/architecture.png
//! ```
//!
//! ## Fix
//! Import a text file; name the files of a folder one by one.
//!
//! ## Source
//! The reading of imports in the program of Claude Code 2.1.330 (it skips every ending that is not in its list of texts), 2026-11-26.

use std::path::Path;

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "memory-import-unreadable",
    source: include_str!("memory_import_unreadable.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Memory], check),
};

/// Endings that people import and the client does not read.
const NO_TEXT: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "pdf", "doc", "docx", "xls", "xlsx", "ppt",
    "pptx", "odt", "zip", "gz", "tar", "mp3", "mp4", "mov", "wasm", "ipynb",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if !file.loaded {
        return;
    }
    for import in super::imports(file) {
        if let Some(problem) = problem(&import.path) {
            out.at(file, import.span, format!("`{}` {problem}", import.written))
                .help("import a text file");
        }
    }
}

/// Why a file that is there is not read.
fn problem(path: &Path) -> Option<&'static str> {
    if path.is_dir() {
        return Some("is a folder");
    }
    if !path.is_file() {
        return None;
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if NO_TEXT.contains(&ending.to_ascii_lowercase().as_str()) {
        return Some("is no text: the client leaves it out");
    }
    match std::fs::read(path) {
        Err(_) => Some("cannot be read"),
        Ok(bytes) => std::str::from_utf8(&bytes).is_err().then_some("is no UTF-8"),
    }
}
