//! What the words of a line expand to: quotes, variables, substitutions, here-documents.

use tree_sitter::Node;

use super::Word;
use super::tree::{Reader, Stdin};
use super::word::{self, Fields};

impl Reader {
    pub(super) fn here_document(&mut self, src: &str, body: Node<'_>, quoted: bool) -> Stdin {
        if quoted {
            return Stdin::Text(src[body.byte_range()].into());
        }
        let mut fields = Fields::default();
        let mut at = body.start_byte();
        for child in body.children(&mut body.walk()) {
            if child.kind() == "heredoc_content" {
                continue;
            }
            fields.quoted(&word::unescape_double(
                src.get(at..child.start_byte()).unwrap_or_default(),
            ));
            self.eval(src, child, true, &mut fields);
            at = child.end_byte();
        }
        fields.quoted(&word::unescape_double(src.get(at..body.end_byte()).unwrap_or_default()));
        let word = fields.joined();
        if word.certain { Stdin::Text(word.text.into()) } else { Stdin::Unknown }
    }

    pub(super) fn assignment(
        &mut self,
        src: &str,
        node: Node<'_>,
    ) -> (String, Option<Vec<String>>) {
        let name_node = node.child_by_field_name("name");
        let subscript = name_node.filter(|n| n.kind() == "subscript");
        let name = subscript.and_then(|n| n.child_by_field_name("name")).or(name_node);
        let name = name.map_or(String::new(), |n| src[n.byte_range()].to_owned());
        let value = match node.child_by_field_name("value") {
            Some(array) if array.kind() == "array" => {
                let mut values = Vec::new();
                for item in array.named_children(&mut array.walk()) {
                    values.append(&mut self.words(src, item));
                }
                let known = values.iter().all(|w| w.certain);
                known.then(|| values.into_iter().map(|w| w.text).collect())
            }
            Some(value) => {
                let word = self.joined(src, value);
                word.certain.then(|| vec![word.text])
            }
            None => Some(vec![String::new()]),
        };
        if let Some(subscript) = subscript {
            // Only the elements in order are followed: `a[0]=git a[1]=push`.
            let index = subscript.child_by_field_name("index").map(|n| &src[n.byte_range()]);
            let mut all = self.lookup(&name).flatten().unwrap_or_default();
            let (Some(index), Some(mut value)) =
                (index.and_then(|i| i.parse::<usize>().ok()), value)
            else {
                return (name, None);
            };
            return match index.cmp(&all.len()) {
                std::cmp::Ordering::Greater => (name, None),
                std::cmp::Ordering::Equal => {
                    all.append(&mut value);
                    (name, Some(all))
                }
                std::cmp::Ordering::Less => {
                    all[index] = value.concat();
                    (name, Some(all))
                }
            };
        }
        let appends = node.child(1).is_some_and(|operator| operator.kind() == "+=");
        if !appends {
            return (name, value);
        }
        let before = self.lookup(&name).unwrap_or_else(|| Some(Vec::new()));
        let joined = before.zip(value).map(|(mut before, mut value)| {
            let array = node.child_by_field_name("value").is_some_and(|n| n.kind() == "array");
            match before.first_mut() {
                Some(first) if !array => first.push_str(&value.concat()),
                _ => before.append(&mut value),
            }
            before
        });
        (name, joined)
    }

    /// The value of a variable: `None` when the line does not set it.
    fn lookup(&self, name: &str) -> Option<Option<Vec<String>>> {
        self.scope.variables.get(name).cloned()
    }

    pub(super) fn words(&mut self, src: &str, node: Node<'_>) -> Vec<Word> {
        let mut fields = Fields::default();
        self.eval(src, node, false, &mut fields);
        fields.words()
    }

    pub(super) fn joined(&mut self, src: &str, node: Node<'_>) -> Word {
        let mut fields = Fields::default();
        self.eval(src, node, false, &mut fields);
        fields.joined()
    }

    pub(super) fn eval(&mut self, src: &str, node: Node<'_>, quoted: bool, fields: &mut Fields) {
        if self.exhausted() {
            return fields.unknown();
        }
        self.depth += 1;
        self.expand(src, node, quoted, fields);
        self.depth -= 1;
    }

