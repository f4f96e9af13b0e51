//! A manifest value has a type that is refused.
//!
//! ## What
//! Reports manifest keys whose value the client's validator refuses: an `author` that is no object with a name, a
//! `repository` that is no text, `keywords` that are no list of texts, a `version` that is a number.
//!
//! ## Why
//! Some of them take the whole plugin with them (`version`, component paths); the others stop the validator, and
//! with it every CI that runs it.
//!
//! ## Example
//! ```json
//! {"name": "tools", "author": "me"}
//! ```
//!
//! ## Fix
//! Write the value in the form that the help says.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E2, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "plugin-value-type",
    source: include_str!("plugin_value_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Plugin], check),
};

/// Keys, the type that they must have, and whether a value has it.
type Form = (&'static [&'static str], &'static str, fn(&Node) -> bool);

/// Keys that must be texts.
const TEXTS: &[&str] =
    &["version", "description", "displayName", "homepage", "repository", "license", "$schema"];
/// Keys that must be objects.
const OBJECTS: &[&str] = &["userConfig", "settings"];
/// Keys that must be lists.
const LISTS: &[&str] = &["keywords", "dependencies", "channels"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(root) = file.data() else { return };
    if !root.is_map() {
        out.of(file, format!("a manifest must be an object, and this is: {}", root.type_name()));
        return;
    }
    let mut say = |node: &Node, message: String| {
        let finding = out.at(file, node.span.clone(), message);
        if let Some((text, title)) = meant(root, node) {
            finding.fix(Fix::replace(node.span.clone(), text, title).intended());
        }
    };
    let checks: [Form; 3] = [
        (TEXTS, "a text", |node| node.as_str().is_some()),
        (OBJECTS, "an object", Node::is_map),
        (LISTS, "a list", Node::is_list),
    ];
    for (keys, word, fits) in checks {
        for (key, node) in keys.iter().filter_map(|key| Some((key, root.get(key)?))) {
            if !fits(node) {
                say(node, format!("`{key}` must be {word}, and this is: {}", node.type_name()));
            }
        }
    }
    for item in root.get("keywords").map(Node::items).unwrap_or_default() {
        if item.as_str().is_none() {
            say(item, format!("a keyword must be a text, and this is: {}", item.type_name()));
        }
    }
    for item in root.get("dependencies").map(Node::items).unwrap_or_default() {
        let named = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        let name = item.as_str().or_else(|| item.get("name").and_then(Node::as_str));
        if !name.is_some_and(named) {
            say(item, "a dependency is `name`, `name@market` or an object with `name`".to_owned());
        }
    }
    for item in root.get("channels").map(Node::items).unwrap_or_default() {
        if item.get("server").and_then(Node::as_str).is_none() {
            say(item, "a channel needs a `server`".to_owned());
        }
    }
    if let Some(node) = root.get("defaultEnabled").filter(|node| node.as_bool().is_none()) {
        say(
            node,
            format!("`defaultEnabled` must be true or false, and this is: {}", node.type_name()),
        );
    }
    if let Some(author) = root.get("author") {
        match author.get("name").map(Node::as_str) {
            _ if !author.is_map() => {
                say(
                    author,
                    format!(
                        "`author` must be an object with a `name`, and this is: {}",
                        author.type_name()
                    ),
                );
            }
            Some(Some(name)) if !name.is_empty() => {}
            _ => say(author, "`author` has no `name`".to_owned()),
        }
        for (key, node) in ["email", "url"].iter().filter_map(|key| Some((key, author.get(key)?))) {
            if node.as_str().is_none() {
                say(
                    node,
                    format!("`author.{key}` must be a text, and this is: {}", node.type_name()),
                );
            }
        }
    }
    if let Some(node) = root.get("homepage")
        && node.as_str().is_some_and(|url| !url.contains(':'))
    {
        say(node, "`homepage` is no URL".to_owned());
    }
}

/// The value in its right form, where the wrong one says the same: what npm takes, or what stands in quotes.
fn meant(root: &Node, node: &Node) -> Option<(String, &'static str)> {
    let is = |key: &str| root.get(key).is_some_and(|value| value.span == node.span);
    let json = |value: serde_json::Value| value.to_string();
    if is("repository") {
        let url = node.get("url")?.as_str()?;
        return Some((json(url.into()), "write its address alone"));
    }
    let text = node.as_str()?;
    if is("keywords") && !text.trim().is_empty() {
        let words: Vec<&str> = text.split(',').map(str::trim).filter(|w| !w.is_empty()).collect();
        return Some((json(words.into()), "write a list"));
    }
    if is("author") && !text.trim().is_empty() && !text.contains(['<', '(']) {
        return Some((json(serde_json::json!({"name": text.trim()})), "write an object"));
    }
    let switch = is("defaultEnabled") && matches!(text, "true" | "false");
    switch.then(|| (text.to_owned(), "write it without quotes"))
}
