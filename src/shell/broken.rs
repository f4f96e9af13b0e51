//! Text that the grammar does not take: what is done before parsing, and with what could not be.

use std::borrow::Cow;

use tree_sitter::Node;

use super::Word;
use super::tree::{Call, Reader, Stdin};
use super::word::Fields;

impl Reader<'_> {
    /// A part that could not be parsed: loose words are taken as a command.
    pub(super) fn broken(&mut self, src: &str, node: Node<'_>) {
        let mut words = Vec::new();
        let flush = |reader: &mut Self, words: &mut Vec<Word>| {
            let dir = reader.scope.dir.clone();
            let stdin = Stdin::Unknown;
            reader.emit(Call { words: std::mem::take(words), dir, stdin, ..Call::default() });
        };
        let mut brace = None;
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "word"
                | "string"
                | "raw_string"
                | "concatenation"
                | "simple_expansion"
                | "expansion"
                | "ansi_c_string"
                | "number"
                | "command_substitution" => {
                    words.append(&mut self.words(src, child));
                }
                "command_name" => {
                    flush(self, &mut words);
                    let mut fields = Fields::default();
                    // The grammar takes the brace of `{git,push}` for the beginning of a group.
                    if brace == Some(child.start_byte()) {
                        fields.bare("{");
                    }
                    if let Some(name) = child.child(0) {
                        self.eval(src, name, false, &mut fields);
                    }
                    words.append(&mut fields.words());
                }
                "{" => {
                    flush(self, &mut words);
                    brace = Some(child.end_byte());
                }
                _ => {
                    flush(self, &mut words);
                    if child.is_named() {
                        self.walk(src, child);
                    }
                }
            }
        }
        flush(self, &mut words);
    }
}

/// Joins words that are continued on the next line: the grammar takes them for two. Nothing changes in the parts
/// that are `literal`.
pub(super) fn continued<'t>(text: &'t str, literal: &[std::ops::Range<usize>]) -> Cow<'t, str> {
    if memchr::memmem::find(text.as_bytes(), b"\\\n").is_none() {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\\n") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        joined.push_str(before);
        let escaped = before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        let word = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let kept = literal.iter().any(|part| part.contains(&(text.len() - rest.len() + at)));
        if kept || escaped || !word(joined.chars().next_back()) || !word(after.chars().next()) {
            joined.push_str("\\\n");
        }
        rest = after;
    }
    joined.push_str(rest);
    if joined.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(joined) }
}

/// Most brackets that are open at once, quoted ones included.
pub(super) fn unclosed(text: &str) -> usize {
    let (mut open, mut most) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' => {
                open += 1;
                most = most.max(open);
            }
            b')' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}
