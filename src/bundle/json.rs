//! JSON text to a [`Node`] with places, as strictly as the client reads it, and with the keys that stand twice.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::tree::{Node, Pair, Value};

/// What a text holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The value.
    pub root: Node,
    /// Keys that stand a second time in their object.
    pub duplicates: Vec<(String, Range<usize>)>,
}

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Bytes of the file where it was noticed.
    pub span: Range<usize>,
    /// What is wrong, in the parser's words.
    pub message: String,
}

/// Strict JSON (RFC 8259): what `JSON.parse` takes.
pub(crate) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses the text of a file.
///
/// # Errors
/// When it is no JSON.
pub fn parse(text: &str) -> Result<Parsed, JsonError> {
    // The client takes a byte order mark off before it reads.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skip = text.len() - body.len();
    let options = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let error = |start: usize, end: usize, message: String| JsonError {
        span: (start + skip).min(text.len())..(end + skip).min(text.len()),
        message,
    };
    let parsed = parse_to_ast(body, &options, &STRICT).map_err(|e| {
        let range = e.range();
        error(range.start, range.end, e.kind().to_string())
    })?;
    let Some(value) = parsed.value else {
        return Err(error(0, body.len(), "there is no value in it".to_owned()));
    };
    let mut duplicates = Vec::new();
    let root = node(value, skip, &mut duplicates);
    Ok(Parsed { root, duplicates })
}

/// The commas behind the last item of a list or object, when the text is JSON without them.
pub fn trailing_commas(text: &str) -> Option<Vec<usize>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skip = text.len() - body.len();
    let options = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let lenient = ParseOptions { allow_trailing_commas: true, ..STRICT };
    parse_to_ast(body, &options, &lenient).ok()?.value?;
    let (mut commas, mut last, mut quoted, mut escaped) = (Vec::new(), None, false, false);
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => {
                quoted = !quoted;
                last = None;
            }
            _ if quoted || byte.is_ascii_whitespace() => {}
            b',' => last = Some(at + skip),
            b']' | b'}' => commas.extend(last.take()),
            _ => last = None,
        }
    }
    Some(commas)
}

fn node(value: ast::Value<'_>, skip: usize, twice: &mut Vec<(String, Range<usize>)>) -> Node {
    let span = |range: jsonc_parser::common::Range| range.start + skip..range.end + skip;
    let place = span(value.range());
    let (value, quoted) = match value {
        ast::Value::NullKeyword(_) => (Value::Null, false),
        ast::Value::BooleanLit(lit) => (Value::Bool(lit.value), false),
        ast::Value::NumberLit(lit) => (Value::Number(lit.value.parse().unwrap_or(f64::NAN)), false),
        ast::Value::StringLit(lit) => (Value::String(lit.value.into_owned()), true),
        ast::Value::Array(array) => {
            let items = array.elements.into_iter().map(|item| node(item, skip, twice));
            (Value::List(items.collect()), false)
        }
        ast::Value::Object(object) => {
            let mut pairs: Vec<Pair> = Vec::new();
            for property in object.properties {
                let key_span = span(property.name.range());
                let key = property.name.into_string();
                if pairs.iter().any(|pair| pair.key == key) {
                    twice.push((key.clone(), key_span.clone()));
                }
                pairs.push(Pair { key, key_span, node: node(property.value, skip, twice) });
            }
            (Value::Map(pairs), false)
        }
    };
    Node { span: place, value, quoted }
}
