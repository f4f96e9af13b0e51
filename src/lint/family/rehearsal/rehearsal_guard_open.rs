//! A guard objects in a way that does not block.
//!
//! ## What
//! Runs each hook with recorded payloads (`--rehearse` only) and reports one that lets a harmless call pass and
//! ends with another code than 0 and 2 at a destructive one.
//!
//! ## Why
//! Exit 1 is no objection: the client shows an error and the call goes through. Such a guard looks alive for
//! months.
//!
//! ## Example
//! ```sh
//! grep -q "rm -rf" && { echo "refused" >&2; exit 1; }
//! ```
//!
//! ## Fix
//! End with 2, or print `{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", …}}`
//! and end with 0.
//!
//! ## Source
//! Facts A4, A8, A10 (Claude Code 2.1.330), 2026-11-22; a run of the hook itself.

use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule. Its findings come from `lint::rehearse`, which alone runs hooks.
pub static RULE: Rule = Rule {
    id: "rehearsal-guard-open",
    source: include_str!("rehearsal_guard_open.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Rehearsal,
};
