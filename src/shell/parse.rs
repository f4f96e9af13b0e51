//! Parses a text as shell code, within limits, and mends what the grammar does not take.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, ParseState, Tree};

use super::broken::{continued, unclosed};
use super::tree::Reader;
use super::{LONGEST, names_guarded};

/// Brackets open at once in a text that is parsed. The parser takes minutes to recover from tens
/// of thousands of them, and what is this deep is not walked anyway.
const MOST_OPEN: usize = 512;
/// Here-documents x bytes of a text: each open one is searched to the end of the text.
const MOST_HERE_DOCUMENTS: usize = 32 << 20;
/// Deepest nesting of shells in shells and function calls.
const DEEPEST_SCRIPT: usize = 8;
/// Bytes of all texts together that are parsed for one line.
const MOST_BYTES: usize = 4 * LONGEST;
/// Bytes x progress calls that the parser may spend on broken grammar, where it is not linear.
const MOST_RECOVERY: usize = 2 << 20;
/// Longest text, in bytes, that is parsed once more to see what is quoted in it.
const SMALL: usize = 64 << 10;
/// Times that a text is mended and parsed again.
const MOST_MENDS: usize = 3;

impl Reader<'_> {
    /// Reads a text as shell code in the current scope.
    pub(super) fn script(&mut self, text: &str) {
        let text = match continued(text, &[]) {
            Cow::Owned(joined) => match self.parsed_if_small(text) {
                // In single quotes and quoted here-documents a backslash continues nothing.
                Some(tree) => Cow::Owned(continued(text, &literal(text, &tree)).into_owned()),
                None => Cow::Owned(joined),
            },
            same => same,
        };
        let text = &*text;
        self.bytes += text.len();
        if text.len() > LONGEST || self.bytes > MOST_BYTES {
            return self.unsure(format!("the line is over {} KiB", LONGEST >> 10));
        }
        if self.scripts >= DEEPEST_SCRIPT {
            return self.unsure("shells are nested too deep");
        }
        self.reading.near |= names_guarded(text.as_bytes());
        if unclosed(text) > MOST_OPEN {
            return self.unsure("the line is nested too deep");
        }
        if memchr::memmem::find_iter(text.as_bytes(), "<<").count() * text.len()
            > MOST_HERE_DOCUMENTS
        {
            return self.unsure("the line has too many here-documents");
        }
        let mut mended: Option<String> = None;
        let mut parsed = None;
        for _ in 0..=MOST_MENDS {
            let tree = self.parsed(mended.as_deref().unwrap_or(text));
            let Some(tree) = tree else {
                return self.unsure("the line is too broken to be parsed");
            };
            let again = mend(mended.as_deref().unwrap_or(text), &tree);
            parsed = Some(tree);
            match again {
                Some(again) => mended = Some(again),
                None => break,
            }
        }
        let Some(tree) = parsed else { return };
        let text = mended.as_deref().unwrap_or(text);
        let root = tree.root_node();
        if root.has_error() {
            self.unsure_near(text, "a part of the line is not shell grammar that can be parsed");
        }
        self.scripts += 1;
        self.walk(text, root);
        self.scripts -= 1;
    }
    /// The tree of a text that is far from every limit.
    fn parsed_if_small(&mut self, text: &str) -> Option<Tree> {
        let small = text.len() <= SMALL && unclosed(text) <= MOST_OPEN;
        if small { self.parsed(text) } else { None }
    }

    /// The tree of a text; `None` when that would take too long.
    fn parsed(&mut self, text: &str) -> Option<Tree> {
        let mut spent = 0;
        let mut stop = |state: &ParseState| {
            if state.has_error() {
                spent += text.len() + 1;
            }
            if spent > MOST_RECOVERY { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = text.as_bytes();
        let tree = self.parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(ParseOptions::new().progress_callback(&mut stop)),
        );
        if tree.is_none() {
            // A parser that was stopped would go on from there.
            self.parser.reset();
        }
        tree
    }
}

/// Words after which a compound statement stands; the grammar takes none behind `!`.
const COMPOUND: &[&str] = &["{", "if", "while", "until", "for", "case", "select", "function"];

