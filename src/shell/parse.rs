//! Parses a text as shell code, within limits, and mends what the grammar does not take.

use std::borrow::Cow;
use std::cell::Cell;
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
/// Steps of the parser for one line with all that it follows, in hundreds; a text counts for one at least. A release
/// build takes about 11 µs for one. A text of nothing but quotes has 8,000 in 256 KiB.
const MOST_STEPS: usize = 2_000;
/// Nodes of all trees of one line, about 0.2 µs each to walk.
const MOST_TREE: usize = 100_000;
/// Bytes that the parser may look at for one line, about 2 ns each: where the grammar does not fit, it looks through the
/// rest of the text again and again.
const MOST_SCANNED: usize = 8 << 20;
/// Bytes that the parser is given at a time.
const PIECE: usize = 1 << 10;
/// Longest text, in bytes, that is parsed once more to see what is quoted in it.
const SMALL: usize = 64 << 10;
/// Places of a text that are looked up in its tree; each costs time in proportion to the tree's width.
const MOST_LOOKED_UP: usize = 128;
/// Times that a text is mended and parsed again.
const MOST_MENDS: usize = 6;

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
                return self.unsure(match self.worn_out() {
                    true => TOO_MUCH,
                    false => "the line is too broken to be parsed",
                });
            };
            self.tree_nodes += tree.root_node().descendant_count();
            if self.tree_nodes > MOST_TREE {
                return self.unsure(TOO_MUCH);
            }
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

    /// Whether the parser has done all that it may do for one line.
    fn worn_out(&self) -> bool {
        self.steps > MOST_STEPS || self.scanned > MOST_SCANNED
    }

    /// The tree of a text; `None` when that would take too long.
    pub(super) fn parsed(&mut self, text: &str) -> Option<Tree> {
        self.steps += 1;
        let (mut spent, mut steps) = (0, self.steps);
        let scanned = Cell::new(self.scanned);
        let mut stop = |state: &ParseState| {
            steps += 1;
            if state.has_error() {
                spent += text.len() + 1;
            }
            match spent > MOST_RECOVERY || steps > MOST_STEPS || scanned.get() > MOST_SCANNED {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let bytes = text.as_bytes();
        let mut read = |at: usize, _| {
            let rest = bytes.get(at..).unwrap_or_default();
            let piece = &rest[..rest.len().min(PIECE)];
            scanned.set(scanned.get() + piece.len());
            // To the parser the text ends here; it looks for a way to stop only between its steps.
            if scanned.get() > MOST_SCANNED { &[] } else { piece }
        };
        let options = ParseOptions::new().progress_callback(&mut stop);
        let tree = self.parser.parse_with_options(&mut read, None, Some(options));
        self.steps = steps;
        self.scanned = scanned.get();
        let tree = tree.filter(|_| !self.worn_out());
        if tree.is_none() {
            // A parser that was stopped would go on from there.
            self.parser.reset();
        }
        tree
    }
}

/// Said of a line that goes over a budget of work.
pub(super) const TOO_MUCH: &str = "the line does too much to be followed";

/// Stands in the place of `coproc` and its name: a blank to the grammar, and in no line that bash takes for one.
pub(super) const COPROC: &str = "\u{c}";

/// Words after which a compound statement stands; the grammar takes none behind `!`.
const COMPOUND: &[&str] = &["{", "if", "while", "until", "for", "case", "select", "function"];

/// Whether a text begins with a compound statement.
fn is_compound(text: &str) -> bool {
    COMPOUND.iter().any(|word| {
        text.strip_prefix(word).is_some_and(|after| after.starts_with([' ', '\t', '\n', ';']))
    })
}

/// The parts of a text in which a backslash in front of a newline stays.
fn literal(text: &str, tree: &Tree) -> Vec<Range<usize>> {
    let root = tree.root_node();
    let at_newlines = memchr::memmem::find_iter(text.as_bytes(), "\\\n");
    at_newlines
        .take(MOST_LOOKED_UP)
        .filter_map(|at| {
            let node = root.descendant_for_byte_range(at, at + 1)?;
            let mut around = node.parent();
            while let Some(outer) = around.filter(|outer| outer.kind() != "heredoc_body") {
                around = outer.parent();
            }
            // In the body of a here-document the lines are joined before anything else happens.
            let quoted = node.kind() == "raw_string" && around.is_none()
                || node.kind() == "heredoc_body"
                    && node
                        .prev_sibling()
                        .filter(|start| start.kind() == "heredoc_start")
                        .is_some_and(|start| text[start.byte_range()].contains(['\'', '"', '\\']));
            quoted.then(|| node.byte_range())
        })
        .collect()
}

/// Newlines that the grammar swallows between the words of a command: `a | b | c`, a newline, `d && e`. With each,
/// where a comment in front of it begins, else itself.
fn swallowed(text: &str, tree: &Tree) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    if memchr::memchr(b'\n', bytes).is_none() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let mut cursor = tree.walk();
    // Of each level: whether it is a command, where the last of its parts ended, where the comment that this was began.
    let mut levels: Vec<(bool, Option<usize>, Option<usize>)> = vec![(false, None, None)];
    loop {
        let node = cursor.node();
        if let Some((true, last, comment)) = levels.last().copied() {
            let start = node.start_byte();
            let own = bytes[start..].iter().take_while(|byte| **byte == b'\n').count();
            let from = last.unwrap_or(start).min(start);
            let mut newlines =
                memchr::memchr_iter(b'\n', &bytes[from..start + own]).map(|at| from + at);
            let newline = newlines.find(|at| *at == 0 || bytes[at - 1] != b'\\');
            // A comment would take in what follows a `;`.
            all.extend(newline.map(|at| (comment.unwrap_or(at), at)));
        }
        if node.kind() != "heredoc_body" && cursor.goto_first_child() {
            let command =
                matches!(node.kind(), "command" | "declaration_command" | "unset_command");
            levels.push((command, None, None));
            continue;
        }
        loop {
            let node = cursor.node();
            if let Some(level) = levels.last_mut() {
                level.1 = Some(node.end_byte());
                level.2 = (node.kind() == "comment").then(|| node.start_byte());
            }
            if cursor.goto_next_sibling() {
                break;
            }
            levels.pop();
            if !cursor.goto_parent() {
                return all;
            }
        }
    }
}

