//! Logins in URLs and among the arguments of commands.

use std::ops::Range;

use super::rule::Tier;
use super::suppress::Reason;
use super::value::{self, Strength};

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
    let rest = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
    let at = userinfo(rest)?;
    let colon = memchr::memchr(b':', &rest[..at])?;
    let (user, password) = (&rest[..colon], &rest[colon + 1..at]);
    let host = &rest[at + 1..];
    if host.is_empty() {
        return None;
    }
    // A token in the user's place, with nothing or with what says so behind it.
    if password.is_empty() || password == b"x-oauth-basic" {
        let strong = user.len() >= 20 && value::random(user);
        return strong.then_some((from..from + colon, Ok(Tier::Block)));
    }
    let span = from + colon + 1..from + at;
    let verdict = if user == password {
        Err(Reason::ValueWord)
    } else {
        value::login(&value::percent_decoded(password), true)
            .and_then(|strength| answer(strength, host))
    };
    Some((span, verdict))
}

/// The password of a call that takes a login, `auth=("name", "…")`: the second of its literals. The
/// keyword ends in the parenthesis.
pub(super) fn call(text: &[u8], keyword: &Range<usize>) -> Option<Found> {
    let mut at = keyword.end;
    let user = next_word(text, &mut at)?;
    let opened = matches!(text.get(user.start.wrapping_sub(1)), Some(b'"' | b'\''));
    let rest = text.get(at..)?;
    let gap = rest.iter().take(8).take_while(|byte| matches!(byte, b',' | b' ')).count();
    let quote = *rest.get(gap)?;
    if !opened || gap == 0 || !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let from = at + gap + 1;
    let end = from + memchr::memchr(quote, &text[from..text.len().min(from + USERINFO)])?;
    Some((
        from..end,
        value::judge(&text[from..end], true, value::Class::Password).map(|_| Tier::Warn),
    ))
}

/// The password of the line `host:port:database:user:password` whose second field, with its colons,
/// stands at `port`.
pub(super) fn pgpass(text: &[u8], port: Range<usize>) -> Option<Found> {
    /// Most bytes to each side of the port.
    const NEAR: usize = 160;
    let named =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'*' | b'_');
    let before = &text[port.start.saturating_sub(NEAR)..port.start];
    let host = before.iter().rev().take_while(|byte| named(byte)).count();
    // Behind another colon it is no second field.
    if host == 0 || before.len() > host && before[before.len() - host - 1] == b':' {
        return None;
    }
    let rest = &text[port.end..text.len().min(port.end + NEAR)];
    let stop =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    let rest = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
    let mut fields = rest.split(|byte| *byte == b':');
    let (database, user, password) = (fields.next()?, fields.next()?, fields.next()?);
    let plain = |field: &[u8]| !field.is_empty() && field.iter().all(named);
    if !plain(database) || !plain(user) || fields.next().is_some() {
        return None;
    }
    let from = port.end + database.len() + user.len() + 2;
    let span = from..from + password.len();
    Some((span, value::login(password, true).map(|_| Tier::Block)))
}

/// Where the `@` stands that ends user and password. A password that holds one itself should have
/// it encoded, and often has not: then the last one counts, unless what is between cannot be.
fn userinfo(authority: &[u8]) -> Option<usize> {
    let mut at = memchr::memchr(b'@', authority)?;
    while let Some(more) = memchr::memchr(b'@', &authority[at + 1..]) {
        let between = &authority[at + 1..at + 1 + more];
        let closes = |byte: &u8| matches!(byte, b';' | b')' | b']' | b'}' | b'>' | b'|' | b'&');
        if between.iter().any(closes) {
            break;
        }
        at += 1 + more;
    }
    Some(at)
}

/// How to answer a login at a host. A password that a person could have made up for a machine of
/// his own or for an example is no more than a word there.
fn answer(strength: Strength, host: &[u8]) -> Result<Tier, Reason> {
    let starts = |words: &[&[u8]]| words.iter().any(|word| host.starts_with(word));
    let holds = |word: &[u8]| memchr::memmem::find(host, word).is_some();
    let local = starts(&[b"localhost", b"127.", b"0.0.0.0", b"[::1]", b"host", b"$", b"{", b"%"])
        || holds(b"example")
        || holds(b".test")
        || holds(b".invalid");
    match (strength, local) {
        (Strength::Strong, _) | (Strength::Plausible, false) => Ok(Tier::Block),
        (Strength::Plausible, true) => Err(Reason::ValueWord),
    }
}

