//! The program of a hook may not be executed.
//!
//! ## What
//! Reports programs of hooks that are started directly, lie in the plugin or project, and have no executable bit.
//!
//! ## Why
//! The system refuses to start it: the client shows an error, and the call that it should judge goes through.
//!
//! ## Example
//! ```sh
//! chmod 644 hooks/guard.sh
//! ```
//!
//! ## Fix
//! `chmod +x` the file (`git update-index --chmod=+x` where the file system has no such bit), or start it through its
//! interpreter: `sh "${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh"`.
//!
//! ## Source
//! execve(2), EACCES; facts A10: an exit other than 0 and 2 is no decision (Claude Code 2.1.330), 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::{Change, Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-script-not-executable",
    source: include_str!("hook_script_not_executable.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    for (handler, path) in super::scripts(file, bundle) {
        if !path.is_file() || executable(&path) {
            continue;
        }
        let span = handler.line();
        let shown = crate::bundle::load::shown(&path, &bundle.root(file).dir);
        out.at(file, span, format!("`{shown}` has no executable bit, so the hook cannot start"))
            .help("make it executable, or start it through its interpreter")
            .fix(Fix::program(path, Change::Executable, "make the program executable"));
    }
}

#[cfg(unix)]
fn executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(_path: &std::path::Path) -> bool {
    true
}
