//! An agent has a key that the client does not know.
//!
//! ## What
//! Reports keys of an agent's frontmatter that the client ignores, with the key that was probably meant.
//!
//! ## Why
//! The client ignores the key and says so in its debug log only. `allowed-tools` is the dangerous one: it belongs
//! to skills; in an agent it restricts nothing, and the agent inherits every tool. `triggers` is not reported: the
//! client ignores it too, and `portcullis eval triggers` reads it.
//!
//! ## Example
//! ```yaml
//! ---
//! name: reviewer
//! description: Reviews changes
//! allowed-tools: Read
//! ---
//! ```
//!
//! ## Fix
//! Use the key the client knows: `tools`.
//!
//! ## Source
//! Facts B1, 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// Words that `portcullis eval` ranks by.
const OURS: &str = "triggers";

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-key-unknown",
    source: include_str!("agent_key_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let fields = file.fields();
    for pair in fields.map(|fields| fields.pairs()).unwrap_or_default() {
        if client::AGENT_KEYS.contains(&pair.key.as_str()) || pair.key == OURS {
            continue;
        }
        let meant = match pair.key.as_str() {
            "allowed-tools" | "allowedTools" | "allowed_tools" => Some("tools"),
            "disallowed-tools" | "disallowed_tools" => Some("disallowedTools"),
            "whenToUse" | "when_to_use" | "when-to-use" => Some("description"),
            key => client::nearest(key, client::AGENT_KEYS),
        };
        let finding = out.at(
            file,
            pair.key_span.clone(),
            format!("the client ignores the key `{}` of an agent", pair.key),
        );
        match meant {
            Some(meant) => {
                finding.help(format!("`{meant}` is the key it knows"));
                finding.fix = fields.and_then(|fields| edit::rename(file, fields, pair, meant));
                finding
            }
            None => finding
                .help("remove it, or put what it says into the text below")
                .verdict(Verdict::Portability),
        };
    }
}
