//! No value fits a schema.
//!
//! ## What
//! Reports schemas in `schemas/*.schema.json` and in workflow scripts that contradict themselves: a required property that
//! `additionalProperties: false` forbids, a least value above the greatest, an `enum` without members or without one of the
//! `type`, types that exclude each other.
//!
//! ## Why
//! Every answer is refused: a worker that has to answer in that form tries until it gives up.
//!
//! ## Example
//! ```json
//! {"type": "object", "properties": {"a": {}}, "required": ["b"], "additionalProperties": false}
//! ```
//!
//! ## Fix
//! Remove one of the two parts that exclude each other.
//!
//! ## Source
//! JSON Schema 2020-12, validation and applicator vocabularies, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::{Node, Value};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-unsatisfiable",
    source: include_str!("schema_unsatisfiable.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Schema, Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for schema in super::schemas(file) {
        super::each(schema, &mut |node| {
            for (place, message) in contradictions(node) {
                out.at(file, place.span.clone(), message)
                    .help("remove one of the parts that exclude each other");
            }
        });
    }
}

/// Least and greatest of one thing; whether equal ones leave nothing.
const BOUNDS: &[(&str, &str, bool)] = &[
    ("minimum", "maximum", false),
    ("minimum", "exclusiveMaximum", true),
    ("exclusiveMinimum", "maximum", true),
    ("exclusiveMinimum", "exclusiveMaximum", true),
    ("minLength", "maxLength", false),
    ("minItems", "maxItems", false),
    ("minProperties", "maxProperties", false),
    ("minContains", "maxContains", false),
];

/// What one schema says against itself, and where.
fn contradictions(node: &Node) -> Vec<(&Node, String)> {
    let mut found = Vec::new();
    // What is spread into it may say anything.
    if node.get("...").is_some() {
        return found;
    }
    for (low, high, strict) in BOUNDS {
        let number = |key: &str| node.get(key).and_then(Node::as_number);
        let (Some(least), Some(most)) = (number(low), number(high)) else { continue };
        if least > most || (*strict && least >= most) {
            let place = node.get(low).unwrap_or(node);
            found.push((place, format!("`{low}` {least} leaves nothing below `{high}` {most}")));
        }
    }
    found.extend(forbidden(node));
    if let Some(list) = node.get("enum").filter(|list| list.is_list()) {
        let members = list.items();
        if members.is_empty() {
            found.push((list, "an `enum` without members fits nothing".to_owned()));
        } else if let Some(types) = types(node)
            && !members.iter().any(|member| fits(member, &types))
        {
            found.push((list, format!("no member of `enum` is of type {}", types.join(" or "))));
        }
    }
    if let Some(value) = node.get("const") {
        let listed = node.get("enum").map(Node::items).unwrap_or_default();
        let unsure = listed.iter().any(|member| member.value == Value::Computed);
        if types(node).is_some_and(|types| !fits(value, &types)) {
            found.push((value, "`const` is of another type than `type`".to_owned()));
        } else if !listed.is_empty() && !unsure && !listed.iter().any(|other| other.same(value)) {
            found.push((value, "`const` is no member of `enum`".to_owned()));
        }
    }
    if let Some(parts) = node.get("allOf") {
        let mut left = types(node);
        for part in parts.items() {
            let Some(more) = types(part) else { continue };
            left = Some(match left {
                None => more,
                Some(known) => known.into_iter().filter(|name| is_among(name, &more)).collect(),
            });
        }
        if left.is_some_and(|left| left.is_empty()) {
            found.push((parts, "the types of `allOf` exclude each other".to_owned()));
        }
    }
    found
}

/// Required properties that no object can have.
fn forbidden(node: &Node) -> Vec<(&Node, String)> {
    let closed = node.get("additionalProperties").and_then(Node::as_bool) == Some(false)
        && node.get("patternProperties").is_none();
    let properties = node.get("properties");
    if properties.is_some_and(|map| !map.is_map() || map.get("...").is_some()) {
        return Vec::new();
    }
    let required = node.get("required").map(Node::items).unwrap_or_default();
    let mut found = Vec::new();
    for item in required {
        let Some(name) = item.as_str() else { continue };
        let property = properties.and_then(|map| map.get(name));
        if property.and_then(Node::as_bool) == Some(false) {
            found.push((item, format!("`{name}` is required, and its schema is `false`")));
        } else if property.is_none() && closed {
            let message = format!(
                "`{name}` is required, and `additionalProperties: false` forbids it: it is none of `properties`"
            );
            found.push((item, message));
        }
    }
    found
}

/// The types that a schema allows; none when it does not say, or not plainly.
fn types(node: &Node) -> Option<Vec<&str>> {
    let kind = node.get("type")?;
    match kind.as_str() {
        Some(name) => Some(vec![name]),
        None => {
            let names: Vec<&str> = kind.items().iter().filter_map(Node::as_str).collect();
            (!names.is_empty() && names.len() == kind.items().len()).then_some(names)
        }
    }
}

fn is_among(name: &str, types: &[&str]) -> bool {
    types.contains(&name)
        || (name == "integer" && types.contains(&"number"))
        || (name == "number" && types.contains(&"integer"))
}

fn fits(value: &Node, types: &[&str]) -> bool {
    match &value.value {
        Value::Computed => true,
        Value::Number(number) if number.fract() == 0.0 => is_among("integer", types),
        _ => types.contains(&value.type_name()),
    }
}
