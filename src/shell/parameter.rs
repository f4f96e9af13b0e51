//! `${…}`: defaults, substrings, prefixes and suffixes, replacement, case, length, indirection.

use tree_sitter::Node;

use super::tree::Reader;
use super::word::Fields;

/// Longest value on which patterns are tried; matching is not linear.
const LONGEST_PATTERN: usize = 4 << 10;

impl Reader<'_> {
    /// `${…}`.
    pub(super) fn expansion(
        &mut self,
        src: &str,
        node: Node<'_>,
        quoted: bool,
        fields: &mut Fields,
    ) {
        let text = src[node.byte_range()].trim_ascii_start();
        let inner = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
        let inner = inner.unwrap_or_default();
        let (indirect, inner) = match inner.strip_prefix('!') {
            Some(rest) if !rest.is_empty() => (true, rest),
            _ => (false, inner),
        };
        let (length, inner) = match inner.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                (true, rest)
            }
            _ => (false, inner),
        };
        let end = inner
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(inner.len())
            .max(usize::from(inner.starts_with(['@', '*'])));
        let (name, rest) = inner.split_at(end);
        let mut rest = rest;
        let mut value = self.value(name, fields.at_start());
        let mut list = matches!(name, "@");
        if let Some(after) = rest.strip_prefix('[')
            && let Some(close) = after.find(']')
        {
            let known = self.lookup(name).flatten();
            let index = &after[..close];
            list = index == "@";
            value = match index {
                "@" | "*" => known,
                index => known.and_then(|values| {
                    let at: isize = self.number(index)?;
                    let at = if at < 0 { at + values.len() as isize } else { at };
                    values.get(usize::try_from(at).ok()?).map(|value| vec![value.clone()])
                }),
            };
            if indirect {
                // The indices of an array.
                return fields.unknown();
            }
            rest = &after[close + 1..];
        } else if let Some(values) = &mut value
            && !matches!(name, "@" | "*")
        {
            // The plain name of an array is its first element.
            values.truncate(1);
        }
        if indirect {
            value = value
                .and_then(|values| values.first().cloned())
                .and_then(|name| self.lookup(&name).flatten());
        }
        if length {
            return match value {
                Some(values) if list => fields.quoted(&values.len().to_string()),
                Some(values) => fields.quoted(&values.concat().chars().count().to_string()),
                None => fields.unknown(),
            };
        }
        if rest.is_empty() && !name.is_empty() {
            return self.put(value, list, quoted, fields);
        }
        let operator = rest.strip_prefix(':').unwrap_or(rest);
        let colon = operator.len() != rest.len();
        let operand = self.operand(src, node, rest);
        match (operator.chars().next(), value) {
            (Some('-' | '=' | '?'), Some(value)) if !colon || !value.concat().is_empty() => {
                self.put(Some(value), list, quoted, fields);
            }
            // Unset as far as the line tells, so the default is what most likely stands there.
            (Some(sign @ ('-' | '=')), _) if !name.is_empty() => match operand {
                Some(text) => {
                    if sign == '=' {
                        self.set(name, Some(vec![text.clone()]));
                    }
                    self.text(&text, quoted, fields);
                }
                None => {
                    self.children(src, node);
                    fields.unknown();
                }
            },
            (Some('+'), Some(_)) => match operand {
                Some(text) => self.text(&text, quoted, fields),
                None => fields.unknown(),
            },
            // Unset as far as the line tells: nothing, or what stands there.
            (Some('+'), None) => {
                self.children(src, node);
                fields.unknown();
            }
            (Some(_), Some(values)) if !rest.is_empty() => {
                let changed = if colon {
                    let positional = matches!(name, "@" | "*");
                    self.slice(&values, operator, list || positional, positional)
                } else {
                    let operand = operand.unwrap_or_default();
                    values.iter().map(|value| edited(value, rest, &operand)).collect()
                };
                self.put(changed, list, quoted, fields);
            }
            _ => {
                self.children(src, node);
                fields.unknown();
            }
        }
    }

    fn put(&self, value: Option<Vec<String>>, list: bool, quoted: bool, fields: &mut Fields) {
        match value {
            None => fields.unknown(),
            Some(values) if list && quoted => fields.list(&values),
            Some(values) => self.text(&values.join(&self.separator()), quoted, fields),
        }
    }

    pub(super) fn text(&self, value: &str, quoted: bool, fields: &mut Fields) {
        match (quoted, self.scope.variables.get("IFS")) {
            (true, _) => fields.quoted(value),
            (false, None) => fields.split(value),
            // Other characters than blanks separate words.
            (false, Some(Some(marks))) => fields.split_at(value, &marks.concat()),
            (false, Some(None)) => fields.unknown(),
        }
    }

    /// What `"$*"` puts between the words.
    pub(super) fn separator(&self) -> String {
        match self.scope.variables.get("IFS") {
            Some(Some(marks)) => marks.concat().chars().take(1).collect(),
            _ => " ".to_owned(),
        }
    }

    /// The text behind the operator, when it is known: `x` of `${v:-x}`, `${v#x}`, `${v/x}`.
    fn operand(&mut self, src: &str, node: Node<'_>, rest: &str) -> Option<String> {
        let start = node.end_byte() - 1 - (rest.len() - operator_length(rest));
        let mut fields = Fields::default();
        let mut at = start;
        for child in node.children(&mut node.walk()) {
            if child.start_byte() < start || child.end_byte() > node.end_byte() - 1 {
                continue;
            }
            if child.start_byte() > at {
                fields.quoted(src.get(at..child.start_byte()).unwrap_or_default());
            }
            if child.is_named() && child.kind() != "regex" {
                self.eval(src, child, true, &mut fields);
            } else {
                fields.quoted(src.get(child.byte_range()).unwrap_or_default());
            }
            at = child.end_byte();
        }
        if at < node.end_byte() - 1 {
            fields.quoted(src.get(at..node.end_byte() - 1).unwrap_or_default());
        }
        let word = fields.joined();
        word.certain.then_some(word.text)
    }

    /// `${v:2}`, `${a[@]:1:2}`; the positional ones count from `$1`, so that `${@:1}` is all of them.
    fn slice(
        &self,
        values: &[String],
        operator: &str,
        list: bool,
        positional: bool,
    ) -> Option<Vec<String>> {
        let (offset, length) = match operator.split_once(':') {
            Some((offset, length)) => (offset, Some(self.number(length)?)),
            None => (operator, None),
        };
        let mut offset = self.number(offset)?;
        if positional {
            if offset == 0 {
                // `$0` comes first, and counts.
                let zero = self.scope.args.as_ref()?.first()?.clone();
                let all: Vec<String> = [zero].into_iter().chain(values.iter().cloned()).collect();
                return self.slice(&all, operator, true, false);
            }
            offset -= isize::from(offset > 0);
        }
        let cut = |count: usize| {
            let count = count as isize;
            let from = if offset < 0 { count + offset } else { offset }.clamp(0, count);
            let to = match length {
                None => count,
                Some(length) if length < 0 => (count + length).max(from),
                Some(length) => (from + length).min(count),
            };
            (from as usize, to as usize)
        };
        if list {
            let (from, to) = cut(values.len());
            return Some(values[from..to].to_vec());
        }
        let chars: Vec<char> = values.first()?.chars().collect();
        let (from, to) = cut(chars.len());
        Some(vec![chars[from..to].iter().collect()])
    }

    /// A small arithmetic constant: numbers, variables of the line, `+ - * / %`, left to right.
    pub(super) fn number(&self, text: &str) -> Option<isize> {
        let text = text.trim();
        let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).trim();
        if text.is_empty() || text.len() > 64 {
            return None;
        }
        if let Ok(number) = text.parse() {
            return Some(number);
        }
        for operators in [['+', '-'].as_slice(), &['*', '/', '%']] {
            if let Some(at) = text.rfind(operators).filter(|at| *at > 0) {
                let (left, right) = (self.number(&text[..at])?, self.number(&text[at + 1..])?);
                return match text.as_bytes()[at] {
                    b'+' => left.checked_add(right),
                    b'-' => left.checked_sub(right),
                    b'*' => left.checked_mul(right),
                    b'/' => left.checked_div(right),
                    _ => left.checked_rem(right),
                };
            }
        }
        let name = text.trim_start_matches('$');
        self.lookup(name).flatten()?.first()?.parse().ok()
    }
}

