//! A hook takes long.
//!
//! ## What
//! Runs each hook with recorded payloads (`--rehearse` only) and reports one that takes more than a second, or is
//! not done at its time limit (10 s at most here).
//!
//! ## Why
//! Every call of the tool waits for it. A hook that runs into the client's limit gives no decision.
//!
//! ## Example
//! ```sh
//! npx some-linter
//! ```
//!
//! ## Fix
//! Do less at each call, or make the hook asynchronous if it guards nothing.
//!
//! ## Source
//! Facts A4, A8, A10 (Claude Code 2.1.330), 2026-11-22; a run of the hook itself.

use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from `lint::rehearse`, which alone runs hooks.
pub static RULE: Rule = Rule {
    id: "rehearsal-too-slow",
    source: include_str!("rehearsal_too_slow.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Rehearsal,
};
