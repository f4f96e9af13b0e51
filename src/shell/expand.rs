//! What the words of a line expand to: quotes, variables, substitutions, here-documents.

use tree_sitter::Node;

use super::Word;
use super::tree::{Reader, Stdin};
use super::word::{self, Fields};

/// The folders of programs that a line is taken to find in `PATH`.
pub(super) const PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

impl Reader<'_> {
    pub(super) fn here_document(&mut self, src: &str, body: Node<'_>, quoted: bool) -> Stdin {
        if quoted {
            return Stdin::Text(src[body.byte_range()].into());
        }
        let text = &src[body.byte_range()];
        if expands(text, b"`") || body.child_count() == 0 && expands(text, b"$") {
            return self.unparsed_document(text);
        }
        self.document(src, body)
    }

    /// A here-document of which the grammar has not found the expansions: it knows no backquotes there, and looks for
    /// nothing when the first expansion stands behind blanks. Written otherwise it finds them.
    fn unparsed_document(&mut self, text: &str) -> Stdin {
        const END: &str = "END_OF_THE_DOCUMENT";
        let again = dollars_for_backquotes(text).map(|text| {
            let line_end = if text.ends_with('\n') { "" } else { "\n" };
            format!("cat <<{END}\n{}{line_end}{END}\n", text.trim_start_matches([' ', '\t']))
        });
        let tree = again.as_ref().and_then(|again| self.parsed(again));
        let body = tree.as_ref().and_then(|tree| {
            part(part(tree.root_node().child(0)?, "heredoc_redirect")?, "heredoc_body")
        });
        match (&again, body.filter(|body| body.child_count() > 0)) {
            (Some(again), Some(body)) => self.document(again, body),
            _ => {
                self.unsure_near(text, "a here-document cannot be parsed");
                Stdin::Unknown
            }
        }
    }

    /// What a here-document becomes whose expansions the grammar has found.
    fn document(&mut self, src: &str, body: Node<'_>) -> Stdin {
        let mut fields = Fields::default();
        let mut at = body.start_byte();
        for child in body.children(&mut body.walk()) {
            if child.kind() == "heredoc_content" {
                continue;
            }
            fields.quoted(&word::unescape_document(
                src.get(at..visible(src, child)).unwrap_or_default(),
            ));
            self.eval(src, child, true, &mut fields);
            at = child.end_byte();
        }
        fields.quoted(&word::unescape_document(src.get(at..body.end_byte()).unwrap_or_default()));
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
                // `[0]=git [1]=push`: in order, or not followed.
                let mut ordered = true;
                for (at, word) in values.iter_mut().enumerate() {
                    if let Some((index, value)) =
                        word.text.strip_prefix('[').and_then(|t| t.split_once("]="))
                    {
                        ordered &= index.parse() == Ok(at);
                        word.text = value.to_owned();
                    }
                }
                let known = ordered && values.iter().all(|w| w.certain);
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
    pub(super) fn lookup(&self, name: &str) -> Option<Option<Vec<String>>> {
        let name = self.scope.references.get(name).map_or(name, String::as_str);
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
        // Behind a substitution in quotes the grammar takes blanks into the next expansion: `"$(a) $b"`.
        let text = match node.kind() {
            "command_substitution" | "simple_expansion" | "expansion" | "arithmetic_expansion" => {
                src[node.byte_range()].trim_ascii_start()
            }
            _ => &src[node.byte_range()],
        };
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
                let children: Vec<_> = node.children(&mut node.walk()).collect();
                for (index, child) in children.iter().enumerate() {
                    let part = &src[child.byte_range()];
                    let string = children.get(index + 1).is_some_and(|next| {
                        next.kind() == "string" && next.start_byte() == child.end_byte()
                    });
                    // The grammar leaves the dollar of `a$"b"` with what stands before it.
                    match part.strip_suffix('$').filter(|rest| string && !rest.ends_with('\\')) {
                        Some(rest) if matches!(child.kind(), "word" | "$") => fields.bare(rest),
                        _ => self.eval(src, *child, quoted, fields),
                    }
                }
            }
            "simple_expansion" => self.variable(&text[1..], quoted, fields),
            "expansion" => self.expansion(src, node, quoted, fields),
            "command_substitution" => {
                let mark = self.reading.commands.len();
                let backquoted = text.strip_prefix('`').and_then(|t| t.strip_suffix('`'));
                self.scoped(|reader| match backquoted.filter(|inner| inner.contains("\\`")) {
                    // Backquotes in backquotes: a backslash in front of them goes first.
                    Some(inner) => reader.script(&unescape_backquoted(inner)),
                    None => reader.children(src, node),
                });
                match self.captured_since(mark) {
                    Stdin::Text(text) if quoted => fields.quoted(text.trim_end_matches('\n')),
                    Stdin::Text(text) => fields.split(&text),
                    _ => fields.unknown(),
                }
            }
            "arithmetic_expansion" => {
                let inner = text.strip_prefix("$((").and_then(|t| t.strip_suffix("))"));
                match inner.and_then(|inner| self.number(inner)) {
                    Some(number) => fields.quoted(&number.to_string()),
                    None => {
                        self.children(src, node);
                        fields.unknown();
                    }
                }
            }
            "process_substitution" => self.process_substitution(src, node, text, fields),
            "``" => {}
            _ if quoted => fields.quoted(text),
            _ => fields.bare(text),
        }
    }

    /// `<(…)` stands for a file; what it holds is kept for whoever runs it.
    fn process_substitution(&mut self, src: &str, node: Node<'_>, text: &str, fields: &mut Fields) {
        let mark = self.reading.commands.len();
        let fed = text.starts_with('>');
        self.scoped(|reader| {
            if fed {
                reader.scope.stdin = Stdin::Unknown;
            }
            reader.children(src, node);
        });
        match self.captured_since(mark) {
            Stdin::Text(text) if !fed && self.substitutions.len() < 64 => {
                let name = format!("/dev/fd/substitution-{}", self.substitutions.len());
                fields.quoted(&name);
                self.substitutions.push((name, text));
            }
            _ => fields.unknown(),
        }
    }

    /// What a word that stands for `<(…)` holds.
    pub(super) fn printed_by(&self, word: &Word) -> Option<std::rc::Rc<str>> {
        let found = self.substitutions.iter().find(|(name, _)| *name == word.text)?;
        Some(found.1.clone())
    }

    fn string(&mut self, src: &str, node: Node<'_>, fields: &mut Fields) {
        // The grammar drops blanks at the edges of expansions, so the gaps are taken from the source.
        let mut at = node.start_byte() + 1;
        fields.quoted("");
        for child in node.named_children(&mut node.walk()) {
            if matches!(child.kind(), "string_content" | "ERROR") {
                continue;
            }
            let gap = src.get(at..visible(src, child)).unwrap_or_default();
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
            (Some(values), true) if name == "@" => fields.list(&values),
            (Some(values), quoted) => {
                // The plain name of an array is its first element.
                let first = if matches!(name, "@" | "*") { values.len() } else { 1 };
                let text = values[..first.min(values.len())].join(" ");
                self.text(&text, quoted, fields);
            }
        }
    }

    /// The value of `$name`, arrays as several.
    pub(super) fn value(&self, name: &str, at_start: bool) -> Option<Vec<String>> {
        if let Some(value) = self.lookup(name) {
            return value;
        }
        match name {
            "HOME" if at_start => Some(vec!["~".to_owned()]),
            "PWD" => Some(vec![self.scope.dir.as_ref()?.to_str()?.to_owned()]),
            "IFS" => Some(vec![" \t\n".to_owned()]),
            // Not the value, but one that makes the same programs found.
            "PATH" => Some(vec![PATH.join(":")]),
            "SHELL" | "BASH" => Some(vec!["/bin/bash".to_owned()]),
            "0" if self.scope.args.is_none() => Some(vec!["bash".to_owned()]),
            "BASH_SOURCE" => Some(vec![self.scope.args.as_ref()?.first()?.clone()]),
            "@" | "*" => {
                self.scope.args.as_ref().map(|args| args.get(1..).unwrap_or_default().to_vec())
            }
            _ => {
                let index: usize = name.parse().ok()?;
                Some(vec![self.scope.args.as_ref()?.get(index).cloned().unwrap_or_default()])
            }
        }
    }
}

