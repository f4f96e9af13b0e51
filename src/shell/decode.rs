//! What a command prints when its arguments and its input are known: echo, printf, and the
//! filters with which a text is hidden (base64, xxd, rev, tr).

use super::word::{LONGEST_WORD, unescape_ansi, unescape_echo};
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
            let mut text = if escapes { unescape_echo(&text) } else { text };
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
        // Where a program lies is not known; its name is all that matters.
        "which" => last_of(texts).map(line),
        "type" if args.first().is_some_and(|word| matches!(word.text.as_str(), "-P" | "-p")) => {
            last_of(texts).map(line)
        }
        "command" if args.first().is_some_and(|word| word.text == "-v") => last_of(texts).map(line),
        "dirname" => last_of(texts).map(|path| {
            let trimmed = path.trim_end_matches('/');
            let folder =
                trimmed.rfind('/').map_or(".", |at| if at == 0 { "/" } else { &trimmed[..at] });
            line(folder)
        }),
        "basename" => {
            let mut operands = texts.filter(|text| !text.starts_with('-'));
            let name = base_name(operands.next()?.trim_end_matches('/'));
            Some(line(operands.next().and_then(|suffix| name.strip_suffix(suffix)).unwrap_or(name)))
        }
        "realpath" | "readlink" => last_of(texts).map(line),
        "seq" => {
            let numbers: Vec<i64> = texts.map(|text| text.parse().ok()).collect::<Option<_>>()?;
            let (from, to) = match *numbers.as_slice() {
                [to] => (1, to),
                [from, to] => (from, to),
                _ => return None,
            };
            (to - from < 64).then(|| (from..=to).map(|number| format!("{number}\n")).collect())
        }
        _ => None,
    }
}

fn last_of<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let first = texts.find(|text| !text.starts_with('-'))?;
    // More than one operand prints more than one line.
    texts.next().is_none().then_some(first)
}

fn line(text: &str) -> String {
    format!("{text}\n")
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
                        text.push_str(&unescape_echo(arg));
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
        "head" | "tail" => ended(program, &args, input?),
        "cut" => cut(&args, input?),
        "sed" | "gsed" => substituted(&args, input?),
        "grep" | "egrep" | "fgrep" => kept(&args, input?),
        "sort" | "uniq" if input?.lines().count() <= 1 && bare => input.map(str::to_owned),
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

/// `head -n N`, `tail -n N`, `head -N`.
fn ended(program: &str, args: &[&str], input: &str) -> Option<String> {
    let count: usize = match *args {
        [] => 10,
        ["-n", count] => count.parse().ok()?,
        [option] => option.strip_prefix("-n").or_else(|| option.strip_prefix('-'))?.parse().ok()?,
        _ => return None,
    };
    let lines: Vec<&str> = input.split_inclusive('\n').collect();
    let from = if program == "head" { 0 } else { lines.len().saturating_sub(count) };
    Some(lines[from..].iter().take(count).copied().collect())
}

/// `cut -d X -f N`, `cut -c A-B`.
fn cut(args: &[&str], input: &str) -> Option<String> {
    let (mut delimiter, mut field, mut columns) = ('\t', None, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (option, value) = arg.split_at_checked(2)?;
        let value = if value.is_empty() { *rest.next()? } else { value };
        match option {
            "-d" => delimiter = value.chars().next()?,
            "-f" => field = Some(value.parse::<usize>().ok()?),
            "-c" | "-b" => columns = Some(value),
            _ => return None,
        }
    }
    let mut text = String::new();
    for line in input.lines() {
        match (field, columns) {
            (Some(field), None) if !line.contains(delimiter) => {
                let _ = field;
                text.push_str(line);
            }
            (Some(field), None) => {
                text.push_str(line.split(delimiter).nth(field.checked_sub(1)?).unwrap_or_default())
            }
            (None, Some(columns)) => {
                let (from, to) = columns.split_once('-').unwrap_or((columns, columns));
                let from: usize = if from.is_empty() { 1 } else { from.parse().ok()? };
                let to: usize = if to.is_empty() { usize::MAX } else { to.parse().ok()? };
                text.extend(
                    line.chars()
                        .skip(from.checked_sub(1)?)
                        .take(to.saturating_sub(from).saturating_add(1)),
                );
            }
            _ => return None,
        }
        text.push('\n');
    }
    Some(text)
}

/// `sed s/a/b/` and `s/a/b/g` of plain characters.
fn substituted(args: &[&str], input: &str) -> Option<String> {
    let script = match *args {
        [script] => script,
        ["-e", script] => script,
        _ => return None,
    };
    let rest = script.strip_prefix('s')?;
    let mark = rest.chars().next()?;
    let mut parts = rest[mark.len_utf8()..].split(mark);
    let (from, to, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let special = |text: &str| {
        text.contains(['\\', '.', '*', '[', ']', '^', '$', '&', '+', '?', '(', '{', '|'])
    };
    let (begins, from) = from.strip_prefix('^').map_or((false, from), |from| (true, from));
    let (ends, from) = from.strip_suffix('$').map_or((false, from), |from| (true, from));
    if parts.next().is_some() || special(from) || special(to) || from.is_empty() {
        return None;
    }
    let change = |line: &str| match flags {
        "g" | "" if begins || ends => {
            let body = line.trim_end_matches('\n');
            let fits = match (begins, ends) {
                (true, true) => body == from,
                (true, false) => body.starts_with(from),
                _ => body.ends_with(from),
            };
            let at = if begins { 0 } else { body.len().saturating_sub(from.len()) };
            let change = || format!("{}{to}{}", &line[..at], &line[at + from.len()..]);
            Some(if fits { change() } else { line.to_owned() })
        }
        "g" => Some(line.replace(from, to)),
        "" => Some(line.replacen(from, to, 1)),
        _ => None,
    };
    input.split_inclusive('\n').map(change).collect()
}

/// `grep WORD` of plain characters.
fn kept(args: &[&str], input: &str) -> Option<String> {
    let (invert, pattern) = match *args {
        ["-v", pattern] => (true, pattern),
        ["-F" | "-e" | "-E", pattern] | [pattern] if !pattern.starts_with('-') => (false, pattern),
        _ => return None,
    };
    let any = matches!(pattern, "." | "");
    if !any && pattern.contains(['\\', '.', '*', '[', '^', '$', '+', '?', '(', '{', '|']) {
        return None;
    }
    let fits = |line: &&str| {
        (if any { !line.trim_end().is_empty() } else { line.contains(pattern) }) != invert
    };
    Some(input.split_inclusive('\n').filter(fits).collect())
}
