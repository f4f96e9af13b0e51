//! A hook fails on a plain payload.
//!
//! ## What
//! Runs each hook with recorded payloads (`--rehearse` only) and reports one that ends with another code than 0 and
//! 2, or by a signal, at a harmless one.
//!
//! ## Why
//! The client shows an error at every such event and goes on without the hook.
//!
//! ## Example
//! ```sh
//! cd missing || exit 1
//! ```
//!
//! ## Fix
//! Make the hook end with 0 when it has nothing to say.
//!
//! ## Source
//! Facts A4, A8, A10 (Claude Code 2.1.330), 2026-11-22; a run of the hook itself.

use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from `lint::rehearse`, which alone runs hooks.
pub static RULE: Rule = Rule {
    id: "rehearsal-failure",
    source: include_str!("rehearsal_failure.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Rehearsal,
};