/// Bytes of the operator that `rest` begins with: of `:--x` two, of `##x` two, of `-x` one.
fn operator_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied();
    match bytes.first() {
        Some(b':') if matches!(second, Some(b'-' | b'=' | b'?' | b'+')) => 2,
        Some(first @ (b'#' | b'%' | b'/' | b'^' | b',')) if second == Some(*first) => 2,
        Some(b'/') if matches!(second, Some(b'#' | b'%')) => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// `${v#p}`, `${v%p}`, `${v/p/r}`, `${v^}`, `${v,,}`.
fn edited(value: &str, rest: &str, operand: &str) -> Option<String> {
    if value.len() > LONGEST_PATTERN || operand.len() > LONGEST_PATTERN {
        return None;
    }
    let bounds = |text: &str| -> Vec<usize> {
        text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
    };
    let is = |part: &str| matches(operand, part, 0);
    let ends = bounds(value);
    let prefix = |at: Option<usize>| Some(value[at.unwrap_or(0)..].to_owned());
    let suffix = |at: Option<usize>| Some(value[..at.unwrap_or(value.len())].to_owned());
    if rest.starts_with("##") {
        return prefix(ends.iter().rev().copied().find(|at| is(&value[..*at])));
    }
    if rest.starts_with('#') {
        return prefix(ends.iter().copied().find(|at| is(&value[..*at])));
    }
    if rest.starts_with("%%") {
        return suffix(ends.iter().copied().find(|at| is(&value[*at..])));
    }
    if rest.starts_with('%') {
        return suffix(ends.iter().rev().copied().find(|at| is(&value[*at..])));
    }
    if rest.starts_with('/') {
        let all = rest.starts_with("//");
        let (pattern, with) = operand.split_once('/').unwrap_or((operand, ""));
        if let Some(anchor @ (b'#' | b'%')) = rest.as_bytes().get(1) {
            let plain = !pattern.contains(['*', '?', '[', '\\']);
            let changed = match anchor {
                b'#' => value.strip_prefix(pattern).map(|tail| format!("{with}{tail}")),
                _ => value.strip_suffix(pattern).map(|head| format!("{head}{with}")),
            };
            return plain.then(|| changed.unwrap_or_else(|| value.to_owned()));
        }
        if pattern.is_empty() || pattern.contains(['*', '?', '[']) {
            return None;
        }
        return Some(if all {
            value.replace(pattern, with)
        } else {
            value.replacen(pattern, with, 1)
        });
    }
    let first = |upper: bool| {
        let mut chars = value.chars();
        let head = chars.next().map(|c| {
            if upper { c.to_uppercase().to_string() } else { c.to_lowercase().to_string() }
        });
        head.unwrap_or_default() + chars.as_str()
    };
    match rest {
        "^^" | "@U" => Some(value.to_uppercase()),
        ",," | "@L" => Some(value.to_lowercase()),
        "^" | "@u" => Some(first(true)),
        "," => Some(first(false)),
        "@E" => Some(super::word::unescape_ansi(value)),
        "@Q" => Some(super::git::quoted_all(&[super::Word::known(value)])),
        _ => None,
    }
}

/// Whether a shell pattern of `*`, `?` and plain characters is the whole of `text`.
fn matches(pattern: &str, text: &str, depth: usize) -> bool {
    if depth > 16 {
        return false;
    }
    let mut chars = pattern.chars();
    match chars.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = chars.as_str();
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| matches(rest, &text[at..], depth + 1))
        }
        Some('?') => {
            let mut rest = text.chars();
            rest.next().is_some() && matches(chars.as_str(), rest.as_str(), depth)
        }
        Some('\\') => {
            let wanted = chars.next();
            let mut rest = text.chars();
            rest.next() == wanted && matches(chars.as_str(), rest.as_str(), depth)
        }
        Some(c) => text.strip_prefix(c).is_some_and(|rest| matches(chars.as_str(), rest, depth)),
    }
}
