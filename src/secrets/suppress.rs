//! What a match of a pattern must pass to be a secret.

use std::ops::Range;

use super::rule::{Alphabet, Check, Rule, Tier};
use super::{armor, checksum, value};
use crate::words::Words;

pub use super::reason::Reason;

/// Bytes of base64 around a match from which it is a piece of a blob.
const BLOB: usize = 160;

/// Judges a match. `body` is where the secret goes on behind its keyword.
///
/// Returns where the secret ends and how strictly to answer, or why it is none. A checksum that
/// holds overrides every placeholder; one that fails makes a refusal a warning.
pub(super) fn judge(
    text: &[u8],
    rule: &Rule,
    whole: &Range<usize>,
    span: &Range<usize>,
    body: usize,
) -> Result<(usize, Tier), Reason> {
    let free_after = text.get(span.end).is_none_or(|byte| !rule.alphabet.has(*byte));
    if !free_after || !free_before(text, whole.start, rule.alphabet) {
        return Err(Reason::Boundary);
    }
    let verified = rule.check.map(|check| (check, checksum::verify(check, text, span, body)));
    if let Some((check, Some(end))) = verified
        && check.proves()
    {
        return Ok((end, rule.tier));
    }
    let random = &text[body..span.end];
    if let Some(reason) = placeholder(random) {
        return Err(reason);
    }
    if rule.entropy.is_some_and(|floor| entropy(random) < floor) {
        return Err(Reason::Entropy);
    }
    if inside_blob(text, span) {
        return Err(Reason::Blob);
    }
    match verified {
        None => Ok((span.end, rule.tier)),
        Some((_, Some(end))) => Ok((end, rule.tier)),
        Some((check, None)) if check.refutes() => Err(Reason::Checksum),
        Some((Check::PemDer | Check::PemOpenssh | Check::PgpArmor, None)) => {
            // A body that is there and reads like none of a key, or nothing at all.
            armor::body(text, span.end).map(|end| (end, Tier::Warn)).ok_or(Reason::Checksum)
        }
        Some((_, None)) => Ok((span.end, Tier::Warn)),
    }
}

/// Whether a match stands in the middle of a long base64 text.
pub(super) fn inside_blob(text: &[u8], span: &Range<usize>) -> bool {
    let digit = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let before = text[..span.start].iter().rev().take(BLOB).take_while(digit).count();
    let after = text[span.end..].iter().take(BLOB).take_while(digit).count();
    // A token in a path has slashes before it; a blob goes on without a word.
    before + after >= BLOB
}

/// Why a value is public, if it is: the public half of a key, a digest, a test vector.
pub(super) fn public(value: &[u8]) -> Option<Reason> {
    const KEYS: [&[u8]; 14] = [
        b"pk_live_",
        b"pk_test_",
        b"phc_",
        b"pubkey-",
        b"pk-lf-",
        b"sb_publishable_",
        b"ssh-rsa",
        b"ssh-ed25519",
        b"AAAAB3NzaC1",
        b"AAAAC3NzaC1",
        b"mob-",
        b"-----BEGIN",
        b"MIIB",
        b"MIIC",
    ];
    const DIGESTS: [&[u8]; 9] = [
        b"sha1-", b"sha256-", b"sha384-", b"sha512-", b"sha256:", b"sha512:", b"h1:", b"md5:",
        b"sha1:",
    ];
    const SEALED: [&[u8]; 5] = [b"ENC[", b"ENC(", b"$ANSIBLE_VAULT", b"AgA", b"AgB"];
    /// What the hashes of passwords begin with.
    const HASHES: [&[u8]; 20] = [
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$6$",
        b"$5$",
        b"$1$",
        b"$y$",
        b"$7$",
        b"$argon2",
        b"$scrypt$",
        b"$apr1$",
        b"$pbkdf2",
        b"$P$",
        b"$H$",
        b"{SSHA",
        b"{SHA",
        b"{PBKDF2",
        b"pbkdf2",
        b"argon2$",
        b"SCRAM-SHA-256$",
    ];
    let starts = |words: &[&[u8]]| words.iter().any(|word| value.starts_with(word));
    if starts(&KEYS) {
        Some(Reason::PublicKey)
    } else if starts(&DIGESTS) {
        Some(Reason::Digest)
    } else if starts(&SEALED) && (value.len() > 30 || !value.starts_with(b"Ag")) {
        Some(Reason::Encrypted)
    } else if starts(&HASHES) && value.len() >= 20 {
        Some(Reason::PasswordHash)
    } else if standard_vector(value) {
        Some(Reason::StandardVector)
    } else {
        None
    }
}

