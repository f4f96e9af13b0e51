//! The model of values: whether what is assigned to a credential's name is a credential.
//!
//! Entropy alone takes every long word for a key. Here a value is priced by the pairs of characters
//! it is made of: pairs that words and identifiers use are cheap, pairs that only chance makes are
//! dear. Placeholders, references, code and words are named and left alone first.

use super::armor;
use super::suppress::{self, Reason};
use crate::words::Words;

/// Price in bits of each pair of letters, counted in the words of documentation and source files
/// on the day this was written; row: first letter, column: second.
const PAIRS: [&[u8; 26]; 26] = [
    b"75449759597343959343668769",
    b"36563778369367389446489959",
    b"38563783594477279453599979",
    b"46652569289567478546588879",
    b"47436569799453757234867479",
    b"46563369299476379455498969",
    b"48672864397464479346499879",
    b"28872999397557379564589859",
    b"55455559998442359543959695",
    b"37653797496769359639364778",
    b"47562668388565558635576969",
    b"37652779397387379855579949",
    b"25762889397558438856589889",
    b"48433538497786479833669979",
    b"65448659696442549344455799",
    b"38673885497377359354598969",
    b"87988688799366988546158989",
    b"37552769396656369544579959",
    b"58473684397567446742487969",
    b"38672784298578479345587959",
    b"54564569499443649333999898",
    b"27671779399866489777999889",
    b"38863874396684389446897979",
    b"56462796399646537762877669",
    b"56574758598444429534965766",
    b"37981877398769479667689864",
];

/// What a name says its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Chosen by a person.
    Password,
    /// Made by a machine.
    Token,
}

/// How sure a value is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It may be one.
    Plausible,
    /// It was made to be one.
    Strong,
}

/// Least price a pair at which a text counts as random.
const RANDOM: f32 = 4.6;

/// The same for texts of fewer than [`LONG`] bytes.
const RANDOM_SHORT: f32 = 5.0;

/// The same where name and form are those of a token already.
const RANDOM_NAMED: f32 = 4.2;

/// Bytes from which chance words are unlikely.
const LONG: usize = 20;

/// Average price of the pairs of a text, in bits.
pub(super) fn price(text: &[u8]) -> f32 {
    let mut sum = 0u32;
    let mut count = 0u32;
    for pair in text.windows(2) {
        let [a, b] = *pair else { continue };
        let letters = a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
        sum += if letters {
            let row = PAIRS[usize::from(a.to_ascii_lowercase() - b'a')];
            let cost = u32::from(row[usize::from(b.to_ascii_lowercase() - b'a')] - b'0');
            // The border of two words in camel case.
            if a.is_ascii_lowercase() && b.is_ascii_uppercase() { cost.clamp(5, 7) } else { cost }
        } else if a.is_ascii_digit() && b.is_ascii_digit() {
            4
        } else if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() {
            6
        } else if matches!(a, b'_' | b'-' | b'.' | b' ' | b'/' | b':')
            || matches!(b, b'_' | b'-' | b'.' | b' ' | b'/' | b':')
        {
            3
        } else {
            5
        };
        count += 1;
    }
    if count == 0 { 0.0 } else { sum as f32 / count as f32 }
}

/// Whether a text looks made by chance.
pub(super) fn random(text: &[u8]) -> bool {
    // Words of two cases have no digit in their middle.
    let floor = if text.len() < LONG && classes(text) < 3 { RANDOM_SHORT } else { RANDOM };
    random_from(text, floor)
}

/// As [`random`], where name and length of the value are known to be those of a token.
pub(super) fn random_named(text: &[u8]) -> bool {
    random_from(text, RANDOM_NAMED)
}

fn random_from(text: &[u8], floor: f32) -> bool {
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hex = text.iter().all(u8::is_ascii_hexdigit);
    let wanted = if hex { 7 } else { 8 };
    digits < text.len()
        && distinct >= wanted.min(text.len() * 2 / 3)
        && (classes(text) >= 2 || text.len() >= LONG)
        && price(text) >= if hex { floor.min(4.2) } else { floor }
}

/// How many of digits, lower-case and upper-case letters a text holds.
fn classes(text: &[u8]) -> usize {
    let holds = |of: fn(&u8) -> bool| usize::from(text.iter().any(of));
    holds(u8::is_ascii_digit) + holds(u8::is_ascii_lowercase) + holds(u8::is_ascii_uppercase)
}

