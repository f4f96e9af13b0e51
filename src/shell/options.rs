//! Tells options from operands, the way getopt does, for one program's list of valued options.

use super::Word;

/// One word of an argument list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arg<'w> {
    /// An option: `-n`, `--dry-run`, `-chdir`; of a cluster such as `-am` each letter.
    Flag {
        /// With its dashes, without `=value`.
        name: &'w str,
        /// One letter of a cluster, when `name` is the whole cluster.
        letter: Option<char>,
        /// Its value, when it has one that is known.
        value: Option<&'w str>,
    },
    /// A word that is no option and no option's value.
    Operand(usize),
}

impl Arg<'_> {
    /// Whether this is `option`, written `-n` or `--name`.
    pub(super) fn is(&self, option: &str) -> bool {
        match self {
            Self::Flag { name, letter: None, .. } => *name == option,
            Self::Flag { letter: Some(letter), .. } => {
                let mut rest = option.chars();
                rest.next() == Some('-') && rest.next() == Some(*letter) && rest.next().is_none()
            }
            Self::Operand(_) => false,
        }
    }
}

/// Walks the words from an index on.
#[derive(Debug)]
pub(super) struct Args<'w> {
    words: &'w [Word],
    next: usize,
    /// Options whose value is the next word unless it is attached.
    valued: Vec<&'w [&'w str]>,
    /// The rest of a cluster `-abc`: the word and the byte offset of the next letter.
    cluster: Option<(&'w str, usize)>,
    only_operands: bool,
}

impl<'w> Args<'w> {
    /// Walks `words` from index `from`.
    pub(super) fn new(words: &'w [Word], from: usize, valued: Vec<&'w [&'w str]>) -> Self {
        Self { words, next: from, valued, cluster: None, only_operands: false }
    }

    /// Index of the word that comes next.
    pub(super) fn position(&self) -> usize {
        self.next
    }

    fn takes_value(&self, option: &str) -> bool {
        self.valued.iter().any(|list| list.contains(&option))
    }

    fn take_value(&mut self) -> Option<&'w str> {
        let word = self.words.get(self.next)?;
        self.next += 1;
        word.certain.then_some(word.text.as_str())
    }

    fn letter(&mut self, cluster: &'w str, at: usize) -> Option<Arg<'w>> {
        let letter = cluster[at..].chars().next()?;
        let rest = at + letter.len_utf8();
        let mut buffer = [0; 5];
        buffer[0] = b'-';
        let length = 1 + letter.encode_utf8(&mut buffer[1..]).len();
        let valued = std::str::from_utf8(&buffer[..length]).is_ok_and(|o| self.takes_value(o));
        let mut value = None;
        if valued {
            value = match &cluster[rest..] {
                "" => self.take_value(),
                attached => Some(attached.strip_prefix('=').unwrap_or(attached)),
            };
        } else if rest < cluster.len() {
            self.cluster = Some((cluster, rest));
        }
        Some(Arg::Flag { name: cluster, letter: Some(letter), value })
    }
}

impl<'w> Iterator for Args<'w> {
    type Item = Arg<'w>;

    fn next(&mut self) -> Option<Arg<'w>> {
        if let Some((cluster, at)) = self.cluster.take() {
            return self.letter(cluster, at);
        }
        let index = self.next;
        let word = self.words.get(index)?;
        self.next += 1;
        let text = word.text.as_str();
        if self.only_operands || text.len() < 2 || !text.starts_with('-') {
            return Some(Arg::Operand(index));
        }
        if text == "--" && word.certain {
            self.only_operands = true;
            return self.next();
        }
        if let Some((name, value)) = text.split_once('=')
            && (name.len() > 2)
        {
            let value = word.certain.then_some(value);
            return Some(Arg::Flag { name, letter: None, value });
        }
        let whole = text.starts_with("--") || (text.len() > 2 && self.takes_value(text));
        if !whole {
            return self.letter(text, 1);
        }
        let value = if self.takes_value(text) { self.take_value() } else { None };
        Some(Arg::Flag { name: text, letter: None, value })
    }
}