/// Whether a text is a value that a public standard prints: the payloads of the tokens of RFC 7519
/// and of its best known debugger, the credentials of RFC 6749 and RFC 7617, the AES keys of FIPS 197 and SP
/// 800-38A. Kept as FNV-1a hashes, so that no file of ours holds them.
pub(super) fn standard_vector(text: &[u8]) -> bool {
    const HASHES: [u64; 6] = [
        0xdc8d_8ca0_6454_72e9,
        0x3522_d725_c541_298a,
        0xb133_d13c_694b_51b5,
        0x9617_ea56_85ae_57ea,
        0x95c3_261d_f329_9471,
        0x5dbb_f79f_ee8a_53cb,
    ];
    let hash = |text: &[u8]| {
        text.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    text.split(|byte| *byte == b'.').any(|part| part.len() >= 24 && HASHES.contains(&hash(part)))
}

/// Why the words before a value make it no secret: `sha256:`, `commit `, `integrity=`.
pub(super) fn named_digest(before: &[u8], value: &[u8]) -> Option<Reason> {
    if !value.iter().all(|byte| byte.is_ascii_hexdigit())
        || !matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128)
    {
        return None;
    }
    const GIT: [&[u8]; 6] = [b"commit", b"revision", b"rev=", b"rev:", b"ref=", b"git "];
    const HASH: [&[u8]; 8] =
        [b"sha1", b"sha256", b"sha512", b"md5", b"checksum", b"digest", b"hash", b"integrity"];
    let tail = &before[before.len().saturating_sub(48)..];
    let holds = |word: &&[u8]| tail.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if HASH.iter().any(&holds) {
        Some(Reason::Digest)
    } else if GIT.iter().any(holds) {
        Some(Reason::GitObject)
    } else {
        None
    }
}

/// Whether the place is in minified code: a long line almost without blanks, full of brackets.
pub(super) fn minified(text: &[u8], at: usize) -> bool {
    const SPAN: usize = 256;
    let near = &text[at.saturating_sub(SPAN)..text.len().min(at + SPAN)];
    if near.len() < SPAN || memchr::memchr2(b'\n', b'\r', near).is_some() {
        return false;
    }
    let count = |of: fn(&u8) -> bool| near.iter().filter(|byte| of(byte)).count();
    let blanks = count(|byte| *byte == b' ');
    let marks = count(|byte| matches!(byte, b'(' | b')' | b'{' | b'}' | b';' | b',' | b'='));
    blanks * 20 < near.len() && marks * 12 > near.len()
}

/// Whether a path is that of a lock file or of another list of digests.
pub(super) fn lock_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with(".lock")
        || name.ends_with(".sum")
        || name.ends_with(".lockb")
        || matches!(
            name.as_str(),
            "package-lock.json"
                | "pnpm-lock.yaml"
                | "npm-shrinkwrap.json"
                | "packages.lock.json"
                | "yarn.lock"
                | "pipfile.lock"
                | ".cargo-checksum.json"
                | "cargo.lock"
                | ".terraform.lock.hcl"
                | "go.work.sum"
        )
}

/// Whether a path is that of a minified script, a source map or a drawing.
pub(super) fn made_file(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".min.js", ".min.css", ".map", ".svg", ".bundle.js", ".min.mjs"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// Whether a match may begin at `start`: nothing of the alphabet stands before it, or what does is
/// the end of an escape (`\n`, `%3D`, `\u003d`, a colour code), an assignment (`=`) or a path (`/`).
pub(super) fn free_before(text: &[u8], start: usize, alphabet: Alphabet) -> bool {
    let before = &text[..start];
    let Some(&last) = before.last() else { return true };
    if !alphabet.has(last) || matches!(last, b'=' | b'/' | b'+') {
        return true;
    }
    let hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match before {
        // The first column of a diff.
        [b'-'] | [.., b'\n', b'-'] => true,
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'%', high, low] | [.., b'\\', b'x', high, low] => hex(&[*high, *low]),
        [.., b'm'] => after_colour(before),
        _ => unicode_escape(before),
    }
}

/// Whether the bytes end in `\uXXXX`.
fn unicode_escape(before: &[u8]) -> bool {
    before
        .len()
        .checked_sub(6)
        .map(|at| &before[at..])
        .is_some_and(|tail| tail.starts_with(b"\\u") && tail[2..].iter().all(u8::is_ascii_hexdigit))
}

/// Whether the bytes end in a terminal's colour code, `ESC [ … m`.
fn after_colour(before: &[u8]) -> bool {
    /// Most bytes of a colour code that are looked at.
    const MOST: usize = 24;
    let tail = &before[before.len().saturating_sub(MOST)..before.len() - 1];
    let digits =
        tail.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    tail[..tail.len() - digits].ends_with(b"\x1b[")
}

/// Rows of a keyboard that people walk along.
static WALKS: Words = Words::new(&[b"qwertyui", b"asdfghjk", b"1qaz2wsx", b"zxcvbnm"]);

