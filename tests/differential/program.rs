//! A program as a tree: generated from a seed, written out as text, made smaller.

use super::commands::{GUARDED, INNOCENT, MARK};
use super::layers::{Fate, IDLE, Layer, SHELLS, WRAPPERS};
use super::rng::Rng;
use super::spelling;

/// A node of the tree. Each has a seed, so that a smaller tree writes what is left as before.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Command { words: &'static [&'static str], odd: usize, seed: u64 },
    Layer { layer: &'static Layer, seed: u64, inner: Box<Self> },
    Sequence { seed: u64, parts: Vec<Self> },
}

/// The text of a program and what is known of how it was made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    pub(crate) text: String,
    /// Layers and spellings used.
    pub(crate) features: Vec<&'static str>,
    /// The fate of each marked command, with the layer that decided it.
    pub(crate) marks: Vec<(Fate, &'static str)>,
}

/// A tree for one number of a run.
pub(crate) fn generate(rng: &mut Rng) -> Node {
    let count = [1, 1, 1, 2, 2, 3][rng.below(6)];
    let mut parts: Vec<Node> = (0..count).map(|_| part(rng)).collect();
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            Node::Sequence { seed: rng.next(), parts }
        }
    }
}

fn part(rng: &mut Rng) -> Node {
    let idle = rng.chance(20);
    let words = if idle || rng.chance(60) { rng.pick(GUARDED) } else { rng.pick(INNOCENT) };
    let odd = [0, 0, 15, 40][rng.below(4)];
    let mut node = Node::Command { words, odd, seed: rng.next() };
    let mut depth = [0, 1, 1, 2, 2, 3, 4][rng.below(7)];
    let idle_at = if idle { rng.below(depth + 1) } else { usize::MAX };
    depth += usize::from(idle);
    for level in 0..depth {
        let layer = if level == idle_at {
            rng.pick(IDLE)
        } else if rng.chance(35) {
            rng.pick(WRAPPERS)
        } else {
            rng.pick(SHELLS)
        };
        node = Node::Layer { layer, seed: rng.next(), inner: Box::new(node) };
        if level == 0 && rng.chance(10) {
            let words = rng.pick(INNOCENT);
            let other = Node::Command { words, odd: 0, seed: rng.next() };
            let parts = if rng.chance(50) { vec![other, node] } else { vec![node, other] };
            node = Node::Sequence { seed: rng.next(), parts };
        }
    }
    node
}

/// A part as text.
struct Piece {
    text: String,
    simple: bool,
    unit: bool,
}

#[derive(Default)]
struct Writer {
    program: Program,
    unique: usize,
    fate: Option<(Fate, &'static str)>,
}

/// Writes a tree out; the same tree gives the same text.
pub(crate) fn write(node: &Node) -> Program {
    let mut writer = Writer::default();
    let piece = writer.node(node);
    writer.program.text = piece.text;
    writer.program
}

impl Writer {
    fn node(&mut self, node: &Node) -> Piece {
        match node {
            Node::Command { words, odd, seed } => self.command(words, *odd, &mut Rng::new(*seed)),
            Node::Sequence { seed, parts } => {
                let mut rng = Rng::new(*seed);
                let mut text = String::new();
                for part in parts {
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push_str(["; ", "\n", " ; "][rng.below(3)]);
                    }
                    text.push_str(&self.node(part).text);
                }
                Piece { text, simple: false, unit: parts.len() == 1 }
            }
            Node::Layer { layer, seed, inner } => {
                // The outermost layer that keeps the piece from running decides.
                let outer = self.fate;
                if layer.fate != Fate::Runs && outer.is_none() {
                    self.fate = Some((layer.fate, layer.name));
                }
                let inner = self.node(inner);
                self.fate = outer;
                self.layer(layer, &inner, &mut Rng::new(*seed))
            }
        }
    }

    fn command(&mut self, words: &[&str], odd: usize, rng: &mut Rng) -> Piece {
        let mut before = String::new();
        let mut text = String::new();
        if words.iter().any(|word| word.starts_with("alias.")) {
            self.program.features.push("git alias");
        }
        for word in words {
            let marked = word.replace(MARK, &format!("mark{}", self.program.marks.len()));
            let odd = if *word == MARK { odd / 4 } else { odd };
            let spelled = spelling::word(&marked, odd, rng, &mut self.unique);
            self.program.features.extend(spelled.how);
            if let Some(first) = spelled.before {
                before.push_str(&first);
                before.push_str(["; ", "\n"][rng.below(2)]);
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&spelled.text);
        }
        self.program.marks.push(self.fate.unwrap_or((Fate::Runs, "")));
        let simple = before.is_empty();
        Piece { text: before + &text, simple, unit: simple }
    }

