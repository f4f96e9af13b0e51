//! A schema is none.
//!
//! ## What
//! Reports `schemas/*.schema.json` that are no JSON, and there and in workflow scripts a `type` that does not exist and keywords
//! with a value of the wrong form: `required: true`, `properties` that are a list, `minimum: "1"`.
//!
//! ## Why
//! A message cannot be judged by it; a workflow's call with it ends with an error.
//!
//! ## Example
//! ```json
//! {"type": "strnig"}
//! ```
//!
//! ## Fix
//! Correct the value that is named.
//!
//! ## Source
//! JSON Schema 2020-12, core and validation vocabularies, 2026-11-26.

use crate::bundle::client;
use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::{Node, Value};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "schema-invalid",
    source: include_str!("schema_invalid.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Schema, Kind::Workflow], check),
};

/// What the value of a keyword must be.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Schema,
    Schemas,
    SchemaOrSchemas,
    Map,
    Number,
    Text,
    Texts,
    List,
}

const KEYWORDS: &[(&str, Form)] = &[
    ("properties", Form::Map),
    ("patternProperties", Form::Map),
    ("$defs", Form::Map),
    ("definitions", Form::Map),
    ("additionalProperties", Form::Schema),
    ("propertyNames", Form::Schema),
    ("contains", Form::Schema),
    ("not", Form::Schema),
    ("items", Form::SchemaOrSchemas),
    ("prefixItems", Form::Schemas),
    ("allOf", Form::Schemas),
    ("anyOf", Form::Schemas),
    ("oneOf", Form::Schemas),
    ("enum", Form::List),
    ("required", Form::Texts),
    ("minimum", Form::Number),
    ("maximum", Form::Number),
    ("multipleOf", Form::Number),
    ("minLength", Form::Number),
    ("maxLength", Form::Number),
    ("minItems", Form::Number),
    ("maxItems", Form::Number),
    ("minProperties", Form::Number),
    ("maxProperties", Form::Number),
    ("pattern", Form::Text),
    ("format", Form::Text),
    ("$ref", Form::Text),
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::Json(error) = trouble {
            let message = error.message.trim_end_matches('.').to_lowercase();
            out.at(file, error.span.clone(), format!("no JSON: {message}"));
        }
    }
    // Draft 4 has `required: true` in properties of its predecessor, and other meanings besides.
    let draft = |root: &Node| root.get("$schema").and_then(Node::as_str).map(str::to_owned);
    for root in super::schemas(file) {
        if draft(root).is_some_and(|draft| draft.contains("draft-03")) {
            continue;
        }
        super::each(root, &mut |schema| {
            for (key, form) in KEYWORDS {
                if let Some(node) = schema.get(key).filter(|node| !is(node, *form)) {
                    let wanted = word(*form);
                    let message =
                        format!("`{key}` must be {wanted}, and this is: {}", node.type_name());
                    out.at(file, node.span.clone(), message);
                }
            }
            let Some(kind) = schema.get("type") else { return };
            let names = if kind.is_list() { kind.items() } else { std::slice::from_ref(kind) };
            for node in names.iter().filter(|node| node.value != Value::Computed) {
                let name = node.as_str().unwrap_or_default();
                if super::TYPES.contains(&name) {
                    continue;
                }
                let shown = if name.is_empty() { node.type_name() } else { name };
                let finding = out.at(file, node.span.clone(), format!("`{shown}` is no type"));
                match client::nearest(name, super::TYPES) {
                    Some(near) => finding.help(format!("`{near}` is one")),
                    None => finding.help(format!("they are {}", super::TYPES.join(", "))),
                };
            }
        });
    }
}

fn is(node: &Node, form: Form) -> bool {
    let schema = node.is_map() || node.as_bool().is_some();
    match form {
        _ if node.value == Value::Computed => true,
        Form::Schema => schema,
        Form::Schemas | Form::List => node.is_list(),
        Form::SchemaOrSchemas => schema || node.is_list(),
        Form::Map => node.is_map(),
        Form::Number => node.as_number().is_some(),
        Form::Text => node.as_str().is_some(),
        Form::Texts => {
            let text = |item: &Node| item.as_str().is_some() || item.value == Value::Computed;
            node.is_list() && node.items().iter().all(text)
        }
    }
}

const fn word(form: Form) -> &'static str {
    match form {
        Form::Schema => "a schema",
        Form::Schemas => "a list of schemas",
        Form::SchemaOrSchemas => "a schema or a list of schemas",
        Form::Map => "an object of schemas",
        Form::Number => "a number",
        Form::Text => "a text",
        Form::Texts => "a list of texts",
        Form::List => "a list",
    }
}