/// Why a text is a placeholder, if it is one.
pub(super) fn placeholder(text: &[u8]) -> Option<Reason> {
    static WORDS: Words = Words::new(&[
        b"example",
        b"placehold",
        b"changeme",
        b"your_",
        b"your-",
        b"redacted",
        b"dummy",
        b"insert_",
        b"replace_",
        b"change-me",
        b"change_me",
        b"replaceme",
        b"todo",
        b"notreal",
    ]);
    /// Equal characters in a row that no random token has.
    const RUN: usize = 8;
    /// Shorter rows are telling when the character is the usual stand-in.
    const STAND_INS: usize = 4;
    let (mut run, mut up) = (1, 1);
    for pair in text.windows(2) {
        let [before, now] = *pair else { continue };
        run = if before == now { run + 1 } else { 1 };
        up = if now == before.wrapping_add(1) || (before == b'9' && now == b'0') {
            up + 1
        } else {
            1
        };
        if run >= RUN || (run >= STAND_INS && matches!(now, b'x' | b'X' | b'*')) {
            return Some(Reason::PlaceholderRun);
        }
        if up >= RUN {
            return Some(Reason::PlaceholderSequence);
        }
    }
    if text.first() == Some(&b'[') && text.last() == Some(&b']') {
        return Some(Reason::PlaceholderTemplate);
    }
    if (0..text.len()).any(|at| fills_in(text, at)) {
        return Some(Reason::PlaceholderTemplate);
    }
    if WALKS.stand_in(text) {
        return Some(Reason::PlaceholderSequence);
    }
    WORDS.stand_in(text).then_some(Reason::PlaceholderWord)
}

/// Price of a pair (see [`value::price`]) that the name of what is to be filled in stays below.
const NAMED: f32 = 4.6;

/// Whether a mark that is to be filled in begins at `at`. A lone sign of one is no mark: random
/// passwords are made of such signs too.
fn fills_in(text: &[u8], at: usize) -> bool {
    let rest = &text[at..];
    // What is asked for by name: words, up to what closes the mark.
    let closed = |open: usize, close: u8| {
        let inside = &rest[open..];
        let end = memchr::memchr(close, inside);
        let named = |inside: &[u8]| inside.is_empty() || value::price(inside) < NAMED;
        at == 0 && !inside.is_empty() || end.is_some_and(|end| named(&inside[..end]))
    };
    match rest {
        [b'$' | b'#', b'{', ..] => closed(2, b'}'),
        [b'$' | b'%', b'(', ..] => closed(2, b')'),
        [b'{', b'{' | b'}', ..] | [b'.', b'.', b'.', ..] => true,
        [b'&', b'l', b't', b';', ..] => true,
        [b'<', inside @ ..] => {
            let name = |byte: &u8| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b' ' | b'_' | b'-' | b'.' | b'%' | b'=')
            };
            let end = inside.iter().position(|byte| !name(byte));
            end.map_or(at == 0, |end| inside[end] == b'>' || end > 0 && at == 0)
        }
        [b'%', b's' | b'd', after @ ..] => {
            !after.first().is_some_and(u8::is_ascii_alphanumeric) && value::price(text) < NAMED
        }
        _ => false,
    }
}

/// Shannon entropy, in bits a character.
fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for &byte in text {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f32;
    -counts
        .iter()
        .filter(|count| **count > 0)
        .map(|&count| count as f32 / total)
        .map(|share| share * share.log2())
        .sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_named_by_what_gives_them_away() {
        for (text, reason) in [
            ("kQ7vEXAMPLEb2", Reason::PlaceholderWord),
            ("your_token_here", Reason::PlaceholderWord),
            ("kQxxxx2b", Reason::PlaceholderRun),
            ("k0000000000b", Reason::PlaceholderRun),
            ("k****b", Reason::PlaceholderRun),
            ("k12345678b", Reason::PlaceholderSequence),
            ("kabcdefghij", Reason::PlaceholderSequence),
            ("k<token>", Reason::PlaceholderTemplate),
            ("token-%s", Reason::PlaceholderTemplate),
            ("<your key", Reason::PlaceholderTemplate),
            ("k${TOKEN}", Reason::PlaceholderTemplate),
        ] {
            assert_eq!(placeholder(text.as_bytes()), Some(reason), "{text}");
        }
        for text in ["k4Tq9vWz1LmPx2sD", "k4<q9vWz1", "k4%sq9", "k4$(q9vW", "k4${q9vW", "k4#{q9"] {
            assert_eq!(placeholder(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn entropy_counts_bits_a_character() {
        assert!(entropy(b"aaaaaaaa").abs() < 1e-6);
        assert!((entropy(b"abababab") - 1.0).abs() < 1e-6);
        assert!((entropy(b"abcdefgh") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_end_of_an_escape_does_not_touch_a_token() {
        let rule = super::super::rules().iter().find(|rule| rule.alphabet.has(b'm')).unwrap();
        for before in
            ["", " ", "=", "\\n", "\\r", "%3D", "\\u003d", "\\x3d", "\x1b[0m", "\x1b[1;31m"]
        {
            assert!(free_before(before.as_bytes(), before.len(), rule.alphabet), "{before:?}");
        }
        for before in ["n", "3D", "u003d", "[0m", "m", "%zz"] {
            assert!(!free_before(before.as_bytes(), before.len(), rule.alphabet), "{before:?}");
        }
    }
}
