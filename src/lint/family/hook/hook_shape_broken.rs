//! A part of a hooks map has the wrong shape.
//!
//! ## What
//! Reports events that are no list, groups that are no object or have no list `hooks`, a `matcher` that is no text,
//! handlers that are no object.
//!
//! ## Why
//! The client drops the part. Under `PreToolUse` and `PermissionRequest` it refuses everything that holds it: the
//! whole plugin, or the settings file.
//!
//! ## Example
//! ```json
//! {"hooks": {"PreToolUse": [{"matcher": "Bash"}]}}
//! ```
//!
//! ## Fix
//! Write `"EVENT": [{"matcher": "…", "hooks": [{"type": "command", …}]}]`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::client::EVENTS;
use crate::bundle::file::{Bundle, File};
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-shape-broken",
    source: include_str!("hook_shape_broken.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for map in super::maps(file) {
        for pair in map.pairs().iter().filter(|pair| EVENTS.contains(&pair.key.as_str())) {
            let event = pair.key.as_str();
            let mut say = |node: &Node, message: String| {
                let finding = out.at(file, node.span.clone(), message);
                super::weigh(finding, event);
            };
            if pair.node.is_null() {
                out.at(file, pair.node.span.clone(), format!("`{event}` must be a list of groups"));
                continue;
            }
            if !pair.node.is_list() {
                say(
                    &pair.node,
                    format!("`{event}` must be a list, and this is: {}", pair.node.type_name()),
                );
            }
            for group in pair.node.items() {
                if !group.is_map() {
                    say(
                        group,
                        format!("a group must be an object, and this is: {}", group.type_name()),
                    );
                    continue;
                }
                if let Some(matcher) = group.get("matcher").filter(|node| node.as_str().is_none()) {
                    say(
                        matcher,
                        format!("`matcher` must be a text, and this is: {}", matcher.type_name()),
                    );
                }
                match group.get("hooks") {
                    Some(hooks) if hooks.is_list() => {
                        for handler in hooks.items().iter().filter(|handler| !handler.is_map()) {
                            let word = handler.type_name();
                            say(
                                handler,
                                format!("a handler must be an object, and this is: {word}"),
                            );
                        }
                    }
                    _ => say(group, "this group has no list `hooks`".to_owned()),
                }
            }
        }
    }
}
