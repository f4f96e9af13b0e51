//! A hook of settings names the plugin root.
//!
//! ## What
//! Reports `CLAUDE_PLUGIN_ROOT` and `CLAUDE_PLUGIN_DATA` in hooks of a settings file.
//!
//! ## Why
//! There is no plugin: the client refuses the hook.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "\"${CLAUDE_PLUGIN_ROOT}\"/x"}
//! ```
//!
//! ## Fix
//! Use `CLAUDE_PROJECT_DIR`.
//!
//! ## Source
//! Facts A5 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-root-outside-plugin",
    source: include_str!("hook_root_outside_plugin.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.kind != Kind::Settings || file.in_plugin() {
        return;
    }
    for handler in super::handlers(file) {
        let Some(node) = handler.node.get("command") else { continue };
        if node.as_str().is_some_and(|line| line.contains("CLAUDE_PLUGIN_ROOT")) {
            out.at(
                file,
                node.span.clone(),
                "settings belong to no plugin, so `CLAUDE_PLUGIN_ROOT` is not there",
            )
            .help("use `CLAUDE_PROJECT_DIR`");
        }
    }
}
