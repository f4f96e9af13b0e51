//! Words in the making: quote removal, field splitting and brace expansion, free of the tree.

use super::Word;

/// Longest word that is built, in bytes; past it the word is unknown.
pub(super) const LONGEST_WORD: usize = 64 << 10;

/// Most words that one brace expansion makes.
const MOST_BRACES: usize = 256;

/// A word being put together.
#[derive(Debug, Default, Clone)]
struct Draft {
    text: String,
    /// Byte offsets of unquoted braces and commas.
    live: Vec<usize>,
    uncertain: bool,
    /// Something stood here, if only an empty pair of quotes.
    present: bool,
}

/// The words that one piece of the line expands to.
#[derive(Debug, Default)]
pub(super) struct Fields {
    done: Vec<Draft>,
    current: Draft,
}

impl Fields {
    /// Text whose characters stand for themselves.
    pub(super) fn quoted(&mut self, text: &str) {
        self.current.present = true;
        if self.current.text.len() + text.len() > LONGEST_WORD {
            self.current.uncertain = true;
            return;
        }
        self.current.text.push_str(text);
    }

    /// A part without quotes, backslashes still in it.
    pub(super) fn bare(&mut self, raw: &str) {
        self.current.present = true;
        if self.current.text.is_empty() && (raw == "~" || raw.starts_with("~/")) {
            self.current.text.push('~');
            return self.bare(&raw[1..]);
        }
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            if self.current.text.len() >= LONGEST_WORD {
                self.current.uncertain = true;
                return;
            }
            match c {
                '\\' => match chars.next() {
                    Some('\n') | None => {}
                    Some('\r') => {
                        if chars.clone().next() == Some('\n') {
                            chars.next();
                        }
                    }
                    Some(c) => self.current.text.push(c),
                },
                '{' | '}' | ',' => {
                    self.current.live.push(self.current.text.len());
                    self.current.text.push(c);
                }
                c => self.current.text.push(c),
            }
        }
    }

    /// The value of an unquoted expansion: split at blanks.
    pub(super) fn split(&mut self, value: &str) {
        let mut first = true;
        if value.starts_with([' ', '\t', '\n']) {
            self.end();
        }
        for part in value.split_ascii_whitespace() {
            if !first {
                self.end();
            }
            first = false;
            self.quoted(part);
        }
        if !first && value.ends_with([' ', '\t', '\n']) {
            self.end();
        }
    }

    /// As [`Fields::split`], at other characters than blanks.
    pub(super) fn split_at(&mut self, value: &str, marks: &str) {
        for (index, part) in value.split(|c| marks.contains(c)).enumerate() {
            if index > 0 {
                self.end();
            }
            if !part.is_empty() {
                self.quoted(part);
            }
        }
    }

    /// Several values, one word each, joined to what stands before and after.
    pub(super) fn list(&mut self, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.end();
            }
            self.quoted(value);
        }
    }

    /// A value that the line does not give.
    pub(super) fn unknown(&mut self) {
        self.current.present = true;
        self.current.uncertain = true;
    }

    /// Whether nothing of the current word is known yet.
    pub(super) fn at_start(&self) -> bool {
        self.current.text.is_empty() && !self.current.uncertain
    }

    fn end(&mut self) {
        if self.current.present {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    /// The words, braces expanded.
    pub(super) fn words(mut self) -> Vec<Word> {
        self.end();
        let mut words = Vec::new();
        for draft in self.done {
            let mut room = MOST_BRACES;
            expand_braces(draft, &mut room, &mut words);
        }
        words
    }

    /// The words as one, for places that do not split (assignments, redirections, here-strings).
    pub(super) fn joined(mut self) -> Word {
        self.end();
        let mut text = String::new();
        let mut certain = true;
        for (index, draft) in self.done.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(&draft.text);
            certain &= !draft.uncertain;
        }
        Word { text, certain }
    }
}

