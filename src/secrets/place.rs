//! Where the value of a name stands, in the languages and formats that write `name = value`,
//! `name: value`, `name => value`, `"name": "value"`, `name := value`, `--name value`,
//! `<name>value</name>`, `set("name", "value")`, `name = os.getenv("NAME") or "value"`,
//! `{"name": "NAME", "value": "value"}` and their like.

use std::ops::Range;

/// Most bytes of a value.
const VALUE: usize = 520;

/// Most bytes of a line behind a name in which a literal is looked for.
const LINE: usize = 160;

/// How a value came behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `=`, `:`, `=>` and their like.
    Equals,
    /// An option and its value.
    Option,
    /// The line of a `.netrc`.
    Netrc,
    /// The name is that of a function, the value what it is given; or both merely stand together.
    Call,
}

/// A value behind its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its bytes, without quotes.
    pub(super) value: Range<usize>,
    /// It stands in quotes.
    pub(super) quoted: bool,
    /// What stands between name and value.
    pub(super) sign: Sign,
}

/// The value behind a name.
pub(super) fn of(text: &[u8], name: &Range<usize>) -> Option<Place> {
    if let Some(place) = reversed(text, name) {
        return Some(place);
    }
    let mut at = name.end;
    let closed = matches!(text.get(at), Some(b'"' | b'\'' | b'`' | b'\\'));
    while matches!(text.get(at), Some(b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'}'))
        && at < name.end + 4
    {
        at += 1;
    }
    let gap = blanks(text, at);
    at += gap;
    let dashed = text[name.start..].starts_with(b"-");
    let mut sign = Sign::Equals;
    match text.get(at..text.len().min(at + 2))? {
        [b':', b'='] | [b'=', b'>' | b'='] | [b'?' | b'!', b'='] => {
            at += 2;
            at += usize::from(text.get(at) == Some(&b'='));
        }
        // `||=`, and a fallback: `env.NAME || "value"`, `env.NAME ?? "value"`, `${NAME:-value}`.
        [b'|', b'|'] | [b'?', b'?'] | [b':', b'-' | b'?'] => {
            at += 2;
            at += usize::from(text.get(at) == Some(&b'='));
        }
        [b'|', b'='] => at += 2,
        [b'=', ..] => {
            if dashed {
                sign = Sign::Option;
            }
            at += 1;
        }
        [b':', ..] => at = typed(text, at + 1),
        [b',', ..] if closed => {
            if let Some(place) = partner(text, name, at + 1) {
                return Some(place);
            }
            at += 1;
        }
        [b'<', b'-'] => at += 2,
        [b'<', b'/'] => return element(text, at),
        [b'>', ..] => at += 1,
        [b'(', quote] if !closed && gap == 0 && is_quote(*quote) => {
            sign = Sign::Call;
            at += 1;
        }
        [b'{', ..] if closed => return variable(text, name, at),
        _ if closed && text.get(at) == Some(&b'\n') || text.get(at) == Some(&b'\n') => {
            return partner(text, name, at);
        }
        _ if closed && gap > 0 && text[at..].starts_with(b"value") => {
            return partner(text, name, at);
        }
        [b'|', b' ' | b'`'] if text.get(name.start.wrapping_sub(2)) == Some(&b'|') || closed => {
            // A row of a table.
            sign = Sign::Call;
            at += 1;
        }
        [b'{', quote] if gap == 0 && is_quote(*quote) => at += 1,
        [b',', ..] if text[..name.start].ends_with(b"{") => {
            sign = Sign::Call;
            at += 1;
        }
        [b'(', b')'] if !closed => {
            at = returned(text, at)?;
            sign = Sign::Call;
        }
        [b'[', b']'] => {
            at += 2;
            at += blanks(text, at);
            at = (text.get(at) == Some(&b'=')).then_some(at + 1)?;
        }
        _ if gap > 0 && kind_then_sign(text, at).is_some() => at = kind_then_sign(text, at)?,
        _ if gap > 0 => {
            sign = if dashed && !text[name.start..].starts_with(b"---") {
                Sign::Option
            } else if netrc(text, name) {
                Sign::Netrc
            } else if defined(text, name) || stated(text, name, at) {
                Sign::Equals
            } else if let Some(value) = option(text, at) {
                at = value;
                Sign::Equals
            } else if text.get(at).is_some_and(|byte| is_quote(*byte)) {
                Sign::Call
            } else {
                return None;
            };
        }
        _ => return None,
    }
    at += blanks(text, at);
    at = folded(text, at);
    let (value, quoted) = literal(text, wrapped(text, at).unwrap_or(at))?;
    if !quoted && let Some(fallback) = fallback(text, &value) {
        return Some(Place { value: fallback, quoted: true, sign });
    }
    Some(Place { value, quoted, sign })
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// Blanks from a place on.
fn blanks(text: &[u8], at: usize) -> usize {
    text[at.min(text.len())..]
        .iter()
        .take(12)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// Behind a colon: past the type between name and value, `password: str = "…"`.
fn typed(text: &[u8], at: usize) -> usize {
    let start = at + blanks(text, at);
    let kind = text[start..]
        .iter()
        .take(24)
        .take_while(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'&' | b'<' | b'>' | b'[' | b']' | b'\'' | b'_' | b'?' | b'.')
        })
        .count();
    let after = start + kind + blanks(text, start + kind);
    let assigned = matches!(text.get(after + 1), Some(b' ' | b'"' | b'\'' | b'`'));
    if kind > 0 && text.get(after) == Some(&b'=') && assigned { after + 1 } else { at }
}

