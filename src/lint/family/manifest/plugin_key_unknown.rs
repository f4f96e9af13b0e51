//! A manifest has a key that the client does not know.
//!
//! ## What
//! Reports top-level keys of a manifest that the client ignores.
//!
//! ## Why
//! It has no effect: a misspelled `skill` loads no skills.
//!
//! ## Example
//! ```json
//! {"name": "tools", "skill": "./skills"}
//! ```
//!
//! ## Fix
//! Use the key that the help names, or remove it.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-key-unknown",
    source: include_str!("plugin_key_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data() else { return };
    for pair in root.pairs() {
        let key = pair.key.as_str();
        if client::PLUGIN_KEYS.contains(&key) {
            continue;
        }
        let entry = ["tags", "category", "strict", "source", "relevance"].contains(&key);
        let finding = out.at(file, pair.key_span.clone(), format!("the client ignores `{key}`"));
        match client::nearest(key, client::PLUGIN_KEYS) {
            _ if entry => finding.help("it belongs to the entry in marketplace.json"),
            Some(near) => {
                finding.help(format!("`{near}` is the key it knows"));
                finding.fix = edit::rename(file, root, pair, near);
                finding
            }
            None => finding.help("remove it, or put it into `metadata`"),
        };
    }
}
