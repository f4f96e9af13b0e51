//! A skill has a key that other harnesses refuse.
//!
//! ## What
//! Reports keys of skills that the open specification does not hold, though the client may know them.
//!
//! ## Why
//! The specification's validator and the upload to claude.ai refuse a skill with a key they do not know.
//!
//! ## Example
//! ```yaml
//! argument-hint: [file]
//! ```
//!
//! ## Fix
//! Keep the key if the skill is for Claude Code alone; else put it under `metadata`.
//!
//! ## Source
//! agentskills.io specification, read 2026-11-22 (facts C2).

use super::meant;
use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PORTABLE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-key-portable",
    source: include_str!("skill_key_portable.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: PORTABLE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let pairs = file.fields().map(|fields| fields.pairs()).unwrap_or_default();
    let refused = |key: &str| {
        // A misspelled one is `skill-key-unknown`'s.
        let known = client::SKILL_KEYS.contains(&key);
        !client::OPEN_SKILL_KEYS.contains(&key) && (known || meant(key).is_none())
    };
    let refused: Vec<_> = pairs.iter().filter(|pair| refused(&pair.key)).collect();
    if let Some(finding) = super::said_once(file, &refused, "other harnesses refuse", out) {
        finding
            .help("they know name, description, license, compatibility, metadata, allowed-tools");
    }
}
