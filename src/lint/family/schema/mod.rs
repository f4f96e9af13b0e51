//! Rules about JSON Schemas: those of a plugin's messages, and those in workflow scripts.

use crate::bundle::file::File;
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::rule::Rule;

pub mod schema_invalid;
pub mod schema_reference_dead;
pub mod schema_unsatisfiable;

/// The rules of this family.
pub static RULES: &[&Rule] =
    &[&schema_invalid::RULE, &schema_reference_dead::RULE, &schema_unsatisfiable::RULE];

/// The types of JSON Schema.
const TYPES: &[&str] = &["object", "array", "string", "number", "integer", "boolean", "null"];

/// The schemas of a file: the file itself, or what a workflow script asks its agents to answer in.
fn schemas(file: &File) -> Vec<&Node> {
    if file.kind == Kind::Schema {
        return file.data().into_iter().collect();
    }
    let Some(script) = file.script() else { return Vec::new() };
    let constants = script.constants.iter().map(|(_, node)| node).filter(|node| {
        let kind = node.get("type").and_then(Node::as_str);
        kind.is_some_and(|kind| TYPES.contains(&kind)) || node.get("properties").is_some()
    });
    let values = script.calls.iter().flat_map(|call| &call.arguments);
    let asked = values.filter_map(|(_, value)| value.as_ref()?.get("schema"));
    let mut all: Vec<&Node> = constants.chain(asked).filter(|node| node.is_map()).collect();
    all.sort_by_key(|node| (node.span.start, node.span.end));
    all.dedup_by_key(|node| node.span.clone());
    all
}

/// Keywords whose value is one schema.
const ONE: &[&str] =
    &["items", "additionalProperties", "contains", "propertyNames", "additionalItems"];
/// Keywords whose value is a list of schemas.
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems", "items"];
/// Keywords whose value is a map of schemas.
const MAPS: &[&str] = &["properties", "patternProperties", "$defs", "definitions"];

/// A schema and every one in it; what stands in `if`, `then`, `else` and `not` may well fit nothing.
fn each<'a>(schema: &'a Node, look: &mut dyn FnMut(&'a Node)) {
    if !schema.is_map() {
        return;
    }
    look(schema);
    for node in ONE.iter().filter_map(|key| schema.get(key)) {
        each(node, look);
    }
    for node in LISTS.iter().filter_map(|key| schema.get(key)).flat_map(Node::items) {
        each(node, look);
    }
    for pair in MAPS.iter().filter_map(|key| schema.get(key)).flat_map(Node::pairs) {
        each(&pair.node, look);
    }
}