/// Substitutions in backquotes that stand side by side, written as `$(…)`: the grammar takes the end of one and
/// the beginning of the next for a pair of backquotes inside of the first.
fn apart(text: &str, root: Node<'_>) -> Option<String> {
    for at in memchr::memmem::find_iter(text.as_bytes(), b"` ")
        .chain(memchr::memmem::find_iter(text.as_bytes(), b"`\t"))
        .take(MOST_LOOKED_UP)
    {
        let Some(node) = root.descendant_for_byte_range(at, at + 2) else { continue };
        if node.kind() != "``" {
            continue;
        }
        let mut around = node.parent();
        while let Some(outer) = around.filter(|outer| outer.kind() != "command_substitution") {
            around = outer.parent();
        }
        let outer = around?.byte_range();
        let inner = text[outer.clone()].strip_prefix('`')?.strip_suffix('`')?;
        let pair = node.byte_range();
        let (first, second) =
            (&inner[..pair.start - outer.start - 1], &inner[pair.end - outer.start - 1..]);
        let blanks = text[pair].trim_matches('`');
        return Some(format!(
            "{}$({first}){blanks}$({second}){}",
            &text[..outer.start],
            &text[outer.end..]
        ));
    }
    None
}

/// The text without what the grammar does not take and what says nothing about which commands run: `!` in
/// front of a compound statement, the name of a `coproc`. Blanks stand in their place, and a `;` in that of a
/// newline that the grammar swallows, so that all offsets stay. `None` when there is nothing to mend.
fn mend(text: &str, tree: &Tree) -> Option<String> {
    let root = tree.root_node();
    if let Some(mended) = apart(text, root) {
        return Some(mended);
    }
    let kind = |at: usize, length: usize| {
        let node: Node<'_> = root.descendant_for_byte_range(at, at + length)?;
        let parent = node.parent().map_or("", |parent| parent.kind());
        Some((node.kind(), parent, node.byte_range().len() == length))
    };
    let mut looked_up = 0;
    let mut blanked: Vec<(usize, usize)> = Vec::new();
    let mut coprocs: Vec<(usize, usize)> = Vec::new();
    for at in memchr::memchr_iter(b'!', text.as_bytes()) {
        let rest = text[at + 1..].trim_start_matches([' ', '\t']);
        let compound = rest.len() < text.len() - at - 1 && is_compound(rest);
        looked_up += usize::from(compound);
        if compound
            && looked_up <= MOST_LOOKED_UP
            && matches!(kind(at, 1), Some(("!", _, _) | ("word", _, true)))
        {
            blanked.push((at, 1));
        }
    }
    for at in memchr::memmem::find_iter(text.as_bytes(), "coproc ").take(MOST_LOOKED_UP) {
        let rest = text[at + 6..].trim_start_matches([' ', '\t']);
        let begin = text.len() - rest.len();
        let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
        let body = rest[name..].trim_start_matches([' ', '\t']);
        let bodied = |text: &str| text.starts_with(['{', '(']) || is_compound(text);
        let named = name > 0 && body.len() < rest.len() - name && bodied(body);
        if (named || bodied(rest)) && kind(at, 6) == Some(("word", "command_name", true)) {
            let end = if named { text.len() - body.len() } else { begin };
            coprocs.push((at, end - at));
        }
    }
    let newlines = swallowed(text, tree);
    if blanked.is_empty() && coprocs.is_empty() && newlines.is_empty() {
        return None;
    }
    let mut mended = text.to_owned();
    for (from, at) in newlines {
        mended.replace_range(from..at, &" ".repeat(at - from));
        mended.replace_range(at..=at, ";");
    }
    for (at, length) in blanked {
        mended.replace_range(at..at + length, &" ".repeat(length));
    }
    for (at, length) in coprocs {
        mended.replace_range(at..at + length, &COPROC.repeat(length));
    }
    Some(mended)
}
