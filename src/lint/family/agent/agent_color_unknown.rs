//! An agent has a colour that the client does not know.
//!
//! ## What
//! Reports agents whose `color` is none of the words the client knows.
//!
//! ## Why
//! The agent loads without a colour; nothing is said.
//!
//! ## Example
//! ```yaml
//! color: teal
//! ```
//!
//! ## Fix
//! Write one of the words shown in the help, or leave the key out.
//!
//! ## Source
//! Facts B1 (the client drops other values), 2026-11-22.

use super::one_of;
use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-color-unknown",
    source: include_str!("agent_color_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    one_of(file, "color", client::COLORS, out);
}
