//! The program of a hook does not say what runs it.
//!
//! ## What
//! Reports programs in the exec form (`args`) that are text and do not begin with `#!`.
//!
//! ## Why
//! Without a shell in between the system cannot start such a file: the hook fails, and the call goes through.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/hooks/guard.py", "args": []}
//! ```
//!
//! ## Fix
//! Write `#!/usr/bin/env python3` (or what runs it) into the first line, or name the interpreter as the command.
//!
//! ## Source
//! execve(2), ENOEXEC; facts A5, 2026-11-26.

use std::io::Read;

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-script-no-shebang",
    source: include_str!("hook_script_no_shebang.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (handler, path) in super::scripts(file, bundle) {
        if handler.node.get("args").is_none() || !is_bare_text(&path) {
            continue;
        }
        let span = handler.line();
        let shown = crate::bundle::load::shown(&path, &bundle.root(file).dir);
        out.at(file, span, format!("`{shown}` has no `#!` line, and no shell starts it"))
            .help("add the line, or name the interpreter as the command");
    }
}

/// Whether a file begins with letters that are no `#!`: machine code has other bytes among its first ones.
fn is_bare_text(path: &std::path::Path) -> bool {
    let mut first = [0; 64];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut first));
    let first = &first[..read.unwrap_or_default()];
    let text = first.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace());
    !first.is_empty() && text && first.is_ascii() && !first.starts_with(b"#!")
}
