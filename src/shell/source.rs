//! A light lexer and evaluator of constants for the languages that start processes from one line:
//! Python, JavaScript, Perl, Ruby, PHP, awk. It knows strings, names and brackets, nothing more.

use std::collections::BTreeMap;

use super::Word;
use super::word::unescape_ansi;

/// A piece of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, dots included: `os.system`.
    Name(String),
    /// A string, its escapes undone; false when something is put into it at run time.
    Text(String, bool),
    /// Between backquotes or in `%x()` or `qx()`: runs as shell code.
    Shell(String, bool),
    /// Any other character.
    Mark(char),
}

/// A value that the program gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constant {
    /// One text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// What differs between the languages for the lexer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lexis {
    /// `#` begins a comment.
    pub(super) hash: bool,
    /// `//` and `/* */` are comments, backquotes are strings with `${}`.
    pub(super) script: bool,
    /// Backquotes, `%x()`, `qx()` run what is in them; `qw()` is a list.
    pub(super) perl: bool,
    /// `"""` is a string, letters before a quote belong to it.
    pub(super) python: bool,
    /// In a string that takes values, a backslash in front of a line's end goes and the line's end stays.
    pub(super) line_ends: bool,
}

/// Most pieces of one program.
const MOST_TOKENS: usize = 40_000;

/// Longest text that constants are put into, in bytes.
const LONGEST_FILLED: usize = 64 << 10;

/// Cuts a program into its pieces.
pub(super) fn tokens(text: &str, lexis: Lexis) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if all.len() >= MOST_TOKENS {
            break;
        }
        let next = chars.get(at + 1).copied();
        match c {
            '#' if lexis.hash => at = line_end(&chars, at),
            '/' if lexis.script && next == Some('/') => at = line_end(&chars, at),
            '/' if lexis.script && next == Some('*') => {
                at += 2;
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    at += 1;
                }
                at += 2;
            }
            '\'' | '"' | '`' => {
                let raw = lexis.python && raw_before(&mut all);
                let (token, end) = string(&chars, at, lexis, raw);
                all.push(token);
                at = end;
            }
            '%' if lexis.perl && next == Some('x') && opener(chars.get(at + 2)).is_some() => {
                let (inner, end) = bracketed(&chars, at + 2);
                all.push(Token::Shell(inner.clone(), !inner.contains("#{")));
                at = end;
            }
            '%' if lexis.perl
                && matches!(next, Some('w' | 'W' | 'i'))
                && opener(chars.get(at + 2)).is_some() =>
            {
                let (inner, end) = bracketed(&chars, at + 2);
                all.push(Token::Mark('['));
                for word in inner.split_whitespace() {
                    all.push(Token::Text(word.to_owned(), true));
                    all.push(Token::Mark(','));
                }
                all.push(Token::Mark(']'));
                at = end;
            }
            c if c.is_alphabetic() || c == '_' || c == '$' || c == '@' => {
                let begin = at;
                while chars
                    .get(at)
                    .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@'))
                    || chars.get(at) == Some(&':') && chars.get(at + 1) == Some(&':')
                {
                    at += if chars[at] == ':' { 2 } else { 1 };
                }
                let name: String = chars[begin..at].iter().collect();
                if lexis.perl && matches!(name.as_str(), "qx" | "qw" | "q" | "qq") {
                    let mut open = at;
                    while chars.get(open) == Some(&' ') {
                        open += 1;
                    }
                    if opener(chars.get(open)).is_some() {
                        let (mut inner, end) = bracketed(&chars, open);
                        at = end;
                        if lexis.line_ends && name != "q" {
                            inner = inner.replace("\\\n", "\n");
                        }
                        match name.as_str() {
                            "qx" => all.push(Token::Shell(inner.clone(), !inner.contains('$'))),
                            "qw" => {
                                all.push(Token::Mark('['));
                                for word in inner.split_whitespace() {
                                    all.push(Token::Text(word.to_owned(), true));
                                    all.push(Token::Mark(','));
                                }
                                all.push(Token::Mark(']'));
                            }
                            _ => all.push(Token::Text(inner, true)),
                        }
                        continue;
                    }
                }
                all.push(Token::Name(name));
            }
            c if c.is_whitespace() && c != '\n' => at += 1,
            c => {
                all.push(Token::Mark(c));
                at += 1;
            }
        }
    }
    all
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |end| at + end)
}

