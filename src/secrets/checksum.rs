//! The offline checks of tokens, each from the published definition of its algorithm.

use std::ops::Range;

use super::rule::Check;
use super::{armor, mnemonic};

/// Digits of base62 with upper-case letters first.
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of base62 with lower-case letters first.
pub const BASE62_LOWER_FIRST: &[u8; 62] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Digits of base32 (RFC 4648, section 6).
pub const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// First byte of a Stellar secret seed (SEP-23): the letter S in base32.
pub const STELLAR_SEED: u8 = 18 << 3;
/// Digits of Bech32 (BIP-173).
pub const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Runs a check on a match. `body` is where the secret goes on behind its keyword.
///
/// Returns where the secret ends (an armoured key goes on behind the pattern's match), or `None`
/// when the check refutes it.
pub fn verify(check: Check, text: &[u8], span: &Range<usize>, body: usize) -> Option<usize> {
    let whole = text.get(span.clone())?;
    let tail = |count: usize| whole.split_at_checked(whole.len().checked_sub(count)?);
    let body = text.get(body..span.end)?;
    let ok = match check {
        Check::Crc32Base62 => {
            let (held, sum) = body.split_at_checked(body.len().checked_sub(6)?)?;
            base62(crc32(held), BASE62) == sum
        }
        Check::Crc32Base62LowerFirst => {
            let (held, sum) = tail(6)?;
            base62(crc32(held), BASE62_LOWER_FIRST) == sum
        }
        Check::Crc32Hex => {
            let (held, sum) = tail(8)?;
            format!("{:08X}", crc32(held)).as_bytes() == sum
        }
        Check::Crc32HexSwapped => {
            let (held, sum) = tail(8)?;
            let held = held.strip_suffix(b"_").unwrap_or(held);
            format!("{:08x}", crc32(held).swap_bytes()).as_bytes() == sum
        }
        Check::Crc32HexBody => {
            let (held, sum) = body.split_at_checked(body.len().checked_sub(8)?)?;
            let held = held.strip_suffix(b"_").unwrap_or(held);
            format!("{:08x}", crc32(held)).as_bytes() == sum
        }
        Check::Bech32 => bech32_holds(whole),
        Check::Nkey => {
            let bytes = base32_decode(whole)?;
            let (held, sum) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
            crc16_xmodem(held).to_le_bytes() == sum
        }
        Check::Strkey => {
            let bytes = base32_decode(whole)?;
            let (held, sum) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
            bytes.first() == Some(&STELLAR_SEED) && crc16_xmodem(held).to_le_bytes() == sum
        }
        Check::Bip39 => return mnemonic::end(text, span),
        Check::Base32Aws => aws_account_fits(whole.split_at_checked(4)?.1),
        Check::Base58 => base58check_holds(whole),
        Check::BasicAuth => basic_auth(whole),
        Check::JwtJson => jwt_header(whole),
        Check::PemDer => return armor::der_key(text, span.end),
        Check::PemOpenssh => return armor::openssh_key(text, span.end),
        Check::PgpArmor => return armor::pgp_key(text, span.end),
    };
    ok.then_some(span.end)
}

/// CRC-32 as in IEEE 802.3: reflected polynomial `EDB88320`, all ones in, all ones out. Bit by bit,
/// because it runs over a few dozen bytes of a token that already has the right form.
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// CRC-16/XMODEM: polynomial `1021`, zero in, not reflected.
pub fn crc16_xmodem(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    })
}

/// CRC-24 of OpenPGP (RFC 4880, section 6.1).
pub fn crc24(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x00B7_04CE, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 16, |crc, _| {
            let crc = crc << 1;
            if crc & 0x0100_0000 == 0 { crc } else { crc ^ 0x0186_4CFB }
        })
    }) & 0x00FF_FFFF
}

/// Six digits of base62, padded with zeros. Six are enough for 32 bits.
pub fn base62(mut value: u32, digits: &[u8; 62]) -> [u8; 6] {
    let mut text = [b'0'; 6];
    for place in text.iter_mut().rev() {
        *place = digits[(value % 62) as usize];
        value /= 62;
    }
    text
}

