//! A field of a hook handler is missing or of the wrong type.
//!
//! ## What
//! Reports handlers without the field that their type needs (`command`, `url`, `prompt`, `server`, `tool`), and
//! fields whose value the client refuses: a `timeout` that is no positive number, an `onFailure` other than
//! continue and block, a `shell` other than bash and powershell, `args` that is no list of texts.
//!
//! ## Why
//! The client drops the handler; under `PreToolUse` and `PermissionRequest` it refuses everything that holds it.
//!
//! ## Example
//! ```json
//! {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "timeout": "5"}]}]}}
//! ```
//!
//! ## Fix
//! Write the value in the form that the help says.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::file::{Bundle, File};
use crate::bundle::tree::Node;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-field-invalid",
    source: include_str!("hook_field_invalid.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let kind = handler.node.get("type").and_then(Node::as_str).unwrap_or_default();
        let needed: &[&str] = match kind {
            "command" => &["command"],
            "http" => &["url"],
            "mcp_tool" => &["server", "tool"],
            "prompt" | "agent" => &["prompt"],
            _ => continue,
        };
        let mut say = |span: std::ops::Range<usize>, message: String, fix: Option<Fix>| {
            let finding = out.at(file, span, message);
            super::weigh(finding, handler.event);
            finding.fix = fix;
        };
        // What stands in quotes and is the right value without them.
        let bare = |node: &Node, right: &dyn Fn(&str) -> bool| {
            let word = node.as_str().filter(|word| file.kind.is_json() && right(word))?;
            let title = format!("write {word} without quotes");
            Some(Fix::replace(node.span.clone(), word, title).intended())
        };
        for key in needed {
            match handler.node.get(key) {
                None => say(
                    handler.node.span.clone(),
                    format!("a handler of type {kind} needs `{key}`"),
                    None,
                ),
                Some(node) if node.as_str().is_none() => {
                    say(
                        node.span.clone(),
                        format!("`{key}` must be a text, and this is: {}", node.type_name()),
                        None,
                    );
                }
                Some(node)
                    if *key == "url" && !node.as_str().is_some_and(|url| url.contains("://")) =>
                {
                    say(node.span.clone(), "`url` is no URL".to_owned(), None);
                }
                Some(_) => {}
            }
        }
        if let Some(node) = handler.node.get("timeout")
            && !node.as_number().is_some_and(|seconds| seconds > 0.0)
        {
            let fix = bare(node, &|word| word.parse::<u32>().is_ok_and(|seconds| seconds > 0));
            let message = "`timeout` must be a number of seconds above 0";
            say(node.span.clone(), message.to_owned(), fix);
        }
        let texts = ["if", "statusMessage", "model"];
        for node in
            texts.iter().filter_map(|key| handler.node.get(key)).filter(|n| n.as_str().is_none())
        {
            let message = format!("this must be a text, and it is: {}", node.type_name());
            say(node.span.clone(), message, None);
        }
        let flags = ["async", "asyncRewake", "once"];
        for node in
            flags.iter().filter_map(|key| handler.node.get(key)).filter(|n| n.as_bool().is_none())
        {
            let message = format!("this must be true or false, and it is: {}", node.type_name());
            let fix = bare(node, &|word| matches!(word, "true" | "false"));
            say(node.span.clone(), message, fix);
        }
        if kind != "command" {
            continue;
        }
        if let Some(node) = handler.node.get("args") {
            let texts = node.is_list() && node.items().iter().all(|item| item.as_str().is_some());
            if !texts {
                say(node.span.clone(), "`args` must be a list of texts".to_owned(), None);
            }
        }
        for (key, words) in
            [("onFailure", ["continue", "block"]), ("shell", ["bash", "powershell"])]
        {
            if let Some(node) = handler.node.get(key)
                && !node.as_str().is_some_and(|word| words.contains(&word))
            {
                let message = format!("`{key}` must be {} or {}", words[0], words[1]);
                say(node.span.clone(), message, None);
            }
        }
    }
}
