//! An agent asks for an isolation that does not exist.
//!
//! ## What
//! Reports agents whose `isolation` is none of the words the client knows.
//!
//! ## Why
//! The agent loads without isolation and works in the folder of the session, where it was to have one of its own.
//!
//! ## Example
//! ```yaml
//! isolation: docker
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
    id: "agent-isolation-unknown",
    source: include_str!("agent_isolation_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    one_of(file, "isolation", client::ISOLATIONS, out);
}
