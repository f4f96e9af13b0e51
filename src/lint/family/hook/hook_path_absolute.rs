//! A hook names a folder of one machine.
//!
//! ## What
//! Reports command lines of hooks that hold the absolute path of their own plugin or project, or a folder below
//! `/home/` or `/Users/`, in files that others get.
//!
//! ## Why
//! On every other machine, and after a move, the program is not there.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "/home/me/plugins/tools/hooks/guard.sh"}
//! ```
//!
//! ## Fix
//! Write `"${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh"`, in a project `"${CLAUDE_PROJECT_DIR}/…"`.
//!
//! ## Source
//! Facts A5 (variables of hooks, Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::tree::Node;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-path-absolute",
    source: include_str!("hook_path_absolute.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    // Settings of one person are for one machine.
    if file.file_name() == "settings.local.json" {
        return;
    }
    let root = bundle.root(file).dir.to_string_lossy().into_owned();
    let variable = if file.in_plugin() { "CLAUDE_PLUGIN_ROOT" } else { "CLAUDE_PROJECT_DIR" };
    for handler in super::handlers(file) {
        let args = handler.node.get("args");
        let words = handler.node.get("command").into_iter();
        for node in words.chain(args.map(Node::items).unwrap_or_default()) {
            let Some(line) = node.as_str() else { continue };
            let own = inside(line, &root);
            if !own && !["/home/", "/Users/"].iter().any(|home| begins(line, home)) {
                continue;
            }
            let finding = out.at(file, node.span.clone(), "this path is one machine's");
            finding.help(format!("write `${{{variable}}}/…`"));
            // In the exec form the client puts the path in; a shell does it outside of single quotes.
            if own && file.kind.is_json() && (args.is_some() || !line.contains('\'')) {
                let line = line.replace(&root, &format!("${{{variable}}}"));
                let text = serde_json::Value::from(line).to_string();
                let fix = Fix::replace(node.span.clone(), text, format!("write `${{{variable}}}`"));
                finding.fix(fix.intended());
            }
        }
    }
}

/// Whether a line holds a path below a folder, and no other one that begins alike.
fn inside(line: &str, root: &str) -> bool {
    let mut places = line.match_indices(root).peekable();
    root.len() > 1
        && places.peek().is_some()
        && places.all(|(at, _)| line[at + root.len()..].starts_with('/'))
}

/// Whether a path below a folder stands in a line.
fn begins(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '='))
    })
}
