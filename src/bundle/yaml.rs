//! YAML text to a [`Node`] with places. The only file that names the YAML parser.
//!
//! Built on the events of granit-parser, because a linter needs the place of every key and value and must
//! see a key that stands twice. Aliases are resolved within a budget, so that no document grows.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};

use super::tree::{Node, Pair, Value};

/// Most values of one document, aliases counted in full.
const MOST_NODES: usize = 50_000;
/// Deepest nesting.
const DEEPEST: usize = 64;

/// What a text holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The first document; `None` when there is nothing but blanks and comments.
    pub root: Option<Node>,
    /// Keys that stand a second time in their mapping.
    pub duplicates: Vec<(String, Range<usize>)>,
    /// How many documents there are.
    pub documents: usize,
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Byte of the file near which it was noticed.
    pub at: usize,
    /// What is wrong, in the parser's words.
    pub message: String,
}

/// Parses `text`, whose first byte stands at `offset` in its file.
///
/// # Errors
/// When it is no YAML, or nested or aliased beyond all measure.
pub fn parse(text: &str, offset: usize) -> Result<Parsed, YamlError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        offset,
        length: text.len(),
        anchors: HashMap::new(),
        duplicates: Vec::new(),
        nodes: 0,
    };
    let mut parsed = Parsed { root: None, duplicates: Vec::new(), documents: 0 };
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            Event::DocumentStart(..) => parsed.documents += 1,
            event => {
                let node = reader.node(event, span, 0)?;
                if parsed.root.is_none() {
                    parsed.root = Some(node);
                }
            }
        }
    }
    parsed.duplicates = reader.duplicates;
    Ok(parsed)
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    offset: usize,
    length: usize,
    anchors: HashMap<usize, Node>,
    duplicates: Vec<(String, Range<usize>)>,
    nodes: usize,
}

type Item<'a> = (Event<'a>, Range<usize>);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<Item<'a>>, YamlError> {
        let (offset, length) = (self.offset, self.length);
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                let (start, end) = (range.start.min(length), range.end.min(length));
                Ok(Some((event, start + offset..end.max(start) + offset)))
            }
            Some(Err(error)) => Err(YamlError {
                at: offset + error.marker().byte_offset().unwrap_or(0).min(length),
                message: error.kind().to_string(),
            }),
        }
    }

    fn content(&mut self) -> Result<Item<'a>, YamlError> {
        match self.next()? {
            Some(item) => Ok(item),
            None => Err(self.error(self.length, "the text ends inside of a value")),
        }
    }

    fn error(&self, at: usize, message: &str) -> YamlError {
        YamlError { at, message: message.to_owned() }
    }

    fn count(&mut self, by: usize, at: usize) -> Result<(), YamlError> {
        self.nodes += by;
        if self.nodes > MOST_NODES {
            return Err(
                self.error(at, "more values than any definition has; aliases multiply them")
            );
        }
        Ok(())
    }

    fn node(
        &mut self,
        event: Event<'a>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Node, YamlError> {
        self.count(1, span.start)?;
        if depth > DEEPEST {
            return Err(self.error(span.start, "nested deeper than 64 levels"));
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                let text_only = quoted || tag.is_some();
                let value = if text_only { Value::String(text.into_owned()) } else { plain(&text) };
                (Node { span, value, quoted }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                let mut end = span.end;
                loop {
                    let (event, at) = self.content()?;
                    if event == Event::SequenceEnd {
                        end = end.max(at.end.min(
                            items.last().map_or(at.end, |last: &Node| last.span.end.max(at.start)),
                        ));
                        break;
                    }
                    items.push(self.node(event, at, depth + 1)?);
                }
                let span = span.start..end;
                (Node { span, value: Value::List(items), quoted: false }, anchor)
            }
            Event::MappingStart(_, anchor, _) => {
                let mut pairs: Vec<Pair> = Vec::new();
                let mut end = span.end;
                loop {
                    let (event, at) = self.content()?;
                    if event == Event::MappingEnd {
                        end = end.max(at.start);
                        break;
                    }
                    let key = self.node(event, at, depth + 1)?;
                    let (event, at) = self.content()?;
                    let node = self.node(event, at, depth + 1)?;
                    let name = words(&key.value);
                    if pairs.iter().any(|pair| pair.key == name) {
                        self.duplicates.push((name.clone(), key.span.clone()));
                    }
                    end = end.max(node.span.end);
                    pairs.push(Pair { key: name, key_span: key.span, node });
                }
                let span = span.start..end;
                (Node { span, value: Value::Map(pairs), quoted: false }, anchor)
            }
            Event::Alias(id) => {
                let Some(mut target) = self.anchors.get(&id).cloned() else {
                    return Err(self.error(span.start, "an alias inside of its own anchor"));
                };
                self.count(size(&target), span.start)?;
                target.span = span;
                (target, 0)
            }
            _ => return Err(self.error(span.start, "a value is missing here")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(pairs) => 1 + pairs.iter().map(|pair| 1 + size(&pair.node)).sum::<usize>(),
        _ => 1,
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null | Value::Computed => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::List(_) | Value::Map(_) => "?".to_owned(),
    }
}

/// A scalar without quotes, by the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    match text.trim_start_matches(['-', '+']) {
        ".inf" | ".Inf" | ".INF" => return Value::Number(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Number(f64::NAN),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        || (digits.starts_with('.') && digits[1..].starts_with(|c: char| c.is_ascii_digit()));
    if number {
        let whole = digits.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let octal = digits.strip_prefix("0o").and_then(|oct| u64::from_str_radix(oct, 8).ok());
        if let Some(whole) = whole.or(octal) {
            return Value::Number(whole as f64);
        }
        if let Ok(number) = text.parse::<f64>() {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}
