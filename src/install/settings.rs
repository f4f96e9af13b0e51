//! Puts our hook entries into a settings file and takes them out, leaving the rest as it stands:
//! order, spacing, comments, line ends, other hooks, unknown keys.

use std::path::Path;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::Value;

use crate::bundle::json::STRICT;

use super::Obstacle;
use super::wiring::{self, Form};

/// Path in the project.
pub const FILE: &str = ".claude/settings.json";

const BOM: &str = "\u{feff}";

/// The text with our entries in it, and no others of ours. The same text when they are there.
///
/// # Errors
/// When `text` is no settings file; `file` is named then.
pub fn merge(text: &str, file: &Path, form: Form) -> Result<String, Obstacle> {
    let (bom, body) = split_bom(text);
    let root = parse(body, file)?;
    if is_wired(&root, form) {
        return Ok(text.to_owned());
    }
    take_out(&root);
    let settings = root.object_value_or_create().ok_or_else(|| not_an_object(file))?;
    let Some(hooks) = settings.object_value_or_create("hooks") else {
        return Err(wrong_type(file, "hooks", "an object", settings.get("hooks")));
    };
    for event in wiring::events() {
        let Some(groups) = hooks.array_value_or_create(event.name) else {
            let key = format!("hooks.{}", event.name);
            return Err(wrong_type(file, &key, "an array", hooks.get(event.name)));
        };
        let group = serde_json::json!({ "hooks": [wiring::handler(form, event.kind)] });
        groups.append(input(&group));
        groups.ensure_multiline();
    }
    let mut merged = format!("{bom}{root}");
    if body.trim().is_empty() && !merged.ends_with('\n') {
        merged.push('\n');
    }
    Ok(merged)
}

/// The text without our entries, and without the groups, events and `hooks` that held only them.
///
/// # Errors
/// When `text` is no settings file; `file` is named then.
pub fn unmerge(text: &str, file: &Path) -> Result<String, Obstacle> {
    let (bom, body) = split_bom(text);
    let root = parse(body, file)?;
    take_out(&root);
    Ok(format!("{bom}{root}"))
}

/// Whether anything of ours is in the text.
///
/// # Errors
/// When `text` is no settings file; `file` is named then.
pub fn holds_ours(text: &str, file: &Path) -> Result<bool, Obstacle> {
    Ok(ours(&parse(split_bom(text).1, file)?).next().is_some())
}

/// The value of a settings file, comments and trailing commas allowed.
///
/// # Errors
/// When `text` is no settings file; `file` is named then.
pub fn value(text: &str, file: &Path) -> Result<Value, Obstacle> {
    Ok(parse(split_bom(text).1, file)?.value().map_or(Value::Null, |node| to_value(&node)))
}

fn split_bom(text: &str) -> (&str, &str) {
    text.strip_prefix(BOM).map_or(("", text), |body| (BOM, body))
}

/// Parses and checks the types of what we touch, so that nothing is written into a wrong file.
fn parse(text: &str, file: &Path) -> Result<CstRootNode, Obstacle> {
    let strict = ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT };
    let root = CstRootNode::parse(text, &strict).map_err(|error| {
        Obstacle::new(file, format!("is not valid JSON: {error}"), "repair it and run this again")
    })?;
    let Some(settings) = root.object_value() else {
        return if root.value().is_none() { Ok(root) } else { Err(not_an_object(file)) };
    };
    let named = |object: &CstObject, name: &str| {
        object.properties().iter().filter(|p| p.decoded_name().as_deref() == Some(name)).count()
    };
    if named(&settings, "hooks") > 1 {
        let problem = "has the key hooks twice, and the client reads only the last";
        return Err(Obstacle::new(file, problem, "make one of the two"));
    }
    let Some(property) = settings.get("hooks") else { return Ok(root) };
    let Some(hooks) = property.object_value() else {
        return Err(wrong_type(file, "hooks", "an object", Some(property)));
    };
    for property in hooks.properties() {
        let name = property.decoded_name().unwrap_or_default();
        if property.array_value().is_none() {
            let key = format!("hooks.{name}");
            return Err(wrong_type(file, &key, "an array of groups", Some(property)));
        }
        if named(&hooks, &name) > 1 {
            let problem = format!("has the key hooks.{name} twice");
            return Err(Obstacle::new(file, problem, "make one of the two"));
        }
    }
    Ok(root)
}

