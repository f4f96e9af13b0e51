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
    for pair in file.fields().map(|fields| fields.pairs()).unwrap_or_default() {
        let key = pair.key.as_str();
        let known = client::SKILL_KEYS.contains(&key);
        if !client::OPEN_SKILL_KEYS.contains(&key) && (known || meant(key).is_none()) {
            out.at(
                file,
                pair.key_span.clone(),
                format!("other harnesses refuse the key `{}`", pair.key),
            )
            .help("they know name, description, license, compatibility, metadata, allowed-tools");
        }
    }
}
