//! One tree for the values of YAML and JSON, each with its place in the file.

use std::ops::Range;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Bytes of the file that hold it.
    pub span: Range<usize>,
    /// What it is.
    pub value: Value,
    /// Whether it is a text in quotes or in a block.
    pub quoted: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// A part of a script that is no literal, so that nothing is known of it.
    Computed,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A text, its escapes undone.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file; a key may stand twice.
    Map(Vec<Pair>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The key as text.
    pub key: String,
    /// Bytes of the file that hold the key.
    pub key_span: Range<usize>,
    /// The value.
    pub node: Node,
}

impl Node {
    /// The pair of a key. The last one, as every reader of the client does it.
    pub fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().rev().find(|pair| pair.key == key)
    }

    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.pair(key).map(|pair| &pair.node)
    }

    /// The value at the end of a way of keys.
    pub fn at(&self, way: &[&str]) -> Option<&Self> {
        way.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The pairs of a mapping; none of anything else.
    pub fn pairs(&self) -> &[Pair] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Number(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is `null` or nothing.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Whether it is a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// What the client calls its type in messages.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Computed => "computed",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        }
    }

    /// The texts of a list, or the parts of one text between commas (outside of brackets): the two
    /// ways in which tools and skills are listed. Each with its place.
    pub fn words(&self) -> Vec<(String, Range<usize>)> {
        match &self.value {
            Value::List(items) => items.iter().flat_map(Self::words).collect(),
            Value::String(text) => parts(text)
                .into_iter()
                .map(|(at, part)| {
                    // Escapes and folded lines shift what is behind them: then the whole value is named.
                    let quote = usize::from(self.quoted);
                    let start = self.span.start + quote + at;
                    let exact = self.span.len() == text.len() + 2 * quote;
                    let span = if exact { start..start + part.len() } else { self.span.clone() };
                    (part.to_owned(), span)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The value without its places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null | Value::Computed => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Json::from(*value as i64)
            }
            Value::Number(value) => Json::from(*value),
            Value::String(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(pairs) => Json::Object(
                pairs.iter().map(|pair| (pair.key.clone(), pair.node.to_json())).collect(),
            ),
        }
    }

    /// Whether two values mean the same, wherever they stand.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                // Of a key that stands twice the last one counts.
                fn counting(pairs: &[Pair]) -> impl Iterator<Item = &Pair> {
                    pairs.iter().enumerate().filter_map(move |(at, pair)| {
                        let later = pairs[at + 1..].iter().any(|other| other.key == pair.key);
                        (!later).then_some(pair)
                    })
                }
                counting(a).count() == counting(b).count()
                    && counting(a)
                        .zip(counting(b))
                        .all(|(a, b)| a.key == b.key && a.node.same(&b.node))
            }
            (a, b) => a == b,
        }
    }
}

/// The parts of a text between commas that stand in no brackets, with their places; without blanks
/// around them and without empty ones. A text without commas is split at blanks.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let split = |blank: bool| {
        let mut parts = Vec::new();
        let (mut depth, mut start) = (0_i32, 0);
        let mut push = |start: usize, end: usize| {
            let part = &text[start..end];
            let lead = part.len() - part.trim_start().len();
            if !part.trim().is_empty() {
                parts.push((start + lead, part.trim()));
            }
        };
        for (at, c) in text.char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ if depth > 0 => {}
                _ if c == ',' || (blank && c.is_whitespace()) => {
                    push(start, at);
                    start = at + c.len_utf8();
                }
                _ => {}
            }
        }
        push(start, text.len());
        parts
    };
    let by_comma = split(false);
    if by_comma.len() > 1 { by_comma } else { split(true) }
}