/// Decodes base32 without padding; bits that do not fill a byte must be zero.
pub fn base32_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0u32, 0);
    for byte in text {
        let digit = BASE32.iter().position(|digit| digit == byte)?;
        bits = bits << 5 | u32::try_from(digit).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

/// Encodes base32 without padding.
pub fn base32_encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0u32, 0);
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(BASE32[(bits >> held & 31) as usize]));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(char::from(BASE32[(bits << (5 - held) & 31) as usize]));
    }
    text
}

/// Whether the sixteen characters behind the prefix of an AWS access key id decode to an account.
///
/// The first six bytes hold it in bits 7 to 46. Older keys, with I or J in the first place, hold
/// none.
pub fn aws_account_fits(body: &[u8]) -> bool {
    if matches!(body.first(), Some(b'I' | b'J')) {
        return true;
    }
    let Some(bytes) = base32_decode(body) else { return false };
    let Some(head) = bytes.first_chunk::<6>() else { return false };
    let number = head.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    ((number & 0x7FFF_FFFF_FF80) >> 7) < 1_000_000_000_000
}

/// Digits of Base58 as Bitcoin orders them.
pub const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The bytes of a Base58 number, without what its leading `1` stand for.
pub fn base58_decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for digit in text {
        let mut carry = BASE58.iter().position(|known| known == digit)?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.reverse();
    Some(bytes)
}

/// Bytes as a Base58 number; the first one must not be zero.
pub fn base58_encode(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = usize::from(*byte);
        for digit in &mut digits {
            carry += usize::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.iter().rev().map(|digit| char::from(BASE58[usize::from(*digit)])).collect()
}

/// The four bytes that close a Base58Check text.
pub fn double_sha256(bytes: &[u8]) -> [u8; 4] {
    use sha2::{Digest, Sha256};
    let sum = Sha256::digest(Sha256::digest(bytes));
    [sum[0], sum[1], sum[2], sum[3]]
}

fn base58check_holds(text: &[u8]) -> bool {
    base58_decode(text)
        .and_then(|bytes| {
            let (held, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
            Some(double_sha256(held) == sum)
        })
        .unwrap_or_default()
}

/// Whether a text is base64 of a user and a password.
fn basic_auth(text: &[u8]) -> bool {
    let Some(bytes) = armor::decode(text) else { return false };
    let Some(colon) = memchr::memchr(b':', &bytes) else { return false };
    let (user, password) = (&bytes[..colon], &bytes[colon + 1..]);
    let printable = bytes.iter().all(|byte| byte.is_ascii_graphic());
    printable
        && !super::suppress::standard_vector(text)
        && password.len() >= 4
        && user != password
        && !super::value::weak(password)
        && super::suppress::placeholder(password).is_none()
}

/// Whether a text in three parts begins with the header of a signed JSON Web Token, and its payload
/// says for whom or how long it is: one that claims nothing is an example, and so is one for the
/// subject `1234567890` of the best known debugger.
fn jwt_header(text: &[u8]) -> bool {
    const CLAIMS: [&str; 24] = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "role",
        "roles",
        "ref",
        "scope",
        "scp",
        "email",
        "user_id",
        "userId",
        "user",
        "username",
        "uid",
        "id",
        "tid",
        "appid",
        "client_id",
        "permissions",
        "account_id",
    ];
    let mut parts = text.split(|byte| *byte == b'.');
    let decoded = |part: Option<&[u8]>| {
        let part: Vec<u8> = part?
            .iter()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        serde_json::from_slice::<serde_json::Value>(&armor::decode(&part)?).ok()
    };
    let header = decoded(parts.next());
    let payload = decoded(parts.next());
    let named = header.as_ref().and_then(|header| header.get("alg")).and_then(|alg| alg.as_str());
    named.is_some_and(|alg| !alg.eq_ignore_ascii_case("none"))
        && payload.is_some_and(|payload| {
            CLAIMS.iter().any(|claim| payload.get(claim).is_some())
                && payload.get("sub").and_then(|sub| sub.as_str()) != Some("1234567890")
        })
        && !super::suppress::standard_vector(text)
}

/// The value that Bech32 makes 1 for a text whose checksum holds (BIP-173).
fn bech32_polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        GENERATOR
            .iter()
            .enumerate()
            .fold(sum, |sum, (bit, part)| if top >> bit & 1 == 1 { sum ^ part } else { sum })
    })
}

