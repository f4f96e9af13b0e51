//! Compares a JSON value with a generated schema and names every field that does not fit.
//!
//! Only what our own message schemas hold is read: `type`, `properties`, `required`, `items`, `enum`, `oneOf` of constants,
//! `additionalProperties: false`, `minimum` and references into `$defs`. A test compares the answers with a full validator.

use std::fmt;

use serde_json::Value;

/// A field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `files_changed[2]`, `budget.tokens`; empty for the whole message.
    pub path: String,
    /// What is wrong there, and what would be right.
    pub text: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.text),
            path => write!(f, "{path}: {}", self.text),
        }
    }
}

/// At most this many problems are spelled out.
const MOST: usize = 8;

/// Problems as one text.
pub fn listed(problems: &[Problem]) -> String {
    let mut said: Vec<String> = problems.iter().take(MOST).map(ToString::to_string).collect();
    if problems.len() > MOST {
        said.push(format!("and {} more", problems.len() - MOST));
    }
    said.join("; ")
}

/// Every field of `value` that does not fit `schema`, in the order of the schema.
pub fn problems(schema: &Value, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    Walk { root: schema, found: &mut found }.value(schema, value, "");
    found
}

struct Walk<'a> {
    root: &'a Value,
    found: &'a mut Vec<Problem>,
}

impl Walk<'_> {
    fn say(&mut self, path: &str, text: impl Into<String>) {
        self.found.push(Problem::new(path, text));
    }

    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let schema = self.resolved(schema);
        if let Some(allowed) = constants(schema) {
            if !allowed.contains(&value) {
                let known: Vec<String> = allowed.iter().map(|one| shown(one)).collect();
                self.say(path, format!("{} is none of {}", shown(value), known.join(", ")));
            }
            return;
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|name| is(value, name)) {
            let wanted: Vec<&str> =
                types.iter().filter(|name| **name != "null").map(|name| article(name)).collect();
            let text = format!("wanted {}, found {}", wanted.join(" or "), shown(value));
            return self.say(path, text);
        }
        if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
            && number < least
        {
            self.say(path, format!("{number} is less than {least}"));
        }
        if let Some(fields) = value.as_object() {
            self.object(schema, fields, path);
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for (index, item) in values.iter().enumerate() {
                self.value(items, item, &format!("{path}[{index}]"));
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &serde_json::Map<String, Value>, path: &str) {
        let at = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.say(&at(name), "is missing");
            }
        }
        let Some(known) = schema["properties"].as_object() else { return };
        for (name, field) in known {
            if let Some(value) = fields.get(name) {
                self.value(field, value, &at(name));
            }
        }
        if schema["additionalProperties"] == Value::Bool(false) {
            for name in fields.keys().filter(|name| !known.contains_key(*name)) {
                let fields: Vec<&str> = known.keys().map(String::as_str).collect();
                self.say(&at(name), format!("no such field; known: {}", fields.join(", ")));
            }
        }
    }

    fn resolved<'b>(&self, schema: &'b Value) -> &'b Value
    where
        Self: 'b,
    {
        let pointer = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        // The root lives as long as every part of it that is handed in.
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }
}

/// The values that a schema lists, when it lists them.
fn constants(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(listed) = schema["enum"].as_array() {
        return Some(listed.iter().collect());
    }
    let one_of = schema["oneOf"].as_array()?;
    one_of.iter().map(|one| one.get("const")).collect()
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        // As JSON Schema has it, 1.0 is an integer; as serde has it, it is none.
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn article(name: &str) -> &'static str {
    match name {
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "an object",
        _ => "something else",
    }
}

/// A value as a message names it; long texts are cut, lists and objects are named only.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 40 => {
            format!("\"{}…\"", text.chars().take(40).collect::<String>())
        }
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::Null => "null".to_owned(),
        plain => plain.to_string(),
    }
}