/// Past the type that follows a name and the sign behind it: `name string = "…"`,
/// `name As String = "…"`. A literal must follow.
fn kind_then_sign(text: &[u8], at: usize) -> Option<usize> {
    let line = &text[at..text.len().min(at + 40)];
    let letters = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'*' | b'.');
    let kind = line.iter().take_while(letters).count();
    let first = line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'*');
    if !first || line.get(kind) != Some(&b'=') || line.get(kind + 1) == Some(&b'=') {
        return None;
    }
    let value = at + kind + 1;
    let quote = text.get(value + blanks(text, value))?;
    is_quote(*quote).then_some(value)
}

/// Past the `return` of a function of no arguments: `def name():⏎    return "…"`.
fn returned(text: &[u8], at: usize) -> Option<usize> {
    let body = &text[at..text.len().min(at + LINE)];
    let word = memchr::memmem::find(body, b"return ")?;
    let head = body[2..word].iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    // A colon, a brace, or a type and one of them.
    (head <= 16 && !body[..word].contains(&b';')).then_some(at + word + b"return ".len())
}

/// The literal before the name, where a call takes the value first, as in Swift:
/// `setValue("…", forHTTPHeaderField: "name")`.
fn reversed(text: &[u8], name: &Range<usize>) -> Option<Place> {
    let before = text[..name.start].strip_suffix(b"\", forHTTPHeaderField: \"")?;
    let near = before.len().saturating_sub(VALUE);
    let from = near + memchr::memrchr(b'"', &before[near..])? + 1;
    let value = from..before.len();
    (!value.is_empty()).then_some(Place { value, quoted: true, sign: Sign::Equals })
}

/// Past the option that takes the value of the name before it: `NAME --body "…"`, `NAME -Value "…"`.
fn option(text: &[u8], at: usize) -> Option<usize> {
    [&b"--body "[..], b"-b ", b"-Value ", b"--value ", b"-value ", b"-String "]
        .iter()
        .find(|word| text[at..].starts_with(word))
        .map(|word| at + word.len())
}

/// Past what puts a value on the next line: a block of YAML (`>-`, `|`), an open parenthesis, a
/// line that goes on.
fn folded(text: &[u8], at: usize) -> usize {
    let line = &text[at..text.len().min(at + 6)];
    let Some(end) = memchr::memchr(b'\n', line) else { return at };
    let folds = matches!(
        line[..end].trim_ascii_end(),
        b"|" | b"|-" | b"|+" | b">" | b">-" | b">+" | b"(" | b"\\" | b"["
    );
    if !folds {
        return at;
    }
    let next = at + end + 1;
    let indent =
        text[next..].iter().take(40).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if indent == 0 { at } else { next + indent }
}

/// Inside the call that a literal is wrapped in: `Field(default="…")`, `String::from("…")`,
/// `new Secret("…")`. A call that reads something is given a name and not a value.
fn wrapped(text: &[u8], at: usize) -> Option<usize> {
    const READS: [&[u8]; 28] = [
        b"hash",
        b"hmac",
        b"crypt",
        b"digest",
        b"format",
        b"join",
        b"replace",
        b"split",
        b"match",
        b"error",
        b"print",
        b"translate",
        b"get",
        b"env",
        b"fetch",
        b"read",
        b"load",
        b"find",
        b"lookup",
        b"var",
        b"query",
        b"select",
        b"param",
        b"config",
        b"input",
        b"prompt",
        b"pass",
        b"file",
    ];
    let line = &text[at..text.len().min(at + LINE)];
    let head = line
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b' ')
        })
        .count();
    let called = &line[..head];
    let open = match line.get(head) {
        Some(b'(') => head + 1,
        _ => return None,
    };
    let reads =
        |word: &&[u8]| called.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if called.is_empty() && !line.get(open).is_some_and(|byte| is_quote(*byte))
        || READS.iter().any(reads)
    {
        return None;
    }
    let key = line[open..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_'))
        .count();
    let from = match line.get(open + key) {
        Some(b'=') => open + key + 1,
        _ => open,
    };
    line.get(from).is_some_and(|byte| is_quote(*byte)).then_some(at + from)
}

