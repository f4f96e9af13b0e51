//! A hook needs a program that is not here.
//!
//! ## What
//! Runs each hook with recorded payloads (`--rehearse` only) and reports one whose program, or a program that it
//! calls, is not found.
//!
//! ## Why
//! On a machine without the program the hook fails at every event, and a guard is open.
//!
//! ## Example
//! ```sh
//! jq -r .tool_name
//! ```
//! where `jq` is not installed.
//!
//! ## Fix
//! Ship the program, test for it and say what is missing, or do without it.
//!
//! ## Source
//! Facts A4, A8, A10 (Claude Code 2.1.330), 2026-11-22; a run of the hook itself.

use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from `lint::rehearse`, which alone runs hooks.
pub static RULE: Rule = Rule {
    id: "rehearsal-program-missing",
    source: include_str!("rehearsal_program_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Rehearsal,
};
