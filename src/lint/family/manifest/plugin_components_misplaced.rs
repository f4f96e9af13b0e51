//! Components lie beside the manifest.
//!
//! ## What
//! Reports `agents`, `skills`, `commands` and `hooks` folders inside of `.claude-plugin`.
//!
//! ## Why
//! The client looks for them at the root of the plugin: nothing of them is loaded.
//!
//! ## Example
//! ```json
//! .claude-plugin/agents/reviewer.md
//! ```
//!
//! ## Fix
//! Move the folder to the root of the plugin.
//!
//! ## Source
//! Facts E1 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-components-misplaced",
    source: include_str!("plugin_components_misplaced.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for folder in ["agents", "skills", "commands", "hooks"] {
        if file.in_plugin() && file.dir().join(folder).is_dir() {
            out.of(file, format!("`.claude-plugin/{folder}` is not looked at"))
                .help(format!("move it to `{folder}` at the root of the plugin"));
        }
    }
}
