//! Assignments to a credential's name, in the languages and formats that write
//! `name = value`, `name: value`, `name => value`, `"name": "value"`, `name := value`,
//! `--name value`, `<name>value</name>` and `set("name", "value")`.

use std::ops::Range;

use super::rule::Tier;
use super::suppress::{self, Reason};
use super::value::{self, Class, Strength};

/// Most bytes of a name to each side of its keyword.
const NAME: usize = 40;

/// Most bytes of a value.
const VALUE: usize = 520;

/// A value and how to answer it, or why it is no credential.
pub(super) type Found = (Range<usize>, Result<Tier, Reason>);

/// Looks at the assignment whose name holds the keyword. `None` when there is none.
pub(super) fn look(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let left = text[..keyword.start].iter().rev().take(NAME).take_while(part).count();
    let right = text[keyword.end..].iter().take(NAME).take_while(part).count();
    let name = keyword.start - left..keyword.end + right;
    // The common way out: a word of prose or code with nothing assigned to it.
    let (value, quoted, sign) = assigned(text, &name)?;
    let class = named(text, &name, &keyword)?;
    let verdict = judge(text, &name, &value, quoted, sign, class);
    Some((value, verdict))
}

/// How a value came behind its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `=`, `:`, `=>` and their like.
    Equals,
    /// An option and its value.
    Option,
    /// The line of a `.netrc`.
    Netrc,
}

/// The value behind a name, whether it is quoted, and the sign between them.
fn assigned(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, bool, Sign)> {
    let mut at = name.end;
    let blank = |at: usize| {
        text[at..].iter().take(12).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    };
    let closed = matches!(text.get(at), Some(b'"' | b'\'' | b'`' | b'\\'));
    while matches!(text.get(at), Some(b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'}'))
        && at < name.end + 4
    {
        at += 1;
    }
    let gap = blank(at);
    at += gap;
    let mut sign = Sign::Equals;
    match text.get(at..text.len().min(at + 2))? {
        [b':', b'='] | [b'=', b'>' | b'='] | [b'?' | b'|' | b'!', b'='] => {
            at += 2;
            at += usize::from(text.get(at) == Some(&b'='));
        }
        [b'=', ..] => at += 1,
        [b':', ..] => {
            at += 1;
            // A type between name and value: `password: str = "…"`.
            let start = at + blank(at);
            let kind = text[start..]
                .iter()
                .take(24)
                .take_while(|byte| {
                    byte.is_ascii_alphanumeric()
                        || matches!(byte, b'&' | b'<' | b'>' | b'[' | b']' | b'\'' | b'_')
                })
                .count();
            let after = start + kind + blank(start + kind);
            if kind > 0 && text.get(after) == Some(&b'=') && text.get(after + 1) != Some(&b'=') {
                at = after + 1;
            }
        }
        [b',', ..] if closed => at += 1,
        [b'<', b'-'] => at += 2,
        [b'>', ..] => at += 1,
        _ if gap > 0 => {
            sign = if text[..name.start].ends_with(b"--") || text[name.start..].starts_with(b"--") {
                Sign::Option
            } else if netrc(text, name) {
                Sign::Netrc
            } else if defined(text, name) {
                Sign::Equals
            } else {
                return None;
            };
        }
        _ => return None,
    }
    at += blank(at);
    // The letter of a kind of string: r"", b"", f"", L"", @"".
    if matches!(text.get(at..at + 2), Some([b'r' | b'b' | b'u' | b'f' | b'L' | b'@', b'"' | b'\'']))
    {
        at += 1;
    }
    let escaped = text.get(at) == Some(&b'\\');
    let open = at + usize::from(escaped);
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
        return (end > from).then_some((from..end, true, sign));
    }
    let stop = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b',' | b';' | b'"' | b'\'' | b'`' | b'&' | b'<' | b'\\')
    };
    let rest = line(open);
    let mut end = rest.iter().position(stop).unwrap_or(rest.len());
    // What closes a bracket that was opened before the name, and a full stop, are no part of it.
    while end > 0
        && matches!(rest[end - 1], b')' | b']' | b'}' | b'.')
        && !rest[..end].iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
    {
        end -= 1;
    }
    (end > 0).then_some((open..open + end, false, sign))
}

/// Whether the word before the name is one of those that name and value follow.
fn defined(text: &[u8], name: &Range<usize>) -> bool {
    [&b"#define "[..], b"ENV ", b"setx ", b"ARG "]
        .iter()
        .any(|word| text[..name.start].ends_with(word))
}

/// Whether the name is `password` in a line that names a machine or a login.
fn netrc(text: &[u8], name: &Range<usize>) -> bool {
    text[name.clone()].eq_ignore_ascii_case(b"password") && {
        let near = &text[name.start.saturating_sub(120)..name.start];
        memchr::memmem::find(near, b"login ").is_some()
    }
}

