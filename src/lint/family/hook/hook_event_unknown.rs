//! A hook is bound to an event that does not exist.
//!
//! ## What
//! Reports keys of a hooks map that are no event of the client.
//!
//! ## Why
//! The client drops the entry with a warning: the hook never runs.
//!
//! ## Example
//! ```json
//! {"hooks": {"PreToolUze": []}}
//! ```
//!
//! ## Fix
//! Correct the name of the event.
//!
//! ## Source
//! Facts A1, E4 row 13; Claude Code 2.1.330, seen 2026-11-26.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::lint::edit;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-event-unknown",
    source: include_str!("hook_event_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for map in super::maps(file) {
        for pair in map.pairs() {
            if client::EVENTS.contains(&pair.key.as_str()) {
                continue;
            }
            let finding =
                out.at(file, pair.key_span.clone(), format!("no event is called `{}`", pair.key));
            match client::nearest(&pair.key, &client::EVENTS) {
                Some(near) => {
                    finding.help(format!("`{near}` is one; as it stands the hook never runs"));
                    finding.fix = edit::rename(file, map, pair, near);
                    finding
                }
                None => finding.help("the hook never runs"),
            };
        }
    }
}
