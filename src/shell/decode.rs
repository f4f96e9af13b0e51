//! What a command prints when its arguments and its input are known: echo, printf, and the
//! filters with which a text is hidden (base64, xxd, rev, tr).

use super::word::{LONGEST_WORD, unescape_ansi};
use super::{Word, base_name};

/// What `echo` or `printf` with these known arguments print; `None` when that cannot be told.
pub(super) fn printed(words: &[Word]) -> Option<String> {
    if !words.iter().all(|word| word.certain) {
        return None;
    }
    let (program, args) = words.split_first()?;
    let texts = args.iter().map(|word| word.text.as_str());
    match base_name(&program.text) {
        "echo" => {
            let flags = texts
                .clone()
                .take_while(|t| {
                    t.len() > 1
                        && t.starts_with('-')
                        && t[1..].chars().all(|c| matches!(c, 'n' | 'e' | 'E'))
                })
                .count();
            let escapes = texts.clone().take(flags).any(|t| t.contains('e'));
            let text = texts.skip(flags).collect::<Vec<_>>().join(" ");
            let mut text = if escapes { unescape_ansi(&text) } else { text };
            text.push('\n');
            Some(text)
        }
        "printf" => {
            let mut texts = texts.peekable();
            let format = texts.next_if(|t| *t == "--").and(None).or_else(|| texts.next())?;
            if format == "-v" {
                return None;
            }
            formatted(format, texts)
        }
        _ => None,
    }
}

/// `printf` with `%s`, `%b`, `%d` and `%%` only.
fn formatted<'t>(format: &str, mut args: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut text = String::new();
    let mut next = args.next();
    loop {
        let before = next;
        let mut used = false;
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            text.push_str(&unescape_ansi(&rest[..at]));
            let directive = rest[at + 1..].chars().next()?;
            match directive {
                '%' => text.push('%'),
                's' | 'b' | 'd' => {
                    let arg = next.unwrap_or_default();
                    if directive == 'b' {
                        text.push_str(&unescape_ansi(arg));
                    } else {
                        text.push_str(arg);
                    }
                    used = true;
                    next = args.next();
                }
                _ => return None,
            }
            rest = &rest[at + 2..];
        }
        text.push_str(&unescape_ansi(rest));
        // The format is used again while arguments are left.
        if !used || before.is_none() || next.is_none() || text.len() > LONGEST_WORD {
            return Some(text);
        }
    }
}

/// What a filter makes of its input; `input` is `None` when that is not known.
pub(super) fn filtered(words: &[Word], input: Option<&str>) -> Option<String> {
    if !words.iter().all(|word| word.certain) {
        return None;
    }
    let program = base_name(&words.first()?.text);
    let args: Vec<&str> = words[1..].iter().map(|word| word.text.as_str()).collect();
    let bare = args.iter().all(|arg| *arg == "-");
    match program {
        "cat" if bare => input.map(str::to_owned),
        // What it writes beside is noted with the command.
        "tee" => input.map(str::to_owned),
        "base64" | "gbase64" => match args.iter().find(|arg| !arg.starts_with('-')) {
            Some(_) => None,
            None if decodes(&args) => from_base64(input?),
            None => None,
        },
        "openssl" if args.contains(&"base64") || args.contains(&"-base64") => {
            if args.contains(&"-d") { from_base64(input?) } else { None }
        }
        "xxd" => {
            let flags: String =
                args.iter().filter_map(|arg| arg.strip_prefix('-')).collect::<Vec<_>>().concat();
            (flags.contains('r') && flags.contains('p')).then(|| from_hex(input?)).flatten()
        }
        "rev" if bare => Some(
            input?
                .split_inclusive('\n')
                .map(|line| {
                    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |t| (t, "\n"));
                    text.chars().rev().collect::<String>() + end
                })
                .collect(),
        ),
        "tac" if bare => Some(input?.lines().rev().fold(String::new(), |all, l| all + l + "\n")),
        "tr" => translated(&args, input?),
        _ => None,
    }
}

fn decodes(args: &[&str]) -> bool {
    args.iter().any(|arg| {
        *arg == "--decode"
            || arg.starts_with('-') && !arg.starts_with("--") && arg.contains(['d', 'D'])
    })
}

fn from_base64(text: &str) -> Option<String> {
    String::from_utf8(base64_bytes(text)?).ok()
}

/// Base64 of UTF-16, low byte first, as PowerShell takes its encoded commands.
pub(super) fn from_base64_utf16(text: &str) -> Option<String> {
    let bytes = base64_bytes(text)?;
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count) = (0u32, 0);
    let mut bytes = Vec::new();
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

fn from_hex(text: &str) -> Option<String> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let bytes = digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect();
    String::from_utf8(bytes).ok()
}

/// `tr SET SET` and `tr -d SET` of plain characters, ranges and the escapes of `$'…'`.
fn translated(args: &[&str], input: &str) -> Option<String> {
    match *args {
        ["-d", set] => {
            let set = characters(set)?;
            Some(input.chars().filter(|c| !set.contains(c)).collect())
        }
        [from, to] if !from.starts_with('-') => {
            let (from, to) = (characters(from)?, characters(to)?);
            let last = *to.last()?;
            let of = |c: char| match from.iter().rposition(|known| *known == c) {
                Some(at) => to.get(at).copied().unwrap_or(last),
                None => c,
            };
            Some(input.chars().map(of).collect())
        }
        _ => None,
    }
}

fn characters(set: &str) -> Option<Vec<char>> {
    if set.starts_with("[:") || set.contains("[=") {
        return None;
    }
    let plain: Vec<char> = unescape_ansi(set).chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(&c) = plain.get(at) {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some('-'), Some(&end)) if end >= c && (end as u32 - c as u32) < 256 => {
                all.extend(c..=end);
                at += 3;
            }
            _ => {
                all.push(c);
                at += 1;
            }
        }
    }
    Some(all)
}