/// The password that is piped into the command whose keyword stands at `keyword`: the word behind
/// the `echo` or `printf` in front of the pipe.
fn piped(text: &[u8], keyword: &Range<usize>) -> Option<Found> {
    /// Bytes of a line in front of the keyword that are looked at.
    const BEFORE: usize = 300;
    let from = keyword.start.saturating_sub(BEFORE);
    let before = &text[from..keyword.start];
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let pipe = line + memchr::memrchr(b'|', &before[line..])?;
    let echo = ECHOES
        .iter()
        .filter_map(|word| Some(memchr::memmem::rfind(&before[line..pipe], word)? + word.len()))
        .max()?;
    let mut at = from + line + echo;
    let end = from + pipe;
    while let Some(span) = next_word(&text[..end], &mut at) {
        let bytes = &text[span.clone()];
        if bytes.starts_with(b"-") || bytes.starts_with(b"%s") {
            continue;
        }
        let named = text[keyword.clone()].eq_ignore_ascii_case(b"chpasswd");
        let option = Carrier { user: named, ..PIPED };
        return Some(judge(text, span, &option));
    }
    None
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

/// What is read from standard input.
const PIPED: Carrier = option(b"", b"", false, true, false);

/// Commands that write what they are given.
const ECHOES: [&[u8]; 2] = [b"echo ", b"printf "];

/// Commands that read a password from standard input.
const READERS: [&[u8]; 3] = [b"--password-stdin", b"sudo -s ", b"chpasswd"];

/// The options that carry a password, by command. Options whose name says it, `--password` and the
/// like, are those of any command and are read as assignments.
const OPTIONS: [Carrier; 33] = [
    option(b"curl ", b"-u", true, true, true),
    option(b"curl ", b"-U", true, true, true),
    option(b"curl ", b"--user", false, true, true),
    option(b"curl ", b"--user=", true, false, true),
    option(b"curl ", b"--proxy-user", false, true, true),
    option(b"curl ", b"--oauth2-bearer", false, true, false),
    option(b"mysql", b"-p", true, false, false),
    option(b"mariadb", b"-p", true, false, false),
    option(b"mongo", b"-p", true, true, false),
    option(b"sshpass ", b"-p", true, true, false),
    option(b"redis-cli ", b"-a", false, true, false),
    option(b"docker login", b"-p", true, true, false),
    option(b"podman login", b"-p", true, true, false),
    option(b"buildah login", b"-p", true, true, false),
    option(b"skopeo login", b"-p", true, true, false),
    option(b"nerdctl login", b"-p", true, true, false),
    option(b"registry login", b"-p", true, true, false),
    option(b"oras login", b"-p", true, true, false),
    option(b"az login", b"-p", true, true, false),
    option(b"oc login", b"-p", true, true, false),
    option(b"ldapsearch ", b"-w", true, true, false),
    option(b"ldapmodify ", b"-w", true, true, false),
    option(b"ldapadd ", b"-w", true, true, false),
    option(b"sqlcmd ", b"-P", true, true, false),
    option(b"bcp ", b"-P", true, true, false),
    option(b"smbclient ", b"-U", true, true, true),
    option(b"rabbitmqadmin ", b"-p", false, true, false),
    option(b"http ", b"-a", false, true, true),
    option(b"https ", b"-a", false, true, true),
    option(b"zip ", b"-P", false, true, false),
    option(b"openssl ", b"-passin", false, true, true),
    option(b"openssl ", b"-passout", false, true, true),
    option(b"openssl ", b"-pass", false, true, true),
];

/// The password among the arguments of the command whose keyword stands at `keyword`.
pub(super) fn command(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let starts_word =
        begins_word(text, keyword.start) || text[keyword.clone()].eq_ignore_ascii_case(b"zip ");
    let escaped = matches!(text[..keyword.start], [.., b'\\', b'n' | b't' | b'r']);
    if !starts_word && !escaped {
        return None;
    }
    // The rest of the command's name: `mysqldump`, `mongosh`. Anything else is another word.
    let rest = text[keyword.end..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let after = text.get(keyword.end + rest);
    let ends_open = text[keyword.end - 1].is_ascii_alphanumeric();
    if ends_open && !after.is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let name = text[keyword.clone()].to_ascii_lowercase();
    if READERS.contains(&name.as_slice()) {
        return piped(text, &keyword);
    }
    let limit = text.len().min(keyword.end + ARGUMENTS);
    let mut at = keyword.end;
    let mut wanted: Option<&Carrier> = None;
    while let Some(word) = next_word(&text[..limit], &mut at) {
        let bytes = &text[word.clone()];
        if let Some(option) = wanted.take() {
            return Some(judge(text, word, option));
        }
        // The same command once more: what follows is looked at from there.
        let end = word.end + usize::from(name.ends_with(b" "));
        let again = end.checked_sub(name.len()).and_then(|start| text.get(start..end));
        if again.is_some_and(|again| again.eq_ignore_ascii_case(&name))
            && begins_word(text, end - name.len())
        {
            return None;
        }
        for option in OPTIONS.iter().filter(|option| option.command == name) {
            // `--user="name:password"`: the word ends where the quote begins.
            let quoted = matches!(text.get(word.end), Some(b'"' | b'\''));
            let bare = bytes.strip_suffix(b"=").filter(|_| quoted).unwrap_or(bytes);
            if (bytes == option.flag || bare == option.flag) && (option.apart || quoted) {
                wanted = Some(option);
                break;
            }
            if option.glued && bytes.len() > option.flag.len() && bytes.starts_with(option.flag) {
                let mut from = word.start + option.flag.len();
                from += usize::from(text[from] == b'=' && from + 1 < word.end);
                if matches!(text[from], b'"' | b'\'') {
                    from += 1;
                }
                return Some(judge(text, from..word.end, option));
            }
        }
    }
    None
}

/// Whether a word of a command line may begin at a place.
fn begins_word(text: &[u8], at: usize) -> bool {
    let before = text[..at].last();
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
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
        let bytes = &text[word.clone()];
        // What `openssl` is given by name, by file or by descriptor is not in the line.
        let kept = option.command == b"openssl " && !bytes.starts_with(b"pass:");
        match memchr::memchr(sign, bytes).filter(|_| !kept) {
            Some(colon) => word.start += colon + 1,
            None => return (word, Err(Reason::NoContext)),
        }
    }
    let verdict = value::login(&text[word.clone()], true).map(|_| Tier::Block);
    (word, verdict)
}