/// Expands the first `{a,b}` whose characters are all unquoted, then what that leaves.
fn expand_braces(draft: Draft, room: &mut usize, words: &mut Vec<Word>) {
    let Some((open, commas, close)) = first_braces(&draft) else {
        if *room == 0 {
            // What was cut off is said by an unknown word.
            return;
        }
        *room -= 1;
        words.push(Word { certain: !draft.uncertain && *room > 0, text: draft.text });
        return;
    };
    let mut begin = open + 1;
    for end in commas.into_iter().chain([close]) {
        if *room == 0 {
            return;
        }
        let mut text = draft.text[..open].to_owned();
        text.push_str(&draft.text[begin..end]);
        let kept = text.len();
        text.push_str(&draft.text[close + 1..]);
        let live = draft
            .live
            .iter()
            .filter_map(|&at| match at {
                at if at > begin - 1 && at < end => Some(at - begin + open),
                at if at > close => Some(at - close - 1 + kept),
                _ => None,
            })
            .collect();
        let next = Draft { text, live, uncertain: draft.uncertain, present: true };
        expand_braces(next, room, words);
        begin = end + 1;
    }
}

fn first_braces(draft: &Draft) -> Option<(usize, Vec<usize>, usize)> {
    let bytes = draft.text.as_bytes();
    let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut found: Option<(usize, Vec<usize>, usize)> = None;
    for &at in &draft.live {
        match bytes.get(at) {
            // More levels than this are no shorthand; the word stays as it is.
            Some(b'{') if open.len() < 8 => open.push((at, Vec::new())),
            Some(b',') => {
                if let Some((_, commas)) = open.last_mut() {
                    commas.push(at);
                }
            }
            Some(b'}') => {
                if let Some((begin, commas)) = open.pop()
                    && !commas.is_empty()
                {
                    found = Some((begin, commas, at));
                    if open.is_empty() {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// What stands inside `"…"`: a backslash quotes only `$`, backquote, `"`, `\` and a newline.
pub(super) fn unescape_double(raw: &str) -> String {
    unescape_some(raw, &['$', '`', '"', '\\'])
}

/// What a here-document makes of its backslashes: as in double quotes, but for the double quote itself, which is
/// a letter like others there.
pub(super) fn unescape_document(raw: &str) -> String {
    unescape_some(raw, &['$', '`', '\\'])
}

/// The text without the backslashes in front of newlines and of these.
fn unescape_some(raw: &str, quotable: &[char]) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('\n') => {}
            Some(c) if quotable.contains(&c) => text.push(c),
            Some(c) => text.extend(['\\', c]),
            None => text.push('\\'),
        }
    }
    text
}

/// What `$'…'` or the format of `printf` make of their escapes.
pub(super) fn unescape_ansi(raw: &str) -> String {
    unescape(raw, true)
}

/// What `echo -e` and `printf %b` make of their escapes: a backslash in front of a quote stays.
pub(super) fn unescape_echo(raw: &str) -> String {
    unescape(raw, false)
}

fn unescape(raw: &str, quotes: bool) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    let mut buffer = [0; 4];
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        let Some(escape) = escape else {
            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        };
        let mut number = |radix: u32, most: usize, first: Option<u32>| {
            let mut value = first;
            let mut left = most;
            while let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix))
                && left > 0
            {
                value = Some(value.unwrap_or(0) * radix + digit);
                left -= 1;
                chars.next();
            }
            value
        };
        match escape {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'x' => bytes.push(number(16, 2, None).unwrap_or(0) as u8),
            '0'..='7' => {
                // `\0` of printf takes three digits more, `$'\0'` two; the fourth is rare.
                bytes.push(number(8, 2, escape.to_digit(8)).unwrap_or(0) as u8);
            }
            'u' | 'U' => {
                let most = if escape == 'u' { 4 } else { 8 };
                let c = number(16, most, None).and_then(char::from_u32).unwrap_or('\u{fffd}');
                bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
            '\\' => bytes.push(b'\\'),
            '\'' | '"' | '?' if quotes => bytes.push(escape as u8),
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