fn bech32_expanded(hrp: &[u8]) -> Vec<u8> {
    let high = hrp.iter().map(|byte| byte.to_ascii_lowercase() >> 5);
    let low = hrp.iter().map(|byte| byte.to_ascii_lowercase() & 31);
    high.chain([0]).chain(low).collect()
}

fn bech32_values(data: &[u8]) -> Option<Vec<u8>> {
    data.iter()
        .map(|byte| {
            let at = BECH32.iter().position(|digit| *digit == byte.to_ascii_lowercase())?;
            u8::try_from(at).ok()
        })
        .collect()
}

/// Whether a Bech32 text of one case has the right checksum.
pub fn bech32_holds(text: &[u8]) -> bool {
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let Some(split) = text.iter().rposition(|byte| *byte == b'1') else { return false };
    if mixed || split == 0 || text.len() - split <= 6 || !text.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    bech32_values(&text[split + 1..]).is_some_and(|values| {
        bech32_polymod(bech32_expanded(&text[..split]).into_iter().chain(values)) == 1
    })
}

/// The six characters that complete `hrp` + `1` + `data` to Bech32, in lower case.
pub fn bech32_sum(hrp: &[u8], data: &[u8]) -> Option<String> {
    let values = bech32_values(data)?;
    let sum = bech32_polymod(bech32_expanded(hrp).into_iter().chain(values).chain([0; 6])) ^ 1;
    Some((0..6).map(|at| char::from(BECH32[(sum >> (5 * (5 - at)) & 31) as usize])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value that catalogues of CRC algorithms give: the CRC of these nine digits.
    const DIGITS: &[u8] = b"123456789";

    #[test]
    fn crcs_have_their_published_check_values() {
        assert_eq!(crc32(DIGITS), 0xCBF4_3926);
        assert_eq!(crc16_xmodem(DIGITS), 0x31C3);
        assert_eq!(crc24(DIGITS), 0x0021_CF02);
    }

    #[test]
    fn base62_counts_in_both_orders_and_pads() {
        assert_eq!(&base62(0, BASE62), b"000000");
        assert_eq!(&base62(61, BASE62), b"00000z");
        assert_eq!(&base62(61, BASE62_LOWER_FIRST), b"00000Z");
        assert_eq!(&base62(62 * 62 + 10, BASE62), b"00010A");
        assert_eq!(&base62(u32::MAX, BASE62), b"4gfFC3");
    }

    #[test]
    fn base32_agrees_with_rfc_4648() {
        for (bytes, text) in
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32_encode(bytes.as_bytes()), text);
            assert_eq!(base32_decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(base32_decode(b"MZ"), None, "left-over bits that are not zero");
        assert_eq!(base32_decode(b"M1"), None);
    }

    #[test]
    fn bech32_accepts_and_refuses_the_vectors_of_bip_173() {
        for text in [
            "A12UEL5L",
            "a12uel5l",
            "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "?1ezyfcl",
        ] {
            assert!(bech32_holds(text.as_bytes()), "{text}");
        }
        for text in
            ["pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8"]
        {
            assert!(!bech32_holds(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn aws_bodies_are_judged_by_the_account_they_hold() {
        // Forty one bits give an account number beyond twelve digits; the lowest gives zero.
        assert!(!aws_account_fits(b"7777777777777777"));
        assert!(aws_account_fits(b"AAAAAAAAAAAAAAAA"));
        assert!(aws_account_fits(b"JAAAAAAAAAAAAAAA"));
        assert!(!aws_account_fits(b"A0AAAAAAAAAAAAAA"));
    }
}