/// A literal that stands in when what is read is not there: `process.env.NAME || "…"`,
/// `os.environ.get("NAME", "…")`.
fn fallback(text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    let rest = &text[value.start..text.len().min(value.start + LINE)];
    let line = &rest[..memchr::memchr2(b'\n', b';', rest).unwrap_or(rest.len())];
    let reads = [&b"env"[..], b"ENV", b"getOr", b"get(", b"Env"];
    if !reads.iter().any(|word| memchr::memmem::find(line, word).is_some()) {
        return None;
    }
    let signs = [&b"|| "[..], b"?? ", b" or ", b"?: ", b"\", ", b"', ", b"OrElse(", b"unwrap_or("];
    let at = signs
        .iter()
        .filter_map(|sign| Some(memchr::memmem::rfind(line, sign)? + sign.len()))
        .max()?;
    let quote = *line.get(at).filter(|byte| is_quote(**byte))?;
    let end = memchr::memchr(quote, &line[at + 1..])?;
    (end > 0).then_some(value.start + at + 1..value.start + at + 1 + end)
}

/// The value of a pair whose name is itself a value: `{"name": "X", "value": "…"}`,
/// `- name: X⏎  value: …`, `<add key="X" value="…"/>`.
fn partner(text: &[u8], name: &Range<usize>, at: usize) -> Option<Place> {
    let before = &text[name.start.saturating_sub(24)..name.start];
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before).trim_ascii_end();
    let before = before.strip_suffix(b"=").or_else(|| before.strip_suffix(b":"))?.trim_ascii_end();
    let bare = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\\');
    let word = &before[..before.iter().rposition(|byte| !bare(byte)).map_or(0, |at| at + 1)];
    let names = [&b"name"[..], b"key", b"id", b"field"];
    if !names.iter().any(|known| {
        word.len() >= known.len() && word[word.len() - known.len()..].eq_ignore_ascii_case(known)
    }) {
        return None;
    }
    let rest = &text[at..text.len().min(at + LINE)];
    // Other fields may stand between, but no other object or element.
    let rest = &rest[..memchr::memchr3(b'{', b'}', b'>', rest).unwrap_or(rest.len())];
    let skip = memchr::memmem::find_iter(rest, b"alue")
        .filter_map(|at| at.checked_sub(1))
        .find(|at| *at == 0 || !rest[at - 1].is_ascii_alphanumeric())?;
    if !rest[skip].eq_ignore_ascii_case(&b'v') {
        return None;
    }
    let mut from = skip + 5;
    from += rest[from..].iter().take_while(|byte| bare(byte)).count();
    from += blanks(rest, from);
    if !matches!(rest.get(from), Some(b'=' | b':')) {
        return None;
    }
    from += 1;
    from += blanks(rest, from);
    let (value, quoted) = literal(text, at + from)?;
    Some(Place { value, quoted, sign: Sign::Equals })
}

/// The element behind that of the name: `<key>NAME</key>⏎<string>…</string>`.
fn element(text: &[u8], at: usize) -> Option<Place> {
    let rest = text[at..text.len().min(at + LINE)].strip_prefix(b"</key>")?;
    let skip = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let inside = rest[skip..].strip_prefix(b"<string>")?;
    let from = at + b"</key>".len() + skip + b"<string>".len();
    let end = memchr::memchr(b'<', inside)?;
    (end > 0).then_some(Place { value: from..from + end, quoted: true, sign: Sign::Equals })
}

/// The default of a variable of Terraform: `variable "NAME" { default = "…" }`.
fn variable(text: &[u8], name: &Range<usize>, at: usize) -> Option<Place> {
    if !text[..name.start].ends_with(b"variable \"") {
        return None;
    }
    let block = &text[at..text.len().min(at + 2 * LINE)];
    let block = &block[..memchr::memchr(b'}', block).unwrap_or(block.len())];
    let word = memchr::memmem::find(block, b"default")? + b"default".len();
    let from = word + blanks(block, word);
    let from = (block.get(from) == Some(&b'=')).then_some(from + 1)?;
    let (value, quoted) = literal(text, at + from + blanks(block, from))?;
    quoted.then_some(Place { value, quoted, sign: Sign::Equals })
}

/// Whether the word before the name is one of those that name and value follow.
fn defined(text: &[u8], name: &Range<usize>) -> bool {
    [&b"#define "[..], b"ENV ", b"setx ", b"ARG ", b"set -gx ", b"set -x ", b"set -Ux ", b"setenv "]
        .iter()
        .any(|word| text[..name.start].ends_with(word))
}

