//! A permission rule is one that the client skips.
//!
//! ## What
//! Reports entries of `permissions.allow`, `deny` and `ask` that are no text, empty, not `Tool` or `Tool(content)`, with empty brackets, a
//! tool in lower case, brackets behind an MCP tool, or `:*` without a prefix.
//!
//! ## Why
//! The client leaves the rule out and goes on: what it was to refuse is not refused.
//!
//! ## Example
//! ```json
//! {"permissions": {"deny": ["Bash(rm -rf *)*"]}}
//! ```
//!
//! ## Fix
//! Write `Tool` or `Tool(content)`; the closing bracket is the last character.
//!
//! ## Source
//! Sessions of Claude Code 2.1.330 with each of these forms, 2026-11-26: "Invalid permission rule … was skipped".

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "settings-permission-invalid",
    source: include_str!("settings_permission_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Settings], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (_, node) in super::permissions(file) {
        let Some(rule) = node.as_str() else {
            out.at(file, node.span.clone(), format!("a rule is a text, not {}", node.type_name()))
                .help("the client leaves it out");
            continue;
        };
        if let Some((problem, help)) = problem(rule) {
            let finding =
                out.at(file, node.span.clone(), format!("the client skips `{rule}`: {problem}"));
            finding.help(help);
            let tool = rule.split('(').next().unwrap_or_default();
            let right = client::TOOLS.iter().find(|known| known.eq_ignore_ascii_case(tool));
            if let Some(right) = right.filter(|right| **right != tool)
                && let Some(place) = edit::part(file, node, 0..tool.len())
            {
                finding.fix(Fix::replace(place, *right, format!("write `{right}`")).intended());
            }
        }
    }
}

/// What the client has against a rule, and the way out.
fn problem(rule: &str) -> Option<(&'static str, String)> {
    if rule.trim().is_empty() {
        return Some(("it is empty", "remove it".to_owned()));
    }
    let (tool, content) = match rule.split_once('(') {
        None if rule.contains(')') => ("", None),
        None => (rule, Some(None)),
        Some((tool, rest)) => {
            let content = rest.strip_suffix(')').filter(|_| !tool.contains(')'));
            (tool, content.map(Some))
        }
    };
    let Some(content) = content else {
        return Some((
            "it is not of the form `Tool(content)`",
            "end it at the closing bracket".to_owned(),
        ));
    };
    if content == Some("") {
        return Some(("its brackets are empty", format!("write `{tool}`")));
    }
    if tool.is_empty() {
        return Some(("it names no tool", "put the tool before the bracket".to_owned()));
    }
    if tool.starts_with("mcp__") {
        let help = format!("write `{tool}`");
        return content.map(|_| ("rules of MCP tools have no brackets", help));
    }
    if !tool.contains('_') && tool.starts_with(|c: char| c.is_lowercase()) {
        let mut letters = tool.chars();
        let upper: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        return Some(("names of tools begin with a capital", format!("write `{upper}`")));
    }
    let empty_prefix = matches!(tool, "Bash" | "PowerShell") && content == Some(":*");
    empty_prefix.then(|| ("nothing stands before `:*`", "name a command: `Bash(git *)`".to_owned()))
}
