//! The same hook stands twice.
//!
//! ## What
//! Reports a handler that stands a second time at one event with the same matcher.
//!
//! ## Why
//! Identical handlers of one source run once; the second one has no effect, and a later change of one of them makes
//! two.
//!
//! ## Example
//! ```json
//! {"hooks": {"Stop": [{"hooks": [A, A]}]}}
//! ```
//!
//! ## Fix
//! Remove one.
//!
//! ## Source
//! Facts A5 (2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::tree::Node;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-duplicate",
    source: include_str!("hook_duplicate.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let all = super::handlers(file);
    for (index, handler) in all.iter().enumerate() {
        let matcher = |group: &Node| {
            group.get("matcher").and_then(|node| node.as_str()).unwrap_or_default().to_owned()
        };
        let twin = all[..index].iter().find(|other| {
            other.event == handler.event
                && other.node.same(handler.node)
                && matcher(other.group) == matcher(handler.group)
        });
        if let Some(twin) = twin {
            let finding =
                out.at(file, handler.node.span.clone(), "this handler stands twice; it runs once");
            finding.also(twin.node.span.clone(), "the first one").help("remove one");
            let list = handler.group.get("hooks").map(Node::items).unwrap_or_default();
            let spans: Vec<_> = list.iter().map(|node| node.span.clone()).collect();
            let at = spans.iter().position(|span| *span == handler.node.span);
            if file.kind.is_json()
                && let Some(place) = at.and_then(|at| edit::item(&spans, at))
            {
                finding.fix(Fix::remove(place, "remove it").intended());
            }
        }
    }
}