/// Judges a value. `quoted` tells whether it stood in quotes.
///
/// # Errors
/// Why it is no credential.
pub(super) fn judge(value: &[u8], quoted: bool, class: Class) -> Result<Strength, Reason> {
    let least = if class == Class::Password { 6 } else { 12 };
    if value.len() < least {
        return Err(Reason::ValueShort);
    }
    if value.len() > 512 {
        return Err(Reason::ValueLong);
    }
    if let Some(reason) = suppress::placeholder(value) {
        return Err(reason);
    }
    reference(value, quoted)?;
    if value.iter().any(u8::is_ascii_whitespace) {
        return Err(Reason::ValueSentence);
    }
    if let Some(reason) = suppress::public(value) {
        return Err(reason);
    }
    if nothing(value) {
        return Err(Reason::ValueWord);
    }
    // What the name says is a secret may be a UUID.
    if uuid(value) {
        return Ok(Strength::Strong);
    }
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let others = value.len() - letters - digits;
    let strong = random(value) && value.len() >= 10;
    match class {
        Class::Token if strong => Ok(Strength::Strong),
        Class::Token => Err(Reason::ValueWord),
        Class::Password if strong => Ok(Strength::Strong),
        Class::Password => {
            let symbols = value
                .iter()
                .filter(|byte| {
                    matches!(
                        byte,
                        b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+' | b'~'
                    )
                })
                .count();
            let mixed = letters > 0 && digits > 0 && others <= value.len() / 2;
            let typed = letters > 1 && symbols > 0;
            match (mixed, typed) {
                (true, true) => Ok(Strength::Strong),
                (true, false) if price(value) >= 4.0 || digits >= 2 => Ok(Strength::Plausible),
                (false, true) if value.len() >= 8 => Ok(Strength::Plausible),
                _ => Err(Reason::ValueWord),
            }
        }
    }
}

/// Judges what stands where only a password can: between user and host, behind a password's option.
///
/// # Errors
/// Why it is none.
pub(super) fn login(value: &[u8], quoted: bool) -> Result<Strength, Reason> {
    /// Letters of a password that nothing but its place tells from a word.
    const LEAST: usize = 8;
    if !value.iter().all(u8::is_ascii_graphic) {
        return Err(Reason::ValueWord);
    }
    match judge(value, quoted, Class::Password) {
        Err(Reason::ValueWord)
            if value.len() >= LEAST && !nothing(value) && price(value) >= RANDOM_SHORT =>
        {
            Ok(Strength::Plausible)
        }
        verdict => verdict,
    }
}

/// Refuses what names a place where a secret is kept, and code that computes one.
fn reference(value: &[u8], quoted: bool) -> Result<(), Reason> {
    const STORES: [&[u8]; 21] = [
        b"vault:",
        b"op://",
        b"arn:aws",
        b"secretkeyref",
        b"!ref",
        b"!vault",
        b"ssm:",
        b"keyvault",
        b"projects/",
        b"env.",
        b"env:",
        b"process.env",
        b"os.environ",
        b"getenv",
        b"env[",
        b"env(",
        b"secrets.",
        b"!sub",
        b"file:",
        b"credentials(",
        b"gopass:",
    ];
    static READERS: Words = Words::new(&[b"environ", b"getenv", b"secretsmanager"]);
    static CODES: Words =
        Words::new(&[b"()", b"\\n", b"\\u", b"\\x", b"[^", b"\\s", b"\\d", b"\\w"]);
    static ARROWS: Words = Words::new(&[b"::", b"->"]);
    let starts =
        |word: &[u8]| value.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if STORES.iter().any(|word| starts(word)) || READERS.stand_in(value) {
        return Err(Reason::Reference);
    }
    match value {
        [b'$' | b'%' | b'@' | b'&' | b'!' | b'*' | b'?' | b'#', next, ..]
            if matches!(next, b'{' | b'(' | b'[') || (!quoted && next.is_ascii_alphabetic()) =>
        {
            return Err(Reason::Reference);
        }
        [b'$', rest @ ..]
            if rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                && !rest.iter().any(u8::is_ascii_digit) =>
        {
            return Err(Reason::Reference);
        }
        [b'/' | b'~', b'/' | b'a'..=b'z' | b'A'..=b'Z', ..] if price(value) < 4.4 => {
            return Err(Reason::Path);
        }
        [b'.', b'.' | b'/', ..] => return Err(Reason::Path),
        [b'.', ..] if !quoted || price(value) < RANDOM => return Err(Reason::Path),
        _ => {}
    }
    if memchr::memmem::find(value, b"://").is_some() || value.starts_with(b"C:\\") {
        return Err(Reason::Path);
    }
    // An assignment of its own, which is judged by its own name.
    if let Some(sign) = memchr::memchr2(b'=', b':', &value[..value.len().min(40)])
        && sign > 2
        && value.len() > sign + 6
        && value[..sign].iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && price(&value[..sign]) < RANDOM_SHORT
    {
        return Err(Reason::Code);
    }
    let code = |byte: &u8| {
        matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'|' | b'\\' | b';')
    };
    if !quoted {
        let name =
            |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b':' | b'-');
        if value.iter().any(code) || value.iter().all(name) || ARROWS.stand_in(value) {
            return Err(Reason::Code);
        }
        // `self.config.token2`, `config.api_key1`: a chain of names.
        let chain = value.split(|byte| *byte == b'.').filter(|part| !part.is_empty()).count() > 1
            && price(value) < 4.6;
        if chain || value.starts_with(b"0x") && value.len() < 20 {
            return Err(Reason::Code);
        }
    } else if value.iter().filter(|byte| code(byte)).count() * 4 > value.len()
        || CODES.stand_in(value)
    {
        return Err(Reason::Code);
    }
    Ok(())
}