/// Whether a literal follows a name that only such a literal follows: `(def name "…")`,
/// `:name "…"`, `WITH PASSWORD '…'`, `IDENTIFIED BY`, `ConvertTo-SecureString "…"`, `Bearer …`.
fn stated(text: &[u8], name: &Range<usize>, at: usize) -> bool {
    let (before, word) = (&text[..name.start], &text[name.clone()]);
    let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
    let header = [&b"uthorization: "[..], b"uthorization': '", b"uthorization\": \""];
    if is(b"bearer") || is(b"token") && header.iter().any(|head| before.ends_with(head)) {
        return true;
    }
    let quoted = text.get(at).is_some_and(|byte| is_quote(*byte));
    let said = is(b"identified by") || is(b"convertto-securestring");
    let sql = is(b"password") && before.ends_with(b" ");
    quoted && (said || sql || before.ends_with(b"(def ") || before.ends_with(b":"))
}

/// Whether the name is `password` in a line that names a machine or a login.
fn netrc(text: &[u8], name: &Range<usize>) -> bool {
    text[name.clone()].eq_ignore_ascii_case(b"password") && {
        let near = &text[name.start.saturating_sub(120)..name.start];
        memchr::memmem::find(near, b"login ").is_some()
    }
}

/// The literal or the bare word at a place, and whether it is quoted.
fn literal(text: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    let mut at = at;
    // The letter of a kind of string: r"", b"", f"", L"", @"".
    if matches!(text.get(at..at + 2), Some([b'r' | b'b' | b'u' | b'f' | b'L' | b'@', quote]) if is_quote(*quote))
    {
        at += 1;
    }
    let escaped = text.get(at) == Some(&b'\\');
    let mut open = at + usize::from(escaped);
    // Three quotes are one.
    if let Some([one, two, three]) = text.get(open..open + 3)
        && is_quote(*one)
        && one == two
        && two == three
    {
        open += 2;
    }
    let line = |from: usize| &text[from..text.len().min(from + VALUE)];
    if let Some(&quote @ (b'"' | b'\'' | b'`')) = text.get(open) {
        let from = open + 1;
        let mut end = from;
        loop {
            let step = line(end)
                .iter()
                .position(|byte| *byte == quote || *byte == b'\n' || *byte == b'\\')?;
            end += step;
            match text[end] {
                b'\\' if !escaped && end + 1 < text.len() => end += 2,
                b'\n' => return None,
                _ => break,
            }
            if end - from > VALUE || end >= text.len() {
                return None;
            }
        }
        return (end > from).then_some((from..end, true));
    }
    let stop = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b',' | b';' | b'"' | b'\'' | b'`' | b'&' | b'<' | b'\\')
    };
    let rest = text.get(open..).map(|_| line(open))?;
    let ends =
        |at: &usize| stop(&rest[*at]) && !(rest[*at] == b'&' && inside_word(&rest[*at + 1..]));
    let mut end = (0..rest.len()).find(ends).unwrap_or(rest.len());
    // What closes a bracket that was opened before the name, and a full stop, are no part of it.
    while end > 0
        && matches!(rest[end - 1], b')' | b']' | b'}' | b'.')
        && !rest[..end].iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
    {
        end -= 1;
    }
    (end > 0).then_some((open..open + end, false))
}

/// Whether an ampersand with this behind it is one of a word, and neither ends a command nor begins
/// the next field of a query.
fn inside_word(after: &[u8]) -> bool {
    let name = after
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[')
        })
        .count();
    match after.get(name) {
        Some(b'=' | b';') => false,
        _ => after.first().is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'&'),
    }
}

/// All that stands behind the sign, where name and bare value are a line of their own, as in `.env`,
/// INI and YAML files, or a quoted text of their own, as in `echo "NAME=…"`. No blank may be in it.
pub(super) fn line(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> Option<Range<usize>> {
    let start = memchr::memrchr(b'\n', &text[..name.start]).map_or(0, |at| at + 1);
    let before = text[start..name.start].trim_ascii();
    let around = before.last().copied().filter(|byte| is_quote(*byte));
    if around.is_none() && !matches!(before, b"" | b"export" | b"-" | b"+") {
        return None;
    }
    let rest = &text[value.start..text.len().min(value.start + VALUE)];
    let end = memchr::memchr2(b'\n', around.unwrap_or(b'\n'), rest).unwrap_or(rest.len());
    let rest = rest[..end].trim_ascii_end();
    let parted = rest.iter().any(|byte| byte.is_ascii_whitespace() || is_quote(*byte));
    (!parted && rest.len() >= value.len()).then_some(value.start..value.start + rest.len())
}