/// What the name says of its value; `None` when it says that it is no credential.
fn named(text: &[u8], name: &Range<usize>, keyword: &Range<usize>) -> Option<Class> {
    /// What may follow the word in a name that still holds the value itself.
    const TAILS: [&[u8]; 26] = [
        b"",
        b"word",
        b"wd",
        b"phrase",
        b"code",
        b"key",
        b"token",
        b"value",
        b"val",
        b"base",
        b"string",
        b"str",
        b"prod",
        b"production",
        b"dev",
        b"test",
        b"staging",
        b"live",
        b"default",
        b"raw",
        b"text",
        b"secret",
        b"plain",
        b"hex",
        b"s",
        b"env",
    ];
    /// Words in front of `key` that make it secret.
    const KEYS: [&[u8]; 26] = [
        b"api",
        b"secret",
        b"access",
        b"auth",
        b"private",
        b"encryption",
        b"encrypt",
        b"signing",
        b"sign",
        b"master",
        b"account",
        b"shared",
        b"storage",
        b"app",
        b"service",
        b"deploy",
        b"consumer",
        b"license",
        b"admin",
        b"server",
        b"hmac",
        b"aes",
        b"crypto",
        b"session",
        b"security",
        b"subscription",
    ];
    /// Words in front of `token` that make it none.
    const PAGES: [&[u8]; 16] = [
        b"next",
        b"page",
        b"sync",
        b"cancel",
        b"cancellation",
        b"continuation",
        b"continue",
        b"stop",
        b"pad",
        b"max",
        b"num",
        b"cursor",
        b"csrf",
        b"start",
        b"end",
        b"xsrf",
    ];
    let lower = |range: Range<usize>| -> Vec<u8> {
        text[range]
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let word = text.get(keyword.clone())?.to_ascii_lowercase();
    let front = lower(name.start..keyword.start);
    let mut tail = lower(keyword.end..name.end);
    while tail.last().is_some_and(u8::is_ascii_digit) {
        tail.pop();
    }
    for cut in [&b"word"[..], b"wd", b"phrase"] {
        if word == b"pass" && tail.len() > cut.len() && tail.starts_with(cut) {
            tail.drain(..cut.len());
        }
    }
    if !TAILS.contains(&tail.as_slice()) {
        return None;
    }
    let ends = |words: &[&[u8]]| words.iter().any(|known| front.ends_with(known));
    // `compass`, `bypass`: letters of the same case run into the word.
    let runs_in = keyword.start > name.start
        && text[keyword.start - 1].is_ascii_alphabetic()
        && text[keyword.start - 1].is_ascii_lowercase() == text[keyword.start].is_ascii_lowercase();
    match word.as_slice() {
        b"pass" if tail.is_empty() && runs_in => ends(&[
            b"db",
            b"user",
            b"my",
            b"smtp",
            b"mail",
            b"ftp",
            b"root",
            b"admin",
            b"ssh",
            b"database",
        ])
        .then_some(Class::Password),
        b"pass" | b"pwd" => (!(ends(&[b"old", b"repeat", b"confirm", b"hashed"])
            || word == b"pwd" && runs_in))
            .then_some(Class::Password),
        b"key" => ends(&KEYS).then_some(Class::Token),
        b"token" => (!ends(&PAGES) && tail != b"s").then_some(Class::Token),
        _ => (!ends(&[b"no", b"use", b"has", b"is"])).then_some(Class::Token),
    }
}

/// Judges the value of a credential's name.
fn judge(
    text: &[u8],
    name: &Range<usize>,
    value: &Range<usize>,
    quoted: bool,
    sign: Sign,
    class: Class,
) -> Result<Tier, Reason> {
    let bytes = &text[value.clone()];
    if let Some(reason) = suppress::named_digest(&text[name.clone()], bytes) {
        return Err(reason);
    }
    // A token of a known kind has its own rule; the name of the value is in that case the value.
    let same = text[name.clone()].eq_ignore_ascii_case(bytes);
    if same {
        return Err(Reason::ValueWord);
    }
    let strength = value::judge(bytes, quoted, class)?;
    if suppress::inside_blob(text, value) {
        return Err(Reason::Blob);
    }
    if suppress::minified(text, name.start) {
        return Err(Reason::Minified);
    }
    let sure =
        sign != Sign::Equals || command_variable(&text[name.clone()]) || connection(text, name);
    Ok(if sure && strength == Strength::Strong && class == Class::Password {
        Tier::Block
    } else {
        Tier::Warn
    })
}

/// Whether the name is a variable that a program reads its password from.
fn command_variable(name: &[u8]) -> bool {
    [&b"PGPASSWORD"[..], b"MYSQL_PWD", b"SSHPASS", b"REDISCLI_AUTH"].contains(&name)
}

/// Whether the assignment is one of a connection string: a list with `;` that names a server.
fn connection(text: &[u8], name: &Range<usize>) -> bool {
    let near = &text[name.start.saturating_sub(160)..name.start];
    let line = near.rsplit(|byte| *byte == b'\n').next().unwrap_or(near);
    if !line.trim_ascii_end().ends_with(b";") {
        return false;
    }
    [&b"server="[..], b"host=", b"data source=", b"addr=", b"uid=", b"user id="]
        .iter()
        .any(|word| line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}
