//! Rules about hooks, wherever they are declared.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::bundle::client::GUARD_EVENTS;
use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Finding;
use crate::lint::rule::{Rule, Verdict};

pub mod hook_async_guard;
pub mod hook_duplicate;
pub mod hook_event_unknown;
pub mod hook_field_invalid;
pub mod hook_field_unknown;
pub mod hook_if_ignored;
pub mod hook_matcher_ignored;
pub mod hook_matcher_regex;
pub mod hook_matcher_server;
pub mod hook_matcher_tool_spec;
pub mod hook_matcher_tool_unknown;
pub mod hook_on_failure_ignored;
pub mod hook_once_ignored;
pub mod hook_path_absolute;
pub mod hook_root_outside_plugin;
pub mod hook_root_unquoted;
pub mod hook_script_crlf;
pub mod hook_script_missing;
pub mod hook_script_no_shebang;
pub mod hook_script_not_executable;
pub mod hook_shape_broken;
pub mod hook_timeout_milliseconds;
pub mod hook_type_unknown;
pub mod hook_type_unsupported;
pub mod hook_user_config_in_shell;
pub mod hook_wrapper_missing;

/// The kinds of files that may declare hooks.
pub(in crate::lint) const HOLDERS: &[Kind] =
    &[Kind::Hooks, Kind::Settings, Kind::Plugin, Kind::Agent, Kind::Skill, Kind::Command];

/// Events of tools, which judge `if` and compare the matcher with the tool's name (facts A2, A4).
pub(in crate::lint) const TOOL_EVENTS: &[&str] =
    &["PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest", "PermissionDenied"];

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &hook_async_guard::RULE,
    &hook_duplicate::RULE,
    &hook_event_unknown::RULE,
    &hook_field_invalid::RULE,
    &hook_field_unknown::RULE,
    &hook_if_ignored::RULE,
    &hook_matcher_ignored::RULE,
    &hook_matcher_regex::RULE,
    &hook_matcher_server::RULE,
    &hook_matcher_tool_spec::RULE,
    &hook_matcher_tool_unknown::RULE,
    &hook_on_failure_ignored::RULE,
    &hook_once_ignored::RULE,
    &hook_path_absolute::RULE,
    &hook_root_outside_plugin::RULE,
    &hook_root_unquoted::RULE,
    &hook_script_crlf::RULE,
    &hook_script_missing::RULE,
    &hook_script_no_shebang::RULE,
    &hook_script_not_executable::RULE,
    &hook_shape_broken::RULE,
    &hook_timeout_milliseconds::RULE,
    &hook_type_unknown::RULE,
    &hook_type_unsupported::RULE,
    &hook_user_config_in_shell::RULE,
    &hook_wrapper_missing::RULE,
];

/// The maps from event to hooks that a file holds.
pub(in crate::lint) fn maps(file: &File) -> Vec<&Node> {
    let found = match file.kind {
        Kind::Hooks | Kind::Settings => file.data().and_then(|root| root.get("hooks")),
        Kind::Plugin => file.data().and_then(|root| root.get("hooks")),
        Kind::Agent | Kind::Skill | Kind::Command => file.field("hooks"),
        _ => None,
    };
    let node = match found {
        Some(node) if node.is_map() => node,
        _ => return Vec::new(),
    };
    // An inline object of a manifest may have the outer key of a hooks file.
    vec![node.get("hooks").filter(|inner| inner.is_map()).unwrap_or(node)]
}

/// One handler of a hooks map.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Handler<'a> {
    /// The event it is bound to.
    pub(in crate::lint) event: &'a str,
    /// The group it stands in: `matcher` and `hooks`.
    pub(in crate::lint) group: &'a Node,
    /// The handler itself: `type`, `command`, ….
    pub(in crate::lint) node: &'a Node,
}

/// Every handler of a file, in order.
pub(in crate::lint) fn handlers(file: &File) -> Vec<Handler<'_>> {
    let mut all = Vec::new();
    for map in maps(file) {
        for pair in map.pairs() {
            for group in pair.node.items() {
                for node in group.get("hooks").map(Node::items).unwrap_or_default() {
                    all.push(Handler { event: &pair.key, group, node });
                }
            }
        }
    }
    all
}

impl Handler<'_> {
    /// Where its command line stands; the handler itself when it has none.
    pub(in crate::lint) fn line(&self) -> Range<usize> {
        self.node.get("command").map_or(&self.node.span, |node| &node.span).clone()
    }

    /// Whether the group's matcher lets a tool through; what has no tool always passes here. (Facts A3.)
    pub(in crate::lint) fn takes(&self, tool: Option<&str>) -> bool {
        let Some(tool) = tool else { return true };
        let matcher = self.group.get("matcher").and_then(Node::as_str).unwrap_or_default();
        let names =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'|' | b',' | b' ' | b'-');
        if matcher.is_empty() || matcher == "*" {
            true
        } else if matcher.bytes().all(names) {
            let old = |name: &str| if name == "Task" { "Agent" } else { name }.to_owned();
            matcher.split(['|', ',']).any(|name| old(name.trim()) == tool)
        } else {
            regex::bytes::RegexBuilder::new(matcher)
                .unicode(false)
                .build()
                .is_ok_and(|regex| regex.is_match(tool.as_bytes()))
        }
    }
}

/// A guard that cannot be loaded takes everything with it that holds it (facts A1).
pub(in crate::lint) fn weigh(finding: &mut Finding, event: &str) {
    if GUARD_EVENTS.contains(&event) {
        finding.verdict(Verdict::Error).help("the client refuses everything that holds it");
    } else {
        finding.help("the client drops it");
    }
}

/// Every matcher that is a text: its event, its place, its text.
pub(in crate::lint) fn matchers(file: &File) -> Vec<(&str, &Node, &str)> {
    let mut all = Vec::new();
    for map in maps(file) {
        for pair in map.pairs() {
            for node in pair.node.items().iter().filter_map(|group| group.get("matcher")) {
                if let Some(text) = node.as_str() {
                    all.push((pair.key.as_str(), node, text));
                }
            }
        }
    }
    all
}

/// Whether a matcher is a list of exact names and no expression (facts A3).
pub(in crate::lint) fn is_names(matcher: &str) -> bool {
    matcher
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'|' | b',' | b' ' | b'-'))
}

/// The files of the plugin or project that hooks start directly: the first word of a line, or the program of the exec form.
pub(in crate::lint) fn scripts<'a>(file: &'a File, bundle: &Bundle) -> Vec<(Handler<'a>, PathBuf)> {
    let root = &bundle.root(file).dir;
    let mut all = Vec::new();
    for handler in handlers(file) {
        let Some(line) = handler.node.get("command").and_then(Node::as_str) else { continue };
        let exec = handler.node.get("args").is_some();
        let word = if exec { line.to_owned() } else { first_word(line) };
        let variable = if file.in_plugin() { "CLAUDE_PLUGIN_ROOT" } else { "CLAUDE_PROJECT_DIR" };
        let rest = word
            .strip_prefix(&format!("${{{variable}}}"))
            .or_else(|| word.strip_prefix(&format!("${variable}")));
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix('/')) {
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
            if !rest.is_empty() && rest.chars().all(plain) {
                all.push((handler, clean(&Path::new(root).join(rest))));
            }
        }
    }
    all
}

/// The first word of a shell line, its quotes taken off.
fn first_word(line: &str) -> String {
    let mut word = String::new();
    let mut quote = None;
    for c in line.trim_start().chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, c) if c.is_whitespace() || c == ';' => break,
            (_, c) => word.push(c),
        }
    }
    word
}
