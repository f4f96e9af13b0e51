//! The ways to write one word that bash takes for the same word.

use super::rng::Rng;

/// A word as written, and what must run before it.
#[derive(Debug, Default)]
pub(crate) struct Spelled {
    pub(crate) before: Option<String>,
    pub(crate) text: String,
    pub(crate) how: Option<&'static str>,
}

/// `'…'`, safe for any text.
pub(crate) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `"…"`; expansions in it stay live when `live`.
pub(crate) fn double(text: &str, live: bool) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') || !live && matches!(c, '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// `$'…'`, some characters by number.
pub(crate) fn ansi(text: &str, rng: &mut Rng) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\'' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_ascii_alphabetic() && rng.chance(20) => {
                let code = u32::from(c);
                out.push_str(&match rng.below(3) {
                    0 => format!("\\x{code:02x}"),
                    1 => format!("\\{code:03o}"),
                    _ => format!("\\u{code:04x}"),
                });
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Any quoting that gives `text` back.
pub(crate) fn quoted(text: &str, rng: &mut Rng) -> String {
    match rng.below(6) {
        0..=2 => single(text),
        3 | 4 => double(text, false),
        _ => ansi(text, rng),
    }
}

fn plain(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:%@+,".contains(&b))
}

/// A word in one of its spellings; `odd` is the chance in percent that it is not the plain one.
pub(crate) fn word(word: &str, odd: usize, rng: &mut Rng, unique: &mut usize) -> Spelled {
    if !rng.chance(odd) {
        let text = if plain(word) { word.to_owned() } else { quoted(word, rng) };
        return Spelled { text, ..Spelled::default() };
    }
    *unique += 1;
    let v = format!("v{unique}");
    let n = *unique;
    let cut = 1 + rng.below(word.len().max(2) - 1);
    let (head, tail) = if word.is_char_boundary(cut) { word.split_at(cut) } else { (word, "") };
    let plain = plain(word) && word.len() > 1;
    let (q, quiet) = (quoted(word, rng), single(word));
    let (before, text, how) = match rng.below(if plain { 34 } else { 12 }) {
        0 => (None, single(word), "single"),
        1 => (None, double(word, false), "double"),
        2 => (None, ansi(word, rng), "ansi-c"),
        3 => (Some(format!("{v}={q}")), format!("\"${v}\""), "variable"),
        4 => (Some(format!("{v}={q}")), format!("\"${{{v}}}\""), "braced variable"),
        5 => (None, format!("\"${{{v}:-{quiet}}}\"").replace('\'', ""), "default"),
        6 => (Some(format!("{v}=({q})")), format!("\"${{{v}[@]}}\""), "array"),
        7 => (Some(format!("{v}=(x {q})")), format!("\"${{{v}[1]}}\""), "array element"),
        8 => (Some(format!("{v}={q}; w{n}={v}")), format!("\"${{!w{n}}}\""), "indirect"),
        9 => (None, format!("\"$(printf %s {q})\""), "printf substitution"),
        10 => (Some(format!("printf -v {v} %s {q}")), format!("\"${v}\""), "printf -v"),
        11 => (Some(format!("read -r {v} <<< {q}")), format!("\"${v}\""), "read"),
        12 => (None, format!("{head}''{tail}"), "empty quotes"),
        13 => (None, format!("{head}\"{tail}\""), "half quoted"),
        14 => (None, format!("\\{word}"), "backslash"),
        15 => (None, format!("{head}\\\n{tail}"), "continued line"),
        16 => (None, format!("{head}$'{tail}'"), "half ansi-c"),
        17 => (None, format!("{head}$\"{tail}\""), "half locale"),
        18 => (Some(format!("{v}={head}")), format!("${v}{}", single(tail)), "half variable"),
        19 => (Some(format!("{v}={head}; {v}+={tail}")), format!("${v}"), "appended"),
        20 => (Some(format!("{v}={word}x")), format!("${{{v}%x}}"), "suffix removed"),
        21 => (Some(format!("{v}=xx{word}")), format!("${{{v}##x*x}}"), "prefix removed"),
        22 => (Some(format!("{v}={head}XX{tail}")), format!("${{{v}/XX/}}"), "replaced"),
        23 => (Some(format!("{v}=zz{word}")), format!("${{{v}:2}}"), "slice"),
        24 => (Some(format!("{v}={word}zz")), format!("${{{v}:0:{}}}", word.len()), "slice length"),
        25 if word.bytes().all(|b| b.is_ascii_lowercase()) => {
            (Some(format!("{v}={}", word.to_uppercase())), format!("${{{v},,}}"), "lower case")
        }
        26 => (None, format!("$(echo {word})"), "echo substitution"),
        27 => (None, format!("`echo {word}`"), "backquotes"),
        28 => (None, format!("${{{v}:={word}}}"), "assigned default"),
        29 => (Some(format!("{v}=1")), format!("${{{v}:+{word}}}"), "alternative"),
        30 => (None, format!("{head}${{{v}}}{tail}"), "empty variable inside"),
        31 => (None, format!("$(echo {tail}{head} | sed 's/^{tail}{head}$/{word}/')"), "sed"),
        32 => (
            Some(format!("declare {v}={word}; declare -n r{n}={v}")),
            format!("$r{n}"),
            "name reference",
        ),
        33 => (
            None,
            format!("$(echo {} | base64 -d)", base64(word.as_bytes())),
            "base64 substitution",
        ),
        _ => (None, format!("'{head}'{tail}"), "half single"),
    };
    Spelled { before, text, how: Some(how) }
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut block = [0u8; 3];
        block[..chunk.len()].copy_from_slice(chunk);
        let all = u32::from_be_bytes([0, block[0], block[1], block[2]]);
        for index in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * index)) as usize & 63];
            out.push(if index <= chunk.len() { letter as char } else { '=' });
        }
    }
    out
}