/// Whether the name before a quote makes a raw string of it; the name is taken away.
fn raw_before(all: &mut Vec<Token>) -> bool {
    match all.last() {
        Some(Token::Name(name))
            if matches!(
                name.to_ascii_lowercase().as_str(),
                "r" | "b" | "f" | "u" | "rb" | "br" | "fr" | "rf"
            ) =>
        {
            let name = name.to_ascii_lowercase();
            all.pop();
            if name.contains('f') {
                all.push(Token::Mark('f'));
            }
            name.contains('r')
        }
        _ => false,
    }
}

fn string(chars: &[char], at: usize, lexis: Lexis, raw: bool) -> (Token, usize) {
    let quote = chars[at];
    let triple =
        lexis.python && chars.get(at + 1) == Some(&quote) && chars.get(at + 2) == Some(&quote);
    let begin = at + if triple { 3 } else { 1 };
    let mut end = begin;
    let mut text = String::new();
    while let Some(&c) = chars.get(end) {
        if c == '\\' && !raw {
            let stays = lexis.line_ends && quote != '\'' && chars.get(end + 1) == Some(&'\n');
            text.extend((!stays).then_some(c));
            text.extend(chars.get(end + 1));
            end += 2;
            continue;
        }
        let closes = c == quote
            && (!triple
                || chars.get(end + 1) == Some(&quote) && chars.get(end + 2) == Some(&quote));
        if closes {
            end += if triple { 3 } else { 1 };
            break;
        }
        text.push(c);
        end += 1;
    }
    let plain = if raw { text.clone() } else { unescape_ansi(&text) };
    if quote == '`' && lexis.perl {
        return (Token::Shell(plain, !text.contains(['$', '@']) && !text.contains("#{")), end);
    }
    let filled = match quote {
        '`' => text.contains("${"),
        '"' if lexis.perl => text.contains("#{") || text.contains('$'),
        _ => false,
    };
    (Token::Text(plain, !filled), end)
}

fn opener(c: Option<&char>) -> Option<char> {
    Some(match c? {
        '(' => ')',
        '{' => '}',
        '[' => ']',
        '<' => '>',
        '/' => '/',
        '|' => '|',
        '!' => '!',
        _ => return None,
    })
}

fn bracketed(chars: &[char], at: usize) -> (String, usize) {
    let close = opener(chars.get(at)).unwrap_or(')');
    let inner: String = chars[at + 1..].iter().take_while(|c| **c != close).collect();
    let end = at + 2 + inner.chars().count();
    (inner, end.min(chars.len()))
}

/// Evaluates constant expressions.
#[derive(Debug)]
pub(super) struct Evaluator<'t> {
    tokens: &'t [Token],
    pub(super) names: BTreeMap<String, Constant>,
}

