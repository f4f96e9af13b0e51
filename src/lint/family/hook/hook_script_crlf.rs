//! The first line of a hook's program ends with a carriage return.
//!
//! ## What
//! Reports programs of hooks that are started directly and whose `#!` line ends with CR LF.
//!
//! ## Why
//! The system looks for an interpreter called `sh\r` and finds none: the hook never runs.
//!
//! ## Example
//! ```json
//! #!/bin/sh\r\n
//! ```
//!
//! ## Fix
//! Save the file with LF, and add `*.sh text eol=lf` to `.gitattributes`.
//!
//! ## Source
//! execve(2); tried with Claude Code 2.1.330, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::{Change, Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-script-crlf",
    source: include_str!("hook_script_crlf.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (handler, path) in super::scripts(file, bundle) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if first.starts_with(b"#!") && first.ends_with(b"\r") {
            let span = handler.line();
            out.at(file, span, "the `#!` line of its program ends with a carriage return")
                .help("save it with LF line ends")
                .fix(Fix::program(path, Change::LineEnds, "save the program with LF line ends"));
        }
    }
}
