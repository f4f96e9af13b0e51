//! A hook's answer is not what the client reads.
//!
//! ## What
//! Runs each hook with recorded payloads (`--rehearse` only) and reports output that begins like JSON and is none,
//! or names another event than the one it was called for.
//!
//! ## Why
//! The client takes broken JSON for plain text and refuses an object of another event: the decision in it is lost.
//!
//! ## Example
//! ```sh
//! echo "{'decision': 'block'}"
//! ```
//!
//! ## Fix
//! Print one JSON object and nothing before it; `hookEventName` is the event's own name.
//!
//! ## Source
//! Facts A4, A8, A10 (Claude Code 2.1.330), 2026-11-22; a run of the hook itself.

use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from `lint::rehearse`, which alone runs hooks.
pub static RULE: Rule = Rule {
    id: "rehearsal-output-invalid",
    source: include_str!("rehearsal_output_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Rehearsal,
};
