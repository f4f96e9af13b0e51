//! Assignments to a credential's name: what the name says, and how surely the value is one.

use std::ops::Range;

use super::place::{self, Place, Sign};
use super::rule::Tier;
use super::suppress::{self, Reason};
use super::value::{self, Class};

/// Most bytes of a name to each side of its keyword.
const NAME: usize = 40;

/// A value and how to answer it, or why it is no credential.
pub(super) type Found = (Range<usize>, Result<Tier, Reason>);

/// Looks at the assignment whose name holds the keyword. `None` when there is none.
pub(super) fn look(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let left = text[..keyword.start].iter().rev().take(NAME).take_while(part).count();
    let right = text[keyword.end..].iter().take(NAME).take_while(part).count();
    let mut name = keyword.start - left..keyword.end + right;
    // `"a\npassword"`: the letter of an escape is no part of the name.
    if text[..name.start].ends_with(b"\\")
        && matches!(text[name.start], b'n' | b't' | b'r')
        && name.start < keyword.start
    {
        name.start += 1;
    }
    // The common way out: a word of prose or code with nothing assigned to it.
    let Place { value, quoted, sign } = place::of(text, &name)?;
    let class = named(text, &name, &keyword)?;
    if !quoted
        && class == Class::Password
        && let Some(line) = place::line(text, &name, &value)
        && value::typed_line(&text[line.clone()])
    {
        return Some((line, Ok(Tier::Warn)));
    }
    // A UUID is what many interfaces call a token that opens nothing.
    if value::uuid(&text[value.clone()]) && !opens(text, &name, &keyword) {
        return Some((value, Err(Reason::ValueWord)));
    }
    let verdict = judge(text, &name, &value, quoted, sign, class);
    Some((value, verdict))
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
    const PAGES: [&[u8]; 18] = [
        b"publickey",
        b"middleware",
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
        b"identified by" | b"securestring" => Some(Class::Password),
        b"x-auth" => tail.is_empty().then_some(Class::Token),
        b"bearer" => (front.is_empty() && tail.is_empty()).then_some(Class::Token),
        b"key" => ends(&KEYS).then_some(Class::Token),
        b"token" => (!ends(&PAGES) && tail != b"s").then_some(Class::Token),
        _ => (!ends(&[b"no", b"use", b"has", b"is"])).then_some(Class::Token),
    }
}

/// Whether a token's name says that it opens something, rather than marking a request or a page.
fn opens(text: &[u8], name: &Range<usize>, keyword: &Range<usize>) -> bool {
    const FRONTS: [&[u8]; 14] = [
        b"api", b"auth", b"access", b"secret", b"private", b"refresh", b"bearer", b"app", b"user",
        b"admin", b"service", b"deploy", b"bot", b"upload",
    ];
    if !text[keyword.clone()].eq_ignore_ascii_case(b"token") {
        return true;
    }
    let front = &text[name.start..keyword.start];
    let front: Vec<u8> = front
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    front.is_empty() || FRONTS.iter().any(|known| front.ends_with(known))
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
    // The result of a test, at the beginning of its line: `PASS: name of the test`.
    if !quoted && matches!(&text[name.clone()], b"PASS" | b"XPASS") {
        let line =
            &text[memchr::memrchr(b'\n', &text[..name.start]).map_or(0, |at| at + 1)..name.start];
        if line.trim_ascii().is_empty() || line.ends_with(b"--- ") {
            return Err(Reason::Code);
        }
    }
    let certain = sign == Sign::Option
        || sign == Sign::Netrc
        || command_variable(&text[name.clone()])
        || connection(text, name, value);
    if certain && class == Class::Password {
        // A connection string stands in quotes as a whole.
        value::login(bytes, quoted || sign == Sign::Equals)?;
    } else {
        value::judge(bytes, quoted, class)?;
    }
    // What a call is given may be anything; only what nobody would write by hand is taken for one.
    if sign == Sign::Call && !value::random(bytes) {
        return Err(Reason::Code);
    }
    if suppress::inside_blob(text, value) {
        return Err(Reason::Blob);
    }
    if suppress::minified(text, name.start) {
        return Err(Reason::Minified);
    }
    Ok(if certain && class == Class::Password { Tier::Block } else { Tier::Warn })
}

/// Whether the name is a variable that a program reads its password from.
fn command_variable(name: &[u8]) -> bool {
    [&b"PGPASSWORD"[..], b"MYSQL_PWD", b"SSHPASS", b"REDISCLI_AUTH"].contains(&name)
}

/// Whether the assignment is one of a connection string: one line of `key=value`, with `;`, `&` or
/// a blank between them, that names a server, a database or a login too.
fn connection(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    /// Bytes to each side that are looked at.
    const NEAR: usize = 200;
    const KEYS: [&[u8]; 18] = [
        b"server",
        b"host",
        b"hostname",
        b"hostaddr",
        b"source",
        b"addr",
        b"address",
        b"endpoint",
        b"catalog",
        b"database",
        b"dbname",
        b"databasename",
        b"uid",
        b"userid",
        b"user",
        b"username",
        b"driver",
        b"provider",
    ];
    let before = &text[name.start.saturating_sub(NEAR)..name.start];
    let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or(before);
    let after = &text[value.end..text.len().min(value.end + NEAR)];
    let after = after.split(|byte| *byte == b'\n').next().unwrap_or(after);
    let sign = text.get(name.end);
    let parted = match before.trim_ascii_end().last() {
        Some(b';' | b'&' | b'?') => true,
        // `host=db user=app password=…`: no blanks around the sign, and no comma before the name.
        Some(byte) => before.ends_with(b" ") && *byte != b',' || matches!(byte, b'"' | b'\''),
        None => after.first() == Some(&b';'),
    };
    let quote = matches!(text.get(value.start.wrapping_sub(1)), Some(b'\'' | b'"'));
    if !parted || sign != Some(&b'=') || value.start != name.end + 1 + usize::from(quote) {
        return false;
    }
    let keyed = |part: &[u8]| {
        let key = part.rsplit(|byte| matches!(byte, b';' | b'&' | b'?' | b'"' | b'\'' | b'('));
        let key = key.into_iter().next().unwrap_or(part);
        let joined: Vec<u8> =
            key.iter().filter(|byte| **byte != b' ').map(u8::to_ascii_lowercase).collect();
        KEYS.iter().any(|known| joined.ends_with(known))
    };
    let signs = |part: &[u8]| memchr::memchr_iter(b'=', part).any(|at| keyed(&part[..at]));
    signs(before) || signs(after)
}
