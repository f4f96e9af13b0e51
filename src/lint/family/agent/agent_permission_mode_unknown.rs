//! An agent asks for a permission mode that does not exist.
//!
//! ## What
//! Reports agents whose `permissionMode` is none of the words the client knows.
//!
//! ## Why
//! The agent loads and runs in the mode of the session: an agent that was to plan only may write.
//!
//! ## Example
//! ```yaml
//! permissionMode: readonly
//! ```
//!
//! ## Fix
//! Write one of the words shown in the help, or leave the key out.
//!
//! ## Source
//! Claude Code 2.1.330, seen in a session's debug log, 2026-11-26.

use super::one_of;
use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-permission-mode-unknown",
    source: include_str!("agent_permission_mode_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    // A plugin's agent has no permission mode at all; another rule says so.
    if file.in_plugin() {
        return;
    }
    one_of(file, "permissionMode", client::PERMISSION_MODES, out);
}
