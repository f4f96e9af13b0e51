//! Tokens made from templates: `ghp_{A:30}{crc32-base62}`. No token stands in a file of ours; where
//! one is needed (tests, planted violations, demonstrations) it is made on the spot from a seed.
//!
//! In braces: a set and a length (`{A:30}`, `{H:32-40}`), `{uuid}`, or a [`Check`] computed over what
//! stands before it. `{!crc32-base62}` is a wrong one. `{secret}` and `{/secret}` mark the secret
//! where it is not the whole text.

use std::ops::Range;

use super::armor;
use super::checksum::{self, BASE32, BASE62, BASE62_LOWER_FIRST};
use super::rule::{Alphabet, Check};

/// Sets of characters, by name: letter for letter those of the rule files' documentation.
const SETS: &[(&str, &str)] = &[
    ("D", "0-9"),
    ("H", "0-9a-f"),
    ("HU", "0-9A-F"),
    ("L", "a-z"),
    ("U", "A-Z"),
    ("l36", "0-9a-z"),
    ("U36", "0-9A-Z"),
    ("A", "0-9A-Za-z"),
    ("La", "A-Za-z"),
    ("A_", "0-9A-Za-z_"),
    ("A-", "0-9A-Za-z_-"),
    ("B64", "0-9A-Za-z+/"),
    ("B32", "A-Z2-7"),
    ("b32", "a-z2-7"),
    ("BECH", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    ("sym", "0-9A-Za-z!@#%^*()_+=[]{}|:,.<>?~-"),
    ("django", "0-9a-z!@#$%^&*(_=+)-"),
    ("bech", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"),
];

/// A small deterministic generator (SplitMix64): the same seed gives the same token everywhere.
#[derive(Debug)]
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    fn of(&mut self, set: Alphabet, count: usize) -> String {
        let all: Vec<char> = (0..128u8).filter(|byte| set.has(*byte)).map(char::from).collect();
        (0..count).map(|_| all[self.below(all.len())]).collect()
    }
}

/// A token made from a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// Bytes of it that are the secret.
    pub secret: Range<usize>,
}

/// Fills a template. The same seed gives the same text.
///
/// # Errors
/// What is wrong with the template, in words.
pub fn expand(template: &str, seed: u64) -> Result<Sample, String> {
    let mut seeded = Seeded(seed);
    // The first outputs of neighbouring seeds are unrelated, but zero should be no special case.
    seeded.next();
    let mut text = String::new();
    let mut head = None;
    let (mut from, mut to) = (0, None);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        let close = rest[open..]
            .find('}')
            .ok_or_else(|| format!("template {template:?}: a brace is not closed"))?;
        let item = &rest[open + 1..open + close];
        rest = &rest[open + close + 1..];
        match item {
            "secret" => from = text.len(),
            "/secret" => to = Some(text.len()),
            _ => {
                let head = *head.get_or_insert(text.len());
                let made = fill(item, &text, head, &mut seeded)
                    .ok_or_else(|| format!("template {template:?}: {{{item}}} is not known"))?;
                text.push_str(&made);
            }
        }
    }
    text.push_str(rest);
    let secret = from..to.unwrap_or(text.len());
    Ok(Sample { text, secret })
}

/// What one item in braces stands for, behind `text` whose constant beginning is `head` long.
fn fill(item: &str, text: &str, head: usize, seeded: &mut Seeded) -> Option<String> {
    if item == "uuid" {
        let set = Alphabet::parse("0-9a-f")?;
        return Some([8, 4, 4, 4, 12].map(|count| seeded.of(set, count)).join("-"));
    }
    if let Some(made) = composed(item, text, seeded) {
        return Some(made);
    }
    if let Some((name, count)) = item.split_once(':') {
        let count = match count.split_once('-') {
            Some((least, most)) => {
                let least: usize = least.parse().ok()?;
                least + seeded.below(most.parse::<usize>().ok()?.checked_sub(least)? + 1)
            }
            None => count.parse().ok()?,
        };
        if let Some((_, set)) = SETS.iter().find(|(known, _)| *known == name) {
            return Some(seeded.of(Alphabet::parse(set)?, count));
        }
        return armoured(name, count, seeded);
    }
    let (wrong, name) = match item.strip_prefix('!') {
        Some(name) => (true, name),
        None => (false, item),
    };
    let sum = sum(Check::from_word(name)?, text, head, wrong, seeded)?;
    Some(if wrong && name != Check::Base32Aws.word() { spoiled(&sum) } else { sum })
}

