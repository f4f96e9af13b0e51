//! Logins in URLs and among the arguments of commands.

use std::ops::Range;

use super::rule::Tier;
use super::suppress::Reason;
use super::value::{self, Class, Strength};

/// Most bytes of the part of a URL in front of its host.
const USERINFO: usize = 256;

/// Most bytes of a command's arguments that are looked at.
const ARGUMENTS: usize = 400;

/// A secret and how to answer it, or why it is none.
pub(super) type Found = (Range<usize>, Result<Tier, Reason>);

/// The password of the URL whose `://` ends at `from`.
pub(super) fn url(text: &[u8], from: usize) -> Option<Found> {
    let rest = &text[from..text.len().min(from + USERINFO)];
    let stop = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b'"' | b'\'' | b'<' | b'`' | b'?' | b'\\' | b',')
    };
    let end = rest.iter().position(stop).unwrap_or(rest.len());
    let at = memchr::memrchr(b'@', &rest[..end])?;
    let colon = memchr::memchr(b':', &rest[..at])?;
    let (user, password) = (&rest[..colon], &rest[colon + 1..at]);
    let host = &rest[at + 1..end];
    if password.is_empty() || host.is_empty() {
        return None;
    }
    let span = from + colon + 1..from + at;
    let verdict = if user == password {
        Err(Reason::ValueWord)
    } else {
        value::judge(password, true, Class::Password).and_then(|strength| answer(strength, host))
    };
    Some((span, verdict))
}

/// How to answer a login at a host. One of this machine or of an example is no more than a warning.
fn answer(strength: Strength, host: &[u8]) -> Result<Tier, Reason> {
    let starts = |words: &[&[u8]]| words.iter().any(|word| host.starts_with(word));
    let holds = |word: &[u8]| memchr::memmem::find(host, word).is_some();
    let local = starts(&[b"localhost", b"127.", b"0.0.0.0", b"[::1]", b"host", b"$", b"{", b"%"])
        || holds(b"example")
        || holds(b".test")
        || holds(b".invalid")
        || !holds(b".");
    match (strength, local) {
        (Strength::Strong, false) => Ok(Tier::Block),
        (Strength::Plausible, true) => Err(Reason::ValueWord),
        _ => Ok(Tier::Warn),
    }
}

/// An option whose value is a password.
struct Carrier {
    /// The command, as its keyword is spelled.
    command: &'static [u8],
    /// The option.
    flag: &'static [u8],
    /// The value may follow in the same word.
    glued: bool,
    /// The value may be the next word.
    apart: bool,
    /// The value is `user:password`.
    user: bool,
}

const fn option(
    command: &'static [u8],
    flag: &'static [u8],
    glued: bool,
    apart: bool,
    user: bool,
) -> Carrier {
    Carrier { command, flag, glued, apart, user }
}

/// The options that carry a password, by command.
const OPTIONS: [Carrier; 12] = [
    option(b"curl ", b"-u", true, true, true),
    option(b"curl ", b"--user", false, true, true),
    option(b"curl ", b"--proxy-user", false, true, true),
    option(b"mysql", b"-p", true, false, false),
    option(b"mariadb", b"-p", true, false, false),
    option(b"sshpass ", b"-p", true, true, false),
    option(b"redis-cli ", b"-a", false, true, false),
    option(b"docker login", b"-p", true, true, false),
    option(b"ldapsearch ", b"-w", true, true, false),
    option(b"sqlcmd ", b"-P", true, true, false),
    option(b"smbclient ", b"-U", true, true, true),
    option(b"docker login", b"--password", false, true, false),
];

/// The password among the arguments of the command whose keyword stands at `keyword`.
pub(super) fn command(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let starts_word = keyword.start == 0
        || !(text[keyword.start - 1].is_ascii_alphanumeric()
            || matches!(text[keyword.start - 1], b'_' | b'.'));
    let escaped = matches!(text[..keyword.start], [.., b'\\', b'n' | b't' | b'r']);
    if !starts_word && !escaped {
        return None;
    }
    let name = text[keyword.clone()].to_ascii_lowercase();
    let limit = text.len().min(keyword.end + ARGUMENTS);
    let mut at = keyword.end;
    let mut wanted: Option<&Carrier> = None;
    while let Some(word) = next_word(&text[..limit], &mut at) {
        let bytes = &text[word.clone()];
        if let Some(option) = wanted.take() {
            return Some(judge(text, word, option));
        }
        // The same command once more: what follows is looked at from there.
        if text
            .get(word.start..word.start + name.len())
            .is_some_and(|same| same.eq_ignore_ascii_case(&name))
        {
            return None;
        }
        for option in OPTIONS.iter().filter(|option| option.command == name) {
            if bytes == option.flag && option.apart {
                wanted = Some(option);
                break;
            }
            if option.glued && bytes.len() > option.flag.len() && bytes.starts_with(option.flag) {
                let mut from = word.start + option.flag.len();
                if matches!(text[from], b'"' | b'\'') {
                    from += 1;
                }
                return Some(judge(text, from..word.end, option));
            }
        }
    }
    None
}

/// The next word of a command line without its quotes; `None` at the end of the command.
fn next_word(text: &[u8], at: &mut usize) -> Option<Range<usize>> {
    loop {
        match text.get(*at)? {
            b' ' | b'\t' => *at += 1,
            b'\\' if text.get(*at + 1) == Some(&b'\n') => {
                *at += 2;
            }
            b'\n' | b'|' | b';' | b'&' | b'<' | b'>' | b'`' => return None,
            _ => break,
        }
    }
    // A quote that is escaped, in a text that is itself a string.
    if matches!(text.get(*at..*at + 2), Some([b'\\', b'"' | b'\''])) {
        let start = *at + 2;
        let rest = text.get(start..)?;
        let end =
            start + rest.iter().position(|byte| matches!(byte, b'\\' | b'"' | b'\'' | b'\n'))?;
        *at = text.len().min(end + 2);
        return Some(start..end);
    }
    let start = *at;
    if let Some(&quote @ (b'"' | b'\'')) = text.get(start) {
        let end = start + 1 + memchr::memchr(quote, &text[start + 1..])?;
        *at = end + 1;
        let other = memchr::memchr3(b'"', b'\n', b'\\', &text[start + 1..end]);
        return other.is_none().then_some(start + 1..end);
    }
    let stop = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'|' | b';' | b'<' | b'`' | b'"' | b'\'' | b'\\')
    };
    let end = start + text[start..].iter().position(stop).unwrap_or(text.len() - start);
    *at = end.max(start + 1);
    Some(start..end)
}

fn judge(text: &[u8], mut word: Range<usize>, option: &Carrier) -> Found {
    if option.user {
        let sign = if option.command == b"smbclient " { b'%' } else { b':' };
        match memchr::memchr(sign, &text[word.clone()]) {
            Some(colon) => word.start += colon + 1,
            None => return (word, Err(Reason::NoContext)),
        }
    }
    let verdict =
        value::judge(&text[word.clone()], true, Class::Password).map(|strength| match strength {
            Strength::Strong => Tier::Block,
            Strength::Plausible => Tier::Warn,
        });
    (word, verdict)
}
