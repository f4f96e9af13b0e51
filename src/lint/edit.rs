//! The places that fixes change: a pair or an item with its comma, a name in a list, a part of a text.

use std::ops::Range;

use crate::bundle::file::File;
use crate::bundle::tree::{Node, Pair, Value};
use crate::lint::finding::Fix;

/// Whether two names differ in case and in `-` and `_` alone, so that one is a slip of the other.
pub(in crate::lint) fn is_slip(name: &str, known: &str) -> bool {
    let letters =
        |text: &str| -> String { text.chars().filter(|c| !matches!(c, '-' | '_')).collect() };
    name != known && letters(name).eq_ignore_ascii_case(&letters(known))
}

/// Writes the key that a slip was meant to be, where the mapping does not have that one as well.
pub(in crate::lint) fn rename(file: &File, map: &Node, pair: &Pair, meant: &str) -> Option<Fix> {
    if !is_slip(&pair.key, meant) || map.get(meant).is_some() {
        return None;
    }
    let quote = if file.text()[pair.key_span.clone()].starts_with('"') { "\"" } else { "" };
    let key = format!("{quote}{meant}{quote}");
    Some(Fix::replace(pair.key_span.clone(), key, format!("write `{meant}`")).intended())
}

/// The pair of a JSON object, with the comma that goes with it.
pub(in crate::lint) fn pair(map: &Node, key: &Range<usize>) -> Option<Range<usize>> {
    let pairs = map.pairs();
    let at = pairs.iter().position(|pair| pair.key_span == *key)?;
    let own = pairs[at].key_span.start..pairs[at].node.span.end;
    Some(match (at.checked_sub(1).map(|before| &pairs[before]), pairs.get(at + 1)) {
        (_, Some(next)) => own.start..next.key_span.start,
        (Some(before), None) => before.node.span.end..own.end,
        (None, None) => own,
    })
}

/// The item of a list at an index, with the comma or the line that goes with it; none when it is the only one.
pub(in crate::lint) fn item(list: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    let own = list.get(at)?;
    match (at.checked_sub(1), list.get(at + 1)) {
        (Some(before), _) => Some(list[before].end..own.end),
        (None, Some(next)) => Some(own.start..next.start),
        (None, None) => None,
    }
}

/// A name of a list of names (`Read, Edit`, `[Read, Edit]`, a line each), with its comma or line.
pub(in crate::lint) fn word(file: &File, node: &Node, at: usize) -> Option<Range<usize>> {
    let words = node.words();
    let spans: Vec<Range<usize>> = match &node.value {
        Value::List(items) if items.len() == words.len() => {
            items.iter().map(|item| item.span.clone()).collect()
        }
        Value::String(_) => words.iter().map(|(_, span)| span.clone()).collect(),
        _ => return None,
    };
    // Escapes and folded lines have no exact places.
    let exact = words.iter().all(|(word, span)| file.text().get(span.clone()) == Some(word));
    let place = item(&spans, at).filter(|_| exact)?;
    // A comment would go with it.
    (!file.text().get(place.clone())?.contains('#')).then_some(place)
}

/// The place of a part of a JSON or YAML text that stands as it is read; none where escapes shift it.
pub(in crate::lint) fn part(file: &File, node: &Node, part: Range<usize>) -> Option<Range<usize>> {
    let text = node.as_str()?;
    let quote = usize::from(node.quoted);
    let start = node.span.start + quote;
    let written = file.text().get(start..node.span.end.checked_sub(quote)?)?;
    (written == text).then(|| start + part.start..start + part.end)
}