/// Texts that are made of parts: `{b64userpass}`, `{jwt}`, `{jwt-none}`, `{jwt-empty}`, `{bip32}`, `{wif}`,
/// `{bech32-lower}`, `{bip39}`, `{stellar}`.
fn composed(item: &str, text: &str, seeded: &mut Seeded) -> Option<String> {
    let url = |text: &str| {
        let plain = armor::encode(text.as_bytes());
        plain.trim_end_matches('=').replace('+', "-").replace('/', "_")
    };
    let base58 = |mut bytes: Vec<u8>| {
        let sum = checksum::double_sha256(&bytes);
        bytes.extend(sum);
        checksum::base58_encode(&bytes)
    };
    let letters = Alphabet::parse("0-9A-Za-z")?;
    Some(match item {
        "b64userpass" => {
            let (user, password) = (seeded.of(letters, 6), seeded.of(letters, 16));
            armor::encode(format!("{user}:{password}").as_bytes())
        }
        "jwt" | "jwt-none" | "jwt-empty" => {
            let alg = if item == "jwt-none" { "none" } else { "HS256" };
            let claim = if item == "jwt-empty" { "some" } else { "sub" };
            let header = url(&format!("{{\"alg\":\"{alg}\",\"typ\":\"JWT\"}}"));
            let payload = url(&format!("{{\"{claim}\":\"{}\"}}", seeded.of(letters, 12)));
            let sign = Alphabet::parse("0-9A-Za-z_-")?;
            format!("{header}.{payload}.{}", seeded.of(sign, 43))
        }
        // The version bytes of a private key of the main network; 78 bytes in all.
        "bip32" => {
            let mut bytes = vec![0x04, 0x88, 0xad, 0xe4];
            bytes.extend(seeded.bytes(74));
            base58(bytes)
        }
        // A compressed key of the main network.
        "wif" => {
            let mut bytes = vec![0x80];
            bytes.extend(seeded.bytes(32));
            bytes.push(1);
            base58(bytes)
        }
        "bip39" => super::mnemonic::of(&std::array::from_fn(|_| seeded.next() as u8)),
        "stellar" => {
            let mut bytes = vec![checksum::STELLAR_SEED];
            bytes.extend(seeded.bytes(32));
            bytes.extend(checksum::crc16_xmodem(&bytes).to_le_bytes());
            checksum::base32_encode(&bytes)
        }
        "bech32-lower" => {
            let (hrp, data) = text.rsplit_once('1')?;
            checksum::bech32_sum(hrp.as_bytes(), data.as_bytes())?
        }
        _ => return None,
    })
}

