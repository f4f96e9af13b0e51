//! A skill or command has a key that the client does not know.
//!
//! ## What
//! Reports misspelled keys of skills and commands with the key that was probably meant, and other keys of commands
//! that the client ignores.
//!
//! ## Why
//! The client ignores the key without a word. A misspelled `allowed-tools` permits nothing, a misspelled
//! `disable-model-invocation` keeps nobody from anything.
//!
//! ## Example
//! ```yaml
//! ---
//! description: Ships a release
//! allowed_tools: Bash(git push *)
//! ---
//! ```
//!
//! ## Fix
//! Use the key the client knows, or remove it.
//!
//! ## Source
//! Facts C1, D, 2026-11-22.

use super::meant;
use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-key-unknown",
    source: include_str!("skill_key_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill, Kind::Command], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let mut own = Vec::new();
    let fields = file.fields();
    for pair in fields.map(|fields| fields.pairs()).unwrap_or_default() {
        let key = pair.key.as_str();
        if client::SKILL_KEYS.contains(&key) || client::SKILL_KEYS_INTERNAL.contains(&key) {
            continue;
        }
        match meant(key) {
            Some(meant) => {
                let word = file.kind.word();
                let message = format!("the client ignores the key `{key}` of a {word}");
                let finding = out.at(file, pair.key_span.clone(), message);
                finding.help(format!("`{meant}` is a key it knows"));
                finding.fix = fields.and_then(|fields| edit::rename(file, fields, pair, meant));
            }
            // Of skills `skill-key-portable` says it.
            None if file.kind == Kind::Command => own.push(pair),
            None => {}
        }
    }
    if let Some(finding) = super::said_once(file, &own, "the client ignores", out) {
        finding.help("remove what no other program reads").verdict(Verdict::Portability);
    }
}
