//! The program of a hook is not there.
//!
//! ## What
//! Reports hooks that name a file of their plugin or project which does not exist.
//!
//! ## Why
//! The hook fails at every event, and a guard is open: the client says "gave no usable answer" and goes on.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh", "args": []}
//! ```
//!
//! ## Fix
//! Add the file, or correct the path.
//!
//! ## Source
//! A session of Claude Code 2.1.330 (facts real-client), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-script-missing",
    source: include_str!("hook_script_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (handler, path) in super::scripts(file, bundle) {
        if !path.exists() {
            let span = handler.line();
            let shown = crate::bundle::load::shown(&path, &bundle.root(file).dir);
            let finding =
                out.at(file, span, format!("there is no `{shown}` in this plugin or project"));
            finding.help("add the file, or correct the path");
            // What a build makes is not in the repository, and a copy may hold definitions alone.
            let alone = bundle.of_root(Kind::Script, file.root).next().is_none();
            let built = ["dist/", "build/", "out/", "bin/", "target/", "lib/"];
            if alone
                || built.iter().any(|folder| {
                    shown.starts_with(folder) || shown.contains(&format!("/{folder}"))
                })
            {
                finding.verdict(Verdict::Warning);
            }
        }
    }
}