fn not_an_object(file: &Path) -> Obstacle {
    Obstacle::new(file, "is not a JSON object", "repair it and run this again")
}

fn wrong_type(
    file: &Path,
    key: &str,
    wanted: &str,
    property: Option<jsonc_parser::cst::CstObjectProp>,
) -> Obstacle {
    let value: String = property
        .and_then(|property| property.value())
        .map(|value| value.to_string().chars().take(40).collect())
        .unwrap_or_default();
    Obstacle::new(
        file,
        format!("{key}: {value} is not {wanted}"),
        "make it one, or remove the key, and run this again",
    )
}

/// One handler of ours and what it stands in.
struct Ours {
    event: String,
    handler: CstObject,
    handlers: CstArray,
    group: CstObject,
}

/// Every handler of ours.
fn ours(root: &CstRootNode) -> impl Iterator<Item = Ours> {
    let hooks = root.object_value().and_then(|settings| settings.object_value("hooks"));
    let mut found = Vec::new();
    for property in hooks.iter().flat_map(CstObject::properties) {
        let event = property.decoded_name().unwrap_or_default();
        let groups = property.array_value().map(|groups| groups.elements()).unwrap_or_default();
        for group in groups.iter().filter_map(CstNode::as_object) {
            let Some(handlers) = group.array_value("hooks") else { continue };
            for handler in handlers.elements().iter().filter_map(CstNode::as_object) {
                if is_ours(&handler) {
                    let (event, handlers, group) = (event.clone(), handlers.clone(), group.clone());
                    found.push(Ours { event, handler, handlers, group });
                }
            }
        }
    }
    found.into_iter()
}

fn is_ours(handler: &CstObject) -> bool {
    let value = to_value(&CstNode::from(handler.clone()));
    let (Some(command), Some(args)) = (value["command"].as_str(), value["args"].as_array()) else {
        return false;
    };
    wiring::is_ours(command, args.iter().filter_map(Value::as_str))
}

/// Whether the entries are exactly those of `form`.
fn is_wired(root: &CstRootNode, form: Form) -> bool {
    let mut found: Vec<(String, Value)> =
        ours(root).map(|ours| (ours.event, to_value(&CstNode::from(ours.group)))).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let mut wanted: Vec<(String, Value)> = wiring::events()
        .map(|event| {
            let group = serde_json::json!({ "hooks": [wiring::handler(form, event.kind)] });
            (event.name.to_owned(), group)
        })
        .collect();
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    found == wanted
}

fn take_out(root: &CstRootNode) {
    let mut events = Vec::new();
    for Ours { event, handler, handlers, group } in ours(root) {
        handler.remove();
        if handlers.elements().is_empty() {
            group.remove();
        }
        if !events.contains(&event) {
            events.push(event);
        }
    }
    let Some(settings) = root.object_value() else { return };
    let Some(property) = settings.get("hooks") else { return };
    let Some(hooks) = property.object_value() else { return };
    for event in &events {
        let Some(property) = hooks.get(event) else { continue };
        if property.array_value().is_some_and(|groups| groups.elements().is_empty()) {
            property.remove();
        }
    }
    if !events.is_empty() && hooks.properties().is_empty() {
        property.remove();
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(value) => CstInputValue::Number(value.to_string()),
        Value::String(value) => CstInputValue::String(value.clone()),
        Value::Array(values) => CstInputValue::Array(values.iter().map(input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.iter().map(|(key, v)| (key.clone(), input(v))).collect())
        }
    }
}

/// The value of a node; a later duplicate of a key wins, as in the client.
fn to_value(node: &CstNode) -> Value {
    if let Some(object) = node.as_object() {
        let entries = object.properties().into_iter().filter_map(|property| {
            let value = property.value().map_or(Value::Null, |value| to_value(&value));
            Some((property.decoded_name()?, value))
        });
        return Value::Object(entries.collect());
    }
    if let Some(array) = node.as_array() {
        return Value::Array(array.elements().iter().map(to_value).collect());
    }
    // A scalar stands in the text as JSON writes it.
    serde_json::from_str(&node.to_string()).unwrap_or(Value::Null)
}