    fn layer(&mut self, layer: &'static Layer, inner: &Piece, rng: &mut Rng) -> Piece {
        if layer.template.contains("%w") && !inner.simple {
            return self.without(layer, inner);
        }
        self.program.features.push(layer.name);
        self.unique += 1;
        let closed = inner.text.ends_with('\n');
        let mut text = String::new();
        let mut rest = layer.template;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            let kind = rest[at + 1..].chars().next().unwrap_or_default();
            rest = &rest[at + 1 + kind.len_utf8()..];
            let raw = inner.text.as_str();
            match kind {
                'w' => text.push_str(raw),
                'c' if inner.unit && !closed => text.push_str(raw),
                'c' => {
                    let end = if closed { "" } else { "; " };
                    text.push_str(&format!("{{ {raw}{end}}}"));
                }
                'l' => {
                    text.push_str(raw);
                    // After a here-document's end a `;` would stand alone.
                    if closed {
                        rest = rest.strip_prefix(';').unwrap_or(rest);
                    }
                }
                'q' => {
                    let quoted = spelling::quoted(raw, rng);
                    if quoted.starts_with('$') {
                        self.program.features.push("ansi-c");
                    }
                    text.push_str(&quoted);
                }
                'd' => text.push_str(&spelling::double(raw, true)),
                'p' => text.push_str(&spelling::single(raw)),
                'h' => text.push_str(raw.trim_end_matches('\n')),
                'b' => text.push_str(&spelling::base64(raw.as_bytes())),
                'r' => {
                    let turned: String = raw.chars().rev().collect();
                    text.push_str(&spelling::single(&turned));
                }
                'n' => text.push_str(&self.unique.to_string()),
                '%' => text.push('%'),
                other => {
                    text.push('%');
                    text.push(other);
                }
            }
        }
        text.push_str(rest);
        Piece { text, simple: layer.simple, unit: layer.unit }
    }

    /// A layer that takes a simple command around one that is none: its shell does.
    fn without(&mut self, layer: &'static Layer, inner: &Piece) -> Piece {
        if !layer.simple && !WRAPPERS.iter().any(|known| std::ptr::eq(known, layer)) {
            let (text, unit) = (inner.text.clone(), inner.unit);
            return Piece { text, simple: false, unit };
        }
        let text = format!("bash -c {}", spelling::single(&inner.text));
        self.program.features.push("bash -c");
        self.layer(layer, &Piece { text, simple: true, unit: true }, &mut Rng::new(0))
    }
}

/// Trees one step smaller, the smallest first.
pub(crate) fn smaller(node: &Node) -> Vec<Node> {
    let mut all = Vec::new();
    match node {
        Node::Command { words, odd, seed } => {
            if *odd > 0 {
                all.push(Node::Command { words, odd: 0, seed: *seed });
                // Other draws with fewer odd words.
                for step in 1..6 {
                    all.push(Node::Command { words, odd: 15, seed: seed.wrapping_add(step) });
                }
            }
            if *words != GUARDED[0] && words.len() > 3 {
                all.push(Node::Command { words: GUARDED[0], odd: *odd, seed: *seed });
            }
        }
        Node::Layer { layer, seed, inner } => {
            all.push((**inner).clone());
            for inner in smaller(inner) {
                all.push(Node::Layer { layer, seed: *seed, inner: Box::new(inner) });
            }
        }
        Node::Sequence { seed, parts } => {
            all.extend(parts.iter().cloned());
            for (index, part) in parts.iter().enumerate() {
                if parts.len() > 2 {
                    let mut fewer = parts.clone();
                    fewer.remove(index);
                    all.push(Node::Sequence { seed: *seed, parts: fewer });
                }
                for part in smaller(part) {
                    let mut changed = parts.clone();
                    changed[index] = part;
                    all.push(Node::Sequence { seed: *seed, parts: changed });
                }
            }
        }
    }
    all.sort_by_key(|node| write(node).text.len());
    all
}