/// Whether a value is nothing that anybody would log in with: a stand-in, a number, another script,
/// an address, or the base64 or percent-encoding of one.
fn nothing(value: &[u8]) -> bool {
    let foreign = value.iter().filter(|byte| !byte.is_ascii()).count();
    let decoded = || armor::decode(value).filter(|text| text.iter().all(u8::is_ascii_graphic));
    weak(value)
        || number(value)
        || address(value)
        || foreign * 4 > value.len()
        || percent_encoded(value)
        || value.contains(&b'%') && weak(&percent_decoded(value))
        || value.len() >= 8 && decoded().is_some_and(|text| weak(&text))
}

/// Whether a value is a UUID whose digits are not all alike.
pub(super) fn uuid(value: &[u8]) -> bool {
    let hyphens = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, &u8)| match hyphens.contains(&at) {
        true => *byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    value.len() == 36 && value.iter().enumerate().all(fits) && random_digits(value)
}

/// Whether many different digits stand in a text.
fn random_digits(value: &[u8]) -> bool {
    (0..16u8).filter(|digit| value.contains(&b"0123456789abcdef"[usize::from(*digit)])).count() >= 8
        || value.iter().any(u8::is_ascii_uppercase)
}

/// Whether a bare value that fills its line is a password of signs: of three kinds of characters,
/// with signs in it, and nothing that code is made of.
pub(super) fn typed_line(value: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| value.iter().filter(|byte| of(byte)).count();
    let signs = count(u8::is_ascii_punctuation);
    let holds = |word: &[u8]| memchr::memmem::find(value, word).is_some();
    (10..=64).contains(&value.len())
        && value.iter().all(u8::is_ascii_graphic)
        && signs >= 2
        && signs * 2 <= value.len()
        && count(u8::is_ascii_digit) > 0
        && count(u8::is_ascii_lowercase) > 0
        && count(u8::is_ascii_uppercase) > 0
        && price(value) >= RANDOM_SHORT
        && ![&b"()"[..], b"[\"", b"('", b"(\"", b"['", b"::", b"->", b"=>", b"&&", b"||", b"});"]
            .iter()
            .any(|word| holds(word))
        && suppress::placeholder(value).is_none()
        && suppress::public(value).is_none()
        && !nothing(value)
}

/// Whether a value is a plain mail address.
fn address(value: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', value) else { return false };
    let plain = |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-');
    let (name, host) = (&value[..at], &value[at + 1..]);
    !name.is_empty() && !host.is_empty() && name.iter().chain(host).all(plain)
}

/// A value with its `%41` written out.
pub(super) fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut text = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let code = match value.get(at..at + 3) {
            Some(&[b'%', high, low]) => digit(high).zip(digit(low)),
            _ => None,
        };
        text.push(code.map_or(value[at], |(high, low)| (high << 4 | low) as u8));
        at += if code.is_some() { 3 } else { 1 };
    }
    text
}

