//! The generated parts of `docs/messages.md`: the fields of the messages, and what the corpus holds.

use std::path::Path;

use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review};
use serde_json::Value;

use super::corpus;
use crate::generated::check_file;

/// A table of the fields of a schema, those of its objects too.
fn fields(schema: &Value) -> String {
    let mut table = String::from("| field | form | meaning |\n|---|---|---|\n");
    rows(schema, schema, "", &mut table);
    table
}

fn rows(root: &Value, object: &Value, prefix: &str, table: &mut String) {
    let required: Vec<&str> =
        object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in object["properties"].as_object().unwrap() {
        let target = resolved(root, field);
        let item = target.get("items").map(|items| resolved(root, items));
        let form = match item {
            Some(item) => format!("list of {}", form(item)),
            None => form(target),
        };
        let needed = if required.contains(&name.as_str()) { "" } else { ", may be left out" };
        let meaning = field["description"].as_str().or(target["description"].as_str());
        let meaning = meaning.unwrap_or_default().replace('\n', " ");
        table.push_str(&format!("| `{prefix}{name}` | {form}{needed} | {meaning} |\n"));
        for inner in [Some(target), item].into_iter().flatten() {
            if inner["properties"].is_object() {
                let dots = if item.is_some() { "[]." } else { "." };
                rows(root, inner, &format!("{prefix}{name}{dots}"), table);
            }
        }
    }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn form(schema: &Value) -> String {
    if let Some(words) = schema["oneOf"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| format!("`{}`", word["const"].as_str().unwrap())).collect();
        return words.join(", ");
    }
    let name = match &schema["type"] {
        Value::Array(names) => names[0].as_str().unwrap(),
        name => name.as_str().unwrap(),
    };
    match name {
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "whole number",
        "object" => "object",
        other => panic!("{other} has no word yet"),
    }
    .to_owned()
}

#[test]
fn the_page_of_messages_has_its_generated_parts() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    let mut page = std::fs::read_to_string(file).unwrap();
    for (name, text) in [
        ("packet", fields(&schemars::schema_for!(Packet).to_value())),
        ("report", fields(&schemars::schema_for!(Report).to_value())),
        ("review", fields(&schemars::schema_for!(Review).to_value())),
        ("corpus", corpus::table()),
    ] {
        let (open, close) = (format!("<!-- generated: {name} -->\n"), "<!-- /generated -->");
        let (before, rest) = page.split_once(&open).unwrap_or_else(|| panic!("no {open}"));
        let (_, after) = rest.split_once(close).unwrap();
        page = format!("{before}{open}{text}{close}{after}");
    }
    check_file("docs/messages.md", &page);
    for rule in portcullis::check::claims::CHECK.page().lines() {
        if let Some((id, _)) = rule.strip_prefix("- `").and_then(|rest| rest.split_once('`')) {
            assert!(page.contains(&format!("`{id}`")), "docs/messages.md does not name {id}");
        }
    }
}