impl<'t> Evaluator<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        let mut this = Self { tokens, names: BTreeMap::new() };
        // `name = constant`, wherever it stands; a second one makes it unknown.
        let mut twice: Vec<String> = Vec::new();
        for at in 0..tokens.len() {
            let (Some(Token::Name(name)), Some(Token::Mark('='))) =
                (tokens.get(at), tokens.get(at + 1))
            else {
                continue;
            };
            if tokens.get(at + 2) == Some(&Token::Mark('=')) {
                continue;
            }
            match this.value(at + 2, 0) {
                (Some(value), _) if this.names.len() < 256 && !this.names.contains_key(name) => {
                    this.names.insert(name.clone(), value);
                }
                _ => twice.push(name.clone()),
            }
        }
        // `name.append(…)`, `name += …`: it holds something else by then.
        for at in 0..tokens.len() {
            let Some(Token::Name(name)) = tokens.get(at) else { continue };
            let grown = match name.rsplit_once('.') {
                Some((
                    base,
                    "append" | "extend" | "insert" | "push" | "unshift" | "concat" | "reverse",
                )) => Some(base),
                _ => None,
            };
            let added = tokens.get(at + 1) == Some(&Token::Mark('+'))
                && tokens.get(at + 2) == Some(&Token::Mark('='));
            twice.extend(grown.map(str::to_owned).or_else(|| added.then(|| name.clone())));
        }
        for name in twice {
            this.names.remove(&name);
        }
        this
    }

    /// The value that stands at `at`, and where it ends.
    pub(super) fn value(&self, at: usize, depth: usize) -> (Option<Constant>, usize) {
        let (mut left, mut at) = self.term(at, depth);
        loop {
            match self.tokens.get(at) {
                // `"a" + "b"`, in Perl and PHP `"a" . "b"`.
                Some(Token::Mark('+' | '.')) => {
                    let (right, end) = self.term(at + 1, depth + 1);
                    left = join(left, right);
                    at = end;
                }
                // Strings side by side are one.
                Some(Token::Text(..)) if matches!(left, Some(Constant::Text(_))) => {
                    let (right, end) = self.term(at, depth + 1);
                    left = join(left, right);
                    at = end;
                }
                Some(Token::Name(name)) if name == ".split" => {
                    left = match left {
                        Some(Constant::Text(text)) => Some(Constant::List(
                            text.split_whitespace().map(str::to_owned).collect(),
                        )),
                        other => other,
                    };
                    at += 1;
                    while self.tokens.get(at).is_some_and(|t| *t != Token::Mark(')')) {
                        at += 1;
                    }
                    at += 1;
                }
                // A part of it: which, nobody computes.
                Some(Token::Mark('[')) if left.is_some() => {
                    let (_, end) = self.term(at, depth + 1);
                    left = None;
                    at = end.max(at + 1);
                }
                _ => return (left, at),
            }
        }
    }

    /// A text into which the program puts constants: `${v}`, `#{v}`, `$v`. `None` when one is not known.
    pub(super) fn filled(&self, text: &str) -> Option<String> {
        let mut all = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '#']) {
            all.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, left) = match after.strip_prefix('{') {
                Some(inner) => inner.split_once('}')?,
                None if rest[at..].starts_with('$') => {
                    let end = after
                        .find(|c: char| !c.is_alphanumeric() && c != '_')
                        .unwrap_or(after.len());
                    after.split_at(end)
                }
                None => {
                    all.push('#');
                    rest = after;
                    continue;
                }
            };
            all.push_str(&self.constant(name.trim())?);
            rest = left;
        }
        all.push_str(rest);
        (all.len() < LONGEST_FILLED).then_some(all)
    }

    /// Python's `f"…{v}…"`.
    fn braces(&self, text: &str) -> Option<String> {
        let mut all = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, left) = after.split_once('}')?;
            all.push_str(before);
            all.push_str(&self.constant(name.trim())?);
            rest = left;
        }
        all.push_str(rest);
        (all.len() < LONGEST_FILLED).then_some(all)
    }

    /// The value of a name, with or without its sigil, or of a quoted text.
    fn constant(&self, name: &str) -> Option<String> {
        if let Some(quote) = name.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return Some(name.strip_prefix(quote)?.strip_suffix(quote)?.to_owned());
        }
        let value = self.names.get(name).or_else(|| self.names.get(&format!("${name}")))?;
        match value {
            Constant::Text(text) => Some(text.clone()),
            Constant::List(_) => None,
        }
    }

    fn term(&self, at: usize, depth: usize) -> (Option<Constant>, usize) {
        if depth > 16 {
            return (None, at);
        }
        match self.tokens.get(at) {
            Some(Token::Text(text, certain)) => {
                let filled = if *certain { Some(text.clone()) } else { self.filled(text) };
                let value = filled.map(Constant::Text);
                let mut end = at + 1;
                // `"git %s" % "push"`, `"git {}".format("push")`.
                let format = match (self.tokens.get(end), self.tokens.get(end + 1)) {
                    (Some(Token::Mark('%')), _) => Some((end + 1, ["%s", "%d"])),
                    (Some(Token::Mark('.')), Some(Token::Name(n))) if n == "format" => {
                        Some((end + 2, ["{}", "{0}"]))
                    }
                    _ => None,
                };
                if let Some((from, marks)) = format {
                    let (given, end) = self.value(from, depth + 1);
                    let parts = match given {
                        Some(Constant::Text(text)) => Some(vec![text]),
                        Some(Constant::List(list)) => Some(list),
                        None => None,
                    };
                    let put = |mut text: String, parts: Vec<String>| {
                        for part in parts {
                            if let Some((at, mark)) =
                                marks.iter().find_map(|m| Some((text.find(m)?, m)))
                            {
                                text.replace_range(at..at + mark.len(), &part);
                            }
                        }
                        Constant::Text(text)
                    };
                    return (parts.map(|parts| put(text.clone(), parts)), end.max(from + 1));
                }
                // `"git push".split()`: the lexer leaves the dot with the name behind it.
                if self.tokens.get(end) == Some(&Token::Mark('.'))
                    && matches!(self.tokens.get(end + 1), Some(Token::Name(n)) if n == "split")
                {
                    end += 2;
                    while self.tokens.get(end).is_some_and(|t| *t != Token::Mark(')')) {
                        end += 1;
                    }
                    let words = match value {
                        Some(Constant::Text(text)) => Some(Constant::List(
                            text.split_whitespace().map(str::to_owned).collect(),
                        )),
                        other => other,
                    };
                    return (words, end + 1);
                }
                // `" ".join(["git", "push"])`.
                if self.tokens.get(end) == Some(&Token::Mark('.'))
                    && matches!(self.tokens.get(end + 1), Some(Token::Name(n)) if n == "join")
                    && let (Some(Constant::List(parts)), close) = self.value(end + 3, depth + 1)
                {
                    return (value.map(|_| Constant::Text(parts.join(text))), close + 1);
                }
                (value, end)
            }
            Some(Token::Mark('f')) => match self.tokens.get(at + 1) {
                Some(Token::Text(text, _)) => (self.braces(text).map(Constant::Text), at + 2),
                _ => self.term(at + 1, depth + 1),
            },
            Some(Token::Mark(open @ ('[' | '('))) => {
                let close = if *open == '[' { ']' } else { ')' };
                let mut parts = Some(Vec::new());
                let mut commas = *open == '[';
                let mut at = at + 1;
                loop {
                    match self.tokens.get(at) {
                        None => return (None, at),
                        Some(Token::Mark(c)) if *c == close => break,
                        Some(Token::Mark(',')) => {
                            commas = true;
                            at += 1;
                        }
                        Some(Token::Mark('\n')) => at += 1,
                        Some(_) => {
                            let (value, end) = self.value(at, depth + 1);
                            match (value, &mut parts) {
                                (Some(Constant::Text(text)), Some(parts)) => parts.push(text),
                                (Some(Constant::List(mut more)), Some(parts)) => {
                                    parts.append(&mut more);
                                }
                                _ => parts = None,
                            }
                            at = end.max(at + 1);
                        }
                    }
                }
                let value = match parts {
                    Some(mut parts) if !commas && parts.len() == 1 => {
                        Some(Constant::Text(parts.remove(0)))
                    }
                    parts => parts.map(Constant::List),
                };
                (value, at + 1)
            }
            Some(Token::Name(name)) => {
                if self.tokens.get(at + 1) == Some(&Token::Mark('(')) {
                    let (inner, end) = self.term(at + 1, depth + 1);
                    let decodes =
                        name.ends_with("b64decode") || name == "atob" || name.ends_with("decode64");
                    if let Some(Constant::Text(text)) = inner.as_ref().filter(|_| decodes) {
                        let words = [Word::known("base64"), Word::known("-d")];
                        let value = super::decode::filtered(&words, Some(text)).map(Constant::Text);
                        // `.decode()` behind it changes nothing.
                        let decode = matches!(self.tokens.get(end + 1), Some(Token::Name(n)) if n == "decode");
                        return (value, if decode { end + 4 } else { end });
                    }
                    // `words.join(" ")`, where the words are a constant.
                    if let (Some(base), Some(Constant::Text(with))) =
                        (name.strip_suffix(".join"), inner.as_ref())
                    {
                        let list = match self.names.get(base) {
                            Some(Constant::List(list)) => Some(Constant::Text(list.join(with))),
                            _ => None,
                        };
                        return (list, end);
                    }
                    let split = name.ends_with("shlex.split")
                        || name == "split"
                        || name.ends_with("Shellwords.split");
                    let value = match inner {
                        Some(Constant::Text(text)) if split => Some(Constant::List(
                            text.split_whitespace()
                                .map(|word| word.replace(['\'', '"'], ""))
                                .collect(),
                        )),
                        _ => None,
                    };
                    return (value, end);
                }
                if let Some(base) = name.strip_suffix(".split") {
                    return (self.names.get(base).cloned(), at + 1);
                }
                (self.names.get(name).cloned(), at + 1)
            }
            _ => (None, at + 1),
        }
    }
}

fn join(left: Option<Constant>, right: Option<Constant>) -> Option<Constant> {
    match (left?, right?) {
        (Constant::Text(left), Constant::Text(right)) => Some(Constant::Text(left + &right)),
        (Constant::List(mut left), Constant::List(mut right)) => {
            left.append(&mut right);
            Some(Constant::List(left))
        }
        _ => None,
    }
}