    fn expand(&mut self, src: &str, node: Node<'_>, quoted: bool, fields: &mut Fields) {
        let text = &src[node.byte_range()];
        match node.kind() {
            "raw_string" => {
                fields.quoted(
                    text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text),
                );
            }
            "ansi_c_string" => {
                let inner = text.strip_prefix("$'").and_then(|t| t.strip_suffix('\''));
                fields.quoted(&word::unescape_ansi(inner.unwrap_or(text)));
            }
            "translated_string" | "string_expansion" => {
                for child in node.named_children(&mut node.walk()) {
                    self.eval(src, child, true, fields);
                }
            }
            "string" => self.string(src, node, fields),
            "concatenation" => {
                for child in node.children(&mut node.walk()) {
                    self.eval(src, child, quoted, fields);
                }
            }
            "simple_expansion" => self.variable(&text[1..], quoted, fields),
            "expansion" => self.expansion(src, node, quoted, fields),
            "command_substitution" => {
                let mark = self.reading.commands.len();
                self.scoped(|reader| reader.children(src, node));
                match self.output_since(mark) {
                    Stdin::Text(text) if quoted => fields.quoted(text.trim_end_matches('\n')),
                    Stdin::Text(text) => fields.split(&text),
                    _ => fields.unknown(),
                }
            }
            "process_substitution" | "arithmetic_expansion" => {
                self.walk(src, node);
                fields.unknown();
            }
            "``" => {}
            _ if quoted => fields.quoted(text),
            _ => fields.bare(text),
        }
    }

    fn string(&mut self, src: &str, node: Node<'_>, fields: &mut Fields) {
        // The grammar drops blanks at the edges of expansions, so the gaps are taken from the source.
        let mut at = node.start_byte() + 1;
        fields.quoted("");
        for child in node.named_children(&mut node.walk()) {
            if matches!(child.kind(), "string_content" | "ERROR") {
                continue;
            }
            let gap = src.get(at..child.start_byte()).unwrap_or_default();
            fields.quoted(&word::unescape_double(gap));
            self.eval(src, child, true, fields);
            at = child.end_byte();
        }
        let end = if src[node.byte_range()].len() > 1 && src[node.byte_range()].ends_with('"') {
            node.end_byte() - 1
        } else {
            node.end_byte()
        };
        fields.quoted(&word::unescape_double(src.get(at..end).unwrap_or_default()));
    }

    fn variable(&mut self, name: &str, quoted: bool, fields: &mut Fields) {
        match (self.value(name, fields.at_start()), quoted) {
            (None, _) => fields.unknown(),
            (Some(values), true) if matches!(name, "@" | "a[@]") => fields.list(&values),
            (Some(values), true) => fields.quoted(&values.join(" ")),
            (Some(values), false) => fields.split(&values.join(" ")),
        }
    }

    /// The value of `$name`, arrays as several.
    fn value(&self, name: &str, at_start: bool) -> Option<Vec<String>> {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        match name {
            "HOME" if at_start => Some(vec!["~".to_owned()]),
            "PWD" => Some(vec![self.scope.dir.as_ref()?.to_str()?.to_owned()]),
            "IFS" => Some(vec![" \t\n".to_owned()]),
            "@" | "*" => {
                self.scope.args.as_ref().map(|args| args.get(1..).unwrap_or_default().to_vec())
            }
            _ => {
                let index: usize = name.parse().ok()?;
                Some(vec![self.scope.args.as_ref()?.get(index).cloned().unwrap_or_default()])
            }
        }
    }

    /// `${…}`.
    fn expansion(&mut self, src: &str, node: Node<'_>, quoted: bool, fields: &mut Fields) {
        let inner = src[node.byte_range()].strip_prefix("${").and_then(|t| t.strip_suffix('}'));
        let inner = inner.unwrap_or_default();
        let end = inner
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(inner.len())
            .max(usize::from(inner.starts_with(['@', '*'])));
        let (name, rest) = inner.split_at(end);
        if let Some(index) = rest.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            let known = self.lookup(name).flatten();
            return match (index, known) {
                ("@", Some(values)) if quoted => fields.list(&values),
                ("@" | "*", Some(values)) => self.text(&values.join(" "), quoted, fields),
                (index, Some(values)) => {
                    match index.parse().ok().and_then(|i: usize| values.get(i)) {
                        Some(value) => self.text(&value.clone(), quoted, fields),
                        None => fields.unknown(),
                    }
                }
                (_, None) => fields.unknown(),
            };
        }
        if rest.is_empty() && !name.is_empty() {
            return self.variable(name, quoted, fields);
        }
        let value = self.value(name, fields.at_start());
        let operator = rest.trim_start_matches(':');
        let operand = node.named_children(&mut node.walk()).nth(1);
        match (operator.chars().next(), value) {
            (Some('-' | '=' | '?'), Some(value)) if !value.concat().is_empty() => {
                self.text(&value.join(" "), quoted, fields);
            }
            // Unset as far as the line tells, so the default is what most likely stands there.
            (Some('-' | '='), _) if !name.is_empty() => match operand {
                Some(operand) => self.eval(src, operand, quoted, fields),
                None => fields.quoted(""),
            },
            (Some('+'), Some(_)) if operand.is_some() => {
                if let Some(operand) = operand {
                    self.eval(src, operand, quoted, fields);
                }
            }
            _ => {
                self.children(src, node);
                fields.unknown();
            }
        }
    }

    fn text(&mut self, value: &str, quoted: bool, fields: &mut Fields) {
        if quoted { fields.quoted(value) } else { fields.split(value) }
    }
}