/// The checksum that belongs behind `text`.
fn sum(check: Check, text: &str, head: usize, wrong: bool, seeded: &mut Seeded) -> Option<String> {
    let ascii = |bytes: [u8; 6]| String::from_utf8_lossy(&bytes).into_owned();
    let whole = text.as_bytes();
    let body = whole.get(head..)?;
    let bare = |bytes: &'_ [u8]| bytes.strip_suffix(b"_").unwrap_or(bytes).to_vec();
    Some(match check {
        Check::Crc32Base62 => ascii(checksum::base62(checksum::crc32(body), BASE62)),
        Check::Crc32Base62LowerFirst => {
            ascii(checksum::base62(checksum::crc32(whole), BASE62_LOWER_FIRST))
        }
        Check::Crc32Hex => format!("{:08X}", checksum::crc32(whole)),
        Check::Crc32HexSwapped => format!("{:08x}", checksum::crc32(&bare(whole)).swap_bytes()),
        Check::Crc32HexBody => format!("{:08x}", checksum::crc32(&bare(body))),
        Check::Bech32 => {
            let (hrp, data) = text.rsplit_once('1')?;
            checksum::bech32_sum(hrp.as_bytes(), data.as_bytes())?.to_ascii_uppercase()
        }
        Check::Nkey => {
            // The text so far is `S` and the letter of the kind: ten bits of the two bytes in front.
            let digit = |at: usize| BASE32.iter().position(|digit| whole.get(at) == Some(digit));
            let bits = digit(0)? << 11 | digit(1)? << 6;
            let mut bytes = vec![(bits >> 8) as u8, bits as u8];
            bytes.extend(seeded.bytes(32));
            bytes.extend(checksum::crc16_xmodem(&bytes).to_le_bytes());
            checksum::base32_encode(&bytes).get(2..)?.to_owned()
        }
        Check::Base32Aws => {
            let set = Alphabet::parse("A-Z2-7")?;
            // Nine of ten bodies fit, so a few hundred tries find either kind.
            (0..4096)
                .map(|_| seeded.of(set, 16))
                .find(|body| checksum::aws_account_fits(body.as_bytes()) != wrong)?
        }
        Check::PemDer
        | Check::PemOpenssh
        | Check::PgpArmor
        | Check::Strkey
        | Check::Bip39
        | Check::Base58
        | Check::BasicAuth
        | Check::JwtJson => return None,
    })
}

/// An armour's body of about `count` bytes, in lines. `…-escaped` writes newlines as a string
/// literal does.
fn armoured(name: &str, count: usize, seeded: &mut Seeded) -> Option<String> {
    let (name, newline) = match name.strip_suffix("-escaped") {
        Some(name) => (name, "\\n"),
        None => (name, "\n"),
    };
    let length = u16::try_from(count).ok()?.to_be_bytes();
    let mut bytes = match name {
        "der" => vec![0x30, 0x82, length[0], length[1]],
        "openssh" => b"openssh-key-v1\0".to_vec(),
        // Old packet format, tag 5, two bytes of length.
        "pgp" => vec![0x95, length[0], length[1]],
        "noise" => vec![0x00],
        _ => return None,
    };
    bytes.extend(seeded.bytes(count));
    let mut lines: Vec<String> = armor::encode(&bytes)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    if name == "pgp" {
        let crc = checksum::crc24(&bytes).to_be_bytes();
        lines.push(format!("={}", armor::encode(&crc[1..])));
    }
    Some(lines.join(newline))
}

/// The text with its last character changed to another of the same kind.
fn spoiled(sum: &str) -> String {
    let mut text = sum.to_owned();
    let last = text.pop().unwrap_or('0');
    text.push(match last {
        '0' => '1',
        'A' => 'C',
        'a' => 'c',
        'Q' | 'q' if sum.len() == 6 => 'P',
        _ if last.is_ascii_digit() => {
            if last == '2' {
                '3'
            } else {
                '2'
            }
        }
        _ if last.is_ascii_uppercase() => 'A',
        _ => 'a',
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text_and_another_a_different_one() {
        let made = |seed| expand("k_{A:30}{crc32-base62}", seed).unwrap().text;
        assert_eq!(made(7), made(7));
        assert_ne!(made(7), made(8));
        assert_eq!(made(0).len(), 38);
    }

    #[test]
    fn marks_say_where_the_secret_is() {
        let sample = expand("url/{secret}{D:5}{/secret}/tail", 1).unwrap();
        assert_eq!(sample.secret, 4..9);
    }

    #[test]
    fn an_unknown_item_is_named() {
        let error = expand("k_{nonsense}", 1).unwrap_err();
        assert!(error.contains("{nonsense} is not known"), "{error}");
        assert!(expand("k_{A:30", 1).unwrap_err().contains("not closed"));
    }
}
