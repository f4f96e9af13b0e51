//! A schema refers to a part that is not there.
//!
//! ## What
//! Reports `$ref` to a place in the same schema that does not exist, and to a file beside it that is not there.
//!
//! ## Why
//! The whole schema cannot be used then: most readers refuse it before they look at a message.
//!
//! ## Example
//! ```json
//! {"$ref": "#/$defs/Verdict", "$defs": {}}
//! ```
//!
//! ## Fix
//! Correct the pointer, or add the definition.
//!
//! ## Source
//! JSON Schema 2020-12, core, section 8.2, 2026-11-26.

use crate::bundle::client;
use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-reference-dead",
    source: include_str!("schema_reference_dead.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Schema, Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for root in super::schemas(file) {
        super::each(root, &mut |node| {
            let Some(reference) = node.get("$ref") else { return };
            let Some(target) = reference.as_str() else { return };
            let (path, place) = target.split_once('#').unwrap_or((target, ""));
            if path.is_empty() {
                if !leads(root, place) {
                    let finding = out.at(
                        file,
                        reference.span.clone(),
                        format!("`{target}` leads nowhere in this schema"),
                    );
                    if let Some(near) = slip(root, place) {
                        finding.help(format!("`{near}` is defined"));
                    }
                }
                return;
            }
            // With an `$id` the path counts from there, and an address is not looked up.
            let plain = file.kind == Kind::Schema && !path.contains(':') && !path.starts_with('/');
            if plain && root.get("$id").is_none() && !clean(&file.dir().join(path)).exists() {
                out.at(file, reference.span.clone(), format!("there is no `{path}` beside it"));
            }
        });
    }
}

/// Whether a fragment is a JSON pointer to something, or the name of an anchor.
fn leads(root: &Node, place: &str) -> bool {
    if place.is_empty() {
        return true;
    }
    let Some(pointer) = place.strip_prefix('/') else {
        let mut found = false;
        super::each(root, &mut |node| {
            let named = ["$anchor", "$dynamicAnchor", "$id", "id"].iter().any(|key| {
                node.get(key)
                    .and_then(Node::as_str)
                    .is_some_and(|name| name.trim_start_matches('#') == place)
            });
            found |= named;
        });
        return found;
    };
    let mut node = root;
    for step in pointer.split('/') {
        if node.get("...").is_some() {
            return true;
        }
        let name =
            step.replace("%24", "$").replace("%25", "%").replace("~1", "/").replace("~0", "~");
        let item = || node.items().get(name.parse::<usize>().ok()?);
        match node.get(&name).or_else(item) {
            Some(next) => node = next,
            None => return false,
        }
    }
    true
}

/// A definition that is nearly called so.
fn slip<'a>(root: &'a Node, place: &str) -> Option<&'a str> {
    let name = place.rsplit('/').next()?;
    let defined = ["$defs", "definitions"].iter().filter_map(|key| root.get(key));
    let names: Vec<&str> = defined.flat_map(Node::pairs).map(|pair| pair.key.as_str()).collect();
    client::nearest(name, &names)
}