/// Where the text of a node begins behind the blanks that the grammar takes into it.
fn visible(src: &str, node: Node<'_>) -> usize {
    let text = &src[node.byte_range()];
    node.end_byte() - text.trim_ascii_start().len()
}

/// The first child of this kind.
fn part<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    node.children(&mut node.walk()).find(|child| child.kind() == kind)
}

/// Whether a text holds what is expanded in a here-document and begins with this: a dollar, a backquote.
fn expands(text: &str, mark: &[u8; 1]) -> bool {
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(_)) => _ = bytes.next(),
            (b'`', _) if mark == b"`" => return true,
            (b'$', Some(next))
                if mark == b"$"
                    && (next.is_ascii_alphanumeric() || b"_{(@*?#!$-".contains(next)) =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// The text with `$(…)` for each pair of backquotes; `None` when one is left open.
fn dollars_for_backquotes(text: &str) -> Option<String> {
    let mut done = String::with_capacity(text.len());
    let mut open: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '`' {
            match open.take() {
                Some(inner) => done.push_str(&format!("$({})", unescape_backquoted(&inner))),
                None => open = Some(String::new()),
            }
            continue;
        }
        let into = open.as_mut().unwrap_or(&mut done);
        into.push(c);
        if c == '\\' {
            into.extend(chars.next());
        }
    }
    open.is_none().then_some(done)
}

/// What stands between backquotes: a backslash quotes only `$`, backquote and itself.
fn unescape_backquoted(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(next @ ('$' | '`' | '\\'))) => {
                chars.next();
                text.push(next);
            }
            _ => text.push(c),
        }
    }
    text
}