/// Whether a value is a number with its type: `2048u32`, `0x10UL`.
fn number(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"0x").unwrap_or(value);
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    const TYPES: [&[u8]; 16] = [
        b"", b"i8", b"u8", b"i16", b"u16", b"i32", b"u32", b"i64", b"u64", b"usize", b"isize",
        b"u", b"l", b"ul", b"ull", b"f",
    ];
    digits > 0 && TYPES.iter().any(|name| value[digits..].eq_ignore_ascii_case(name))
}

/// Whether most of a value is percent-encoded: a text of another script.
fn percent_encoded(value: &[u8]) -> bool {
    let codes = value
        .windows(3)
        .filter(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit))
        .count();
    codes * 3 * 2 > value.len()
}

/// Whether a value is a word that stands in for a password, with a number behind it at most, or
/// nothing but such words.
pub(super) fn weak(value: &[u8]) -> bool {
    // A word stands before those that it holds.
    const WORDS: &[&[u8]] = &[
        b"password",
        b"passwort",
        b"passwd",
        b"passphrase",
        b"pass",
        b"pwd",
        b"secret",
        b"token",
        b"apikey",
        b"api",
        b"key",
        b"administrator",
        b"admin",
        b"root",
        b"username",
        b"user",
        b"guest",
        b"testing",
        b"tests",
        b"test",
        b"foo",
        b"bar",
        b"baz",
        b"qux",
        b"sample",
        b"demo",
        b"fake",
        b"mock",
        b"default",
        b"qwerty",
        b"letmein",
        b"welcome",
        b"postgres",
        b"mysql",
        b"redis",
        b"mongo",
        b"minio",
        b"rabbitmq",
        b"my",
        b"the",
        b"super",
        b"value",
        b"invalid",
        b"valid",
        b"wrong",
        b"correct",
    ];
    static ANY: Words = Words::new(WORDS);
    let stands_in = |mut rest: Vec<u8>| {
        // Most values hold none.
        if !ANY.stand_in(&rest) {
            return false;
        }
        let mut cut = false;
        for word in WORDS {
            while let Some(at) = memchr::memmem::find(&rest, word) {
                rest.drain(at..at + word.len());
                cut = true;
            }
        }
        cut && rest.len() <= 2
    };
    let letters: Vec<u8> = value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .map(u8::to_ascii_lowercase)
        .collect();
    if letters.len() * 2 < value.len() && value.len() > 8 {
        return false;
    }
    stands_in(letters) || stands_in(spelled(value))
}

/// A word with digits and signs for letters as letters, without what stands behind it: `P4ssw0rd!1`.
fn spelled(value: &[u8]) -> Vec<u8> {
    let end = value.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |at| at + 1);
    let letter = |byte: &u8| match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        other => other.to_ascii_lowercase(),
    };
    value[..end].iter().map(letter).filter(u8::is_ascii_alphabetic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cheap_and_chance_is_dear() {
        for text in ["getUserTokenFromRequest", "authentication_failed", "my-service-account"] {
            assert!(price(text.as_bytes()) < RANDOM, "{text}: {}", price(text.as_bytes()));
        }
        for seed in 0..50 {
            let text = super::super::template::expand("{A:32}", seed).unwrap().text;
            assert!(random(text.as_bytes()), "{text}: {}", price(text.as_bytes()));
            let text = super::super::template::expand("{H:32}", seed).unwrap().text;
            assert!(random(text.as_bytes()), "{text}: {}", price(text.as_bytes()));
        }
    }

    #[test]
    fn stand_ins_for_passwords_are_weak() {
        for text in [
            "password",
            "Password1",
            "P4ssw0rd!1",
            "s3cr3t",
            "test123",
            "my-secret-key",
            "root",
            "foobar",
            "admin@123",
        ] {
            assert!(weak(text.as_bytes()), "{text}");
        }
        for text in ["hunter22", "correcthorse", "Winter2019!"] {
            assert!(!weak(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn each_refusal_names_its_reason() {
        for (value, quoted, reason) in [
            ("abc", true, Reason::ValueShort),
            ("must be at least 8", true, Reason::ValueSentence),
            ("process.env.TOKEN_9", false, Reason::Reference),
            ("vault:secret/data/x9", true, Reason::Reference),
            ("getToken(request1)", false, Reason::Code),
            ("/run/secrets/db_pass1", true, Reason::Path),
            ("password123", true, Reason::ValueWord),
            ("authentication", true, Reason::ValueWord),
        ] {
            assert_eq!(judge(value.as_bytes(), quoted, Class::Password), Err(reason), "{value}");
        }
    }
}