/// The parts of a text in which a backslash in front of a newline stays.
fn literal(text: &str, tree: &Tree) -> Vec<Range<usize>> {
    let root = tree.root_node();
    let at_newlines = memchr::memmem::find_iter(text.as_bytes(), "\\\n");
    at_newlines
        .filter_map(|at| {
            let node = root.descendant_for_byte_range(at, at + 1)?;
            let quoted = node.kind() == "raw_string"
                || node.kind() == "heredoc_body"
                    && node
                        .prev_sibling()
                        .filter(|start| start.kind() == "heredoc_start")
                        .is_some_and(|start| text[start.byte_range()].contains(['\'', '"', '\\']));
            quoted.then(|| node.byte_range())
        })
        .collect()
}

/// Newlines that the grammar swallows between the words of a command: `a | b | c`, a newline, `d && e`.
fn swallowed(text: &str, tree: &Tree) -> Vec<usize> {
    let bytes = text.as_bytes();
    if memchr::memchr(b'\n', bytes).is_none() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let mut cursor = tree.walk();
    let mut last = None;
    loop {
        let node = cursor.node();
        let in_command = node.parent().is_some_and(|parent| parent.kind() == "command");
        if in_command {
            let begin = if node.prev_sibling().is_some() {
                last.unwrap_or(node.start_byte())
            } else {
                node.start_byte()
            };
            let own = text[node.start_byte()..].len()
                - text[node.start_byte()..].trim_start_matches('\n').len();
            let gap = begin.min(node.start_byte())..node.start_byte() + own;
            let newline = memchr::memchr_iter(b'\n', &bytes[gap.clone()]).map(|at| gap.start + at);
            all.extend(newline.filter(|at| *at == 0 || bytes[at - 1] != b'\\').take(1));
        }
        if node.kind() != "heredoc_body" && cursor.goto_first_child() {
            continue;
        }
        loop {
            last = Some(cursor.node().end_byte());
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return all;
            }
        }
    }
}

/// The text without what the grammar does not take and what says nothing about which commands run: `!` in
/// front of a compound statement, the name of a `coproc`. Blanks stand in their place, and a `;` in that of a
/// newline that the grammar swallows, so that all offsets stay. `None` when there is nothing to mend.
fn mend(text: &str, tree: &Tree) -> Option<String> {
    let root = tree.root_node();
    let kind = |at: usize, length: usize| {
        let node: Node<'_> = root.descendant_for_byte_range(at, at + length)?;
        let parent = node.parent().map_or("", |parent| parent.kind());
        Some((node.kind(), parent, node.byte_range().len() == length))
    };
    let mut blanked: Vec<(usize, usize)> = Vec::new();
    for at in memchr::memchr_iter(b'!', text.as_bytes()) {
        let rest = text[at + 1..].trim_start_matches([' ', '\t']);
        let compound = rest.len() < text.len() - at - 1
            && COMPOUND.iter().any(|word| {
                rest.strip_prefix(word)
                    .is_some_and(|after| after.starts_with([' ', '\t', '\n', ';']))
            });
        if compound && matches!(kind(at, 1), Some(("!", _, _) | ("word", _, true))) {
            blanked.push((at, 1));
        }
    }
    for at in memchr::memmem::find_iter(text.as_bytes(), "coproc ") {
        let rest = text[at + 6..].trim_start_matches([' ', '\t']);
        let begin = text.len() - rest.len();
        let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
        let body = rest[name..].trim_start_matches([' ', '\t']);
        if name > 0
            && body.len() < rest.len() - name
            && body.starts_with(['{', '('])
            && kind(at, 6) == Some(("word", "command_name", true))
        {
            blanked.push((begin, name));
        }
    }
    let newlines = swallowed(text, tree);
    if blanked.is_empty() && newlines.is_empty() {
        return None;
    }
    let mut mended = text.to_owned();
    for at in newlines {
        mended.replace_range(at..=at, ";");
    }
    for (at, length) in blanked {
        mended.replace_range(at..at + length, &" ".repeat(length));
    }
    Some(mended)
}
