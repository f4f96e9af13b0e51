//! A hooks file has no `hooks`.
//!
//! ## What
//! Reports a hooks file whose content is no object, or has neither `hooks` nor `modules`.
//!
//! ## Why
//! The client loads the plugin without its hooks: a guard is not there.
//!
//! ## Example
//! ```json
//! {"PreToolUse": []}
//! ```
//!
//! ## Fix
//! Put the events into `{"hooks": {…}}`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-wrapper-missing",
    source: include_str!("hook_wrapper_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data().filter(|_| file.kind == Kind::Hooks) else { return };
    let word = root.type_name();
    match root.get("hooks") {
        _ if !root.is_map() => {
            out.of(file, format!("a hooks file must be an object, and this is: {word}"));
        }
        Some(hooks) if !hooks.is_map() => {
            let word = hooks.type_name();
            out.at(
                file,
                hooks.span.clone(),
                format!("`hooks` must be an object, and this is: {word}"),
            );
        }
        Some(_) => {}
        None if root.get("modules").is_some_and(|modules| !modules.items().is_empty()) => {}
        None => {
            let finding = out.of(file, "this file has no `hooks`, so no hook of it is loaded");
            finding.help("put the events into `{\"hooks\": {…}}`");
            let pairs = root.pairs();
            if !pairs.is_empty()
                && pairs.iter().all(|pair| client::EVENTS.contains(&pair.key.as_str()))
            {
                let (start, end) = (root.span.start, root.span.end);
                let edits =
                    vec![(start..start, "{\"hooks\": ".to_owned()), (end..end, "}".to_owned())];
                finding.fix(Fix::edits(edits, "put them into `hooks`").wrapped("hooks"));
            }
        }
    }
    if let Some(node) = root.get("description").filter(|node| node.as_str().is_none()) {
        let word = node.type_name();
        out.at(
            file,
            node.span.clone(),
            format!("`description` must be a text, and this is: {word}"),
        );
    }
}
