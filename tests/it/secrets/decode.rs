//! Decoding: whatever a token is wrapped in, it is found at its place, for a bounded price.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

use portcullis::secrets::{self, Budget, Found, scan_decoded, scan_shell};

use super::sample;

/// A way to write a text down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Base64,
    Base64Url,
    Base64Bare,
    Base64Wrapped,
    Hex,
    HexUpper,
    Percent,
    Html,
    HtmlHex,
    Unicode,
    Bytes,
    Octal,
    Joined,
    Gzip,
    Zlib,
    Utf16,
}

const WAYS: [Way; 16] = [
    Way::Base64,
    Way::Base64Url,
    Way::Base64Bare,
    Way::Base64Wrapped,
    Way::Hex,
    Way::HexUpper,
    Way::Percent,
    Way::Html,
    Way::HtmlHex,
    Way::Unicode,
    Way::Bytes,
    Way::Octal,
    Way::Joined,
    Way::Gzip,
    Way::Zlib,
    Way::Utf16,
];

impl Way {
    /// The decoders that undo it.
    fn chain(self) -> &'static [&'static str] {
        match self {
            Self::Base64 | Self::Base64Url | Self::Base64Bare | Self::Base64Wrapped => &["base64"],
            Self::Hex | Self::HexUpper => &["hex"],
            Self::Percent => &["percent"],
            Self::Html | Self::HtmlHex => &["html"],
            Self::Unicode | Self::Bytes | Self::Octal => &["escape"],
            Self::Joined => &["join"],
            Self::Gzip | Self::Zlib => &["base64", "gzip"],
            Self::Utf16 => &["base64", "utf16"],
        }
    }

    /// The place of a find is the whole of it, whatever stands inside.
    fn is_run(self) -> bool {
        matches!(self.chain()[0], "base64" | "hex")
    }

    fn write(self, text: &str) -> String {
        let each = |one: &dyn Fn(u8) -> String| text.bytes().map(one).collect::<String>();
        match self {
            Self::Base64 => base64(text.as_bytes()),
            Self::Base64Url => base64(text.as_bytes()).replace('+', "-").replace('/', "_"),
            Self::Base64Bare => base64(text.as_bytes()).trim_end_matches('=').to_owned(),
            Self::Base64Wrapped => {
                let whole = base64(text.as_bytes());
                let lines: Vec<_> =
                    whole.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
                lines.join("\n")
            }
            Self::Hex => each(&|byte| format!("{byte:02x}")),
            Self::HexUpper => each(&|byte| format!("{byte:02X}")),
            Self::Percent => each(&|byte| format!("%{byte:02X}")),
            Self::Html => each(&|byte| format!("&#{byte};")),
            Self::HtmlHex => each(&|byte| format!("&#x{byte:x};")),
            Self::Unicode => each(&|byte| format!("\\u{byte:04x}")),
            Self::Bytes => each(&|byte| format!("\\x{byte:02x}")),
            Self::Octal => each(&|byte| format!("\\{byte:03o}")),
            Self::Joined => {
                let (one, two) = text.split_at(text.len() / 2);
                format!("{one}\" + \"{two}")
            }
            Self::Gzip => {
                let mut out = GzEncoder::new(Vec::new(), Compression::default());
                out.write_all(text.as_bytes()).unwrap();
                base64(&out.finish().unwrap())
            }
            Self::Zlib => {
                let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
                out.write_all(text.as_bytes()).unwrap();
                base64(&out.finish().unwrap())
            }
            Self::Utf16 => {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                base64(&bytes)
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= three.len() { digit } else { '=' });
        }
    }
    text
}

/// Rule, place and chain of one find.
type Said = (&'static str, Range<usize>, String);

/// What is found, and the bytes that were decoded for it.
fn found(text: &[u8]) -> (Vec<Said>, usize) {
    let mut budget = Budget::FILE;
    let said = |one: Found| (one.hit.rule.id, one.hit.span, one.chain.to_string());
    let found = scan_decoded(text, &mut budget).into_iter().map(said).collect();
    (found, Budget::FILE.bytes - budget.bytes)
}

/// A token that is found wherever it stands, and is no armour of many lines.
fn token(seed: u64) -> (&'static str, String) {
    match seed % 4 {
        0 => ("github-pat", sample("ghp_{A:30}{crc32-base62}", seed).text),
        1 => ("github-fine-grained-pat", sample("github_pat_{A:22}_{A:59}", seed).text),
        2 => ("slack-bot-token", sample("xoxb-{D:12}-{D:12}-{A:24}", seed).text),
        _ => ("anthropic-oauth-token", sample("sk-ant-oat01-{A-:95}", seed).text),
    }
}

#[test]
fn each_way_is_undone_and_named() {
    let (id, token) = token(0);
    for way in WAYS {
        let written = way.write(&token);
        let text = format!("first = 1\nkey = \"{written}\" # é\n");
        let chain = way.chain().join(">");
        let at = 17..17 + written.len();
        assert_eq!(found(text.as_bytes()).0, [(id, at, chain)], "{way:?}");
    }
}

#[test]
fn a_plain_token_is_found_as_before() {
    let (id, token) = token(0);
    let text = format!("key = \"{token}\"\n");
    let (hits, spent) = found(text.as_bytes());
    assert_eq!(hits, [(id, 7..7 + token.len(), String::new())]);
    assert_eq!(spent, 0, "nothing looked encoded");
}

#[test]
fn places_where_encoded_secrets_really_stand() {
    let (id, token) = token(0);
    let auth = base64(format!("user:{token}").as_bytes());
    let config =
        base64(format!("{{\"auths\": {{\"host.invalid\": {{\"auth\": \"{auth}\"}}}}}}").as_bytes());
    let half = token.len() / 2;
    for (text, chain) in [
        (
            format!("apiVersion: v1\nkind: Secret\ndata:\n  token: {}\n", base64(token.as_bytes())),
            "base64",
        ),
        (format!("  .dockerconfigjson: {config}\n"), "base64>base64"),
        (format!("Authorization: Basic {auth}\r\n"), "base64"),
        (
            format!("echo {} | base64 -d > .env", base64(format!("T={token}\n").as_bytes())),
            "base64",
        ),
        (format!("data:text/plain;base64,{}", base64(token.as_bytes())), "base64"),
        (format!("https://host.invalid/p/{}", base64(token.as_bytes())), "base64"),
        (format!("--from-literal=a={}", base64(token.as_bytes())), "base64"),
        (format!("url?t={}%5F{}&x=1", &token[..3], &token[4..]), "percent"),
        (format!("{{\"t\": \"{}\\u005f{}\"}}", &token[..3], &token[4..]), "escape"),
        (format!("printf '\\x67{}' > f", &token[1..]), "escape"),
        (format!("const t = '{}' +\n    '{}';", &token[..half], &token[half..]), "join"),
        (format!("$t = \"{}\" . \"{}\";", &token[..half], &token[half..]), "join"),
        (format!("t = (\"{}\"\n     \"{}\")", &token[..half], &token[half..]), "join"),
        (format!("a = [\"{}\",\n     \"{}\"]", &token[..half], &token[half..]), ""),
    ] {
        let hits = found(text.as_bytes()).0;
        let expected: &[_] = if chain.is_empty() { &[] } else { &[(id, chain)] };
        let said: Vec<_> = hits.iter().map(|(id, _, chain)| (*id, chain.as_str())).collect();
        assert_eq!(said, expected, "{text}");
    }
}

#[test]
fn what_a_shell_glues_together_is_seen_as_one_word() {
    let (id, token) = token(0);
    let (one, two) = token.split_at(14);
    for line in [
        format!("echo \"{one}\"\"{two}\" > .env"),
        format!("echo {one}''{two}"),
        format!("echo {one}'{two}'"),
        format!("echo {one}\\{two}"),
        format!("echo {one}\\\n{two}"),
        format!("curl -H \"Authorization: token {one}\"'{two}'"),
    ] {
        let hits = scan_shell(line.as_bytes(), &mut Budget::HOOK.clone());
        assert_eq!(hits.len(), 1, "{line}");
        assert_eq!(hits[0].hit.rule.id, id, "{line}");
        let place = &line[hits[0].hit.span.clone()];
        assert!(place.starts_with("ghp_") && place.ends_with(&two[..two.len()]), "{line}: {place}");
    }
    for line in ["git commit -m \"don't\"", "grep 'a'\"b\" f", "ls \\\n  -l", "sed 's/\\./x/'"] {
        assert!(scan_shell(line.as_bytes(), &mut Budget::HOOK.clone()).is_empty(), "{line}");
    }
}

#[test]
fn nothing_is_decoded_that_holds_no_text() {
    let bytes = |seed: u64, count: usize| -> Vec<u8> {
        (0..count as u64)
            .map(|at| (seed + at).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[2] | 0x80)
            .collect()
    };
    for text in [
        format!("data:image/png;base64,iVBORw0KGgo{}", base64(&bytes(1, 3000))),
        format!("src: url(data:font/woff2;base64,d09GMgABAAAA{})", base64(&bytes(2, 3000))),
        format!("integrity: sha512-{}", base64(&bytes(3, 64))),
        "d670460b4b4aece5915caf5c68d12f560a9fe3e4".repeat(2),
        "let thisIsAnIdentifierOfManyWordsThatIsLong = another_one_in_snake_case_of_many_words"
            .into(),
        "550e8400-e29b-41d4-a716-446655440000".into(),
    ] {
        assert_eq!(found(text.as_bytes()), (vec![], 0), "{text}");
    }
}

#[test]
fn the_budget_ends_the_work_and_not_the_scan() {
    let (id, token) = token(0);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b'a'; 40 << 20]).unwrap();
    let text = format!("{}\n{token}\n", base64(&bomb.finish().unwrap()));
    let mut budget = Budget { depth: 3, bytes: 1 << 20 };
    let hits = scan_decoded(text.as_bytes(), &mut budget);
    assert_eq!(budget.bytes, 0, "all of it was used");
    assert_eq!(hits.len(), 1);
    assert_eq!((hits[0].hit.rule.id, hits[0].chain.to_string()), (id, String::new()));

    let mut deep = token.clone();
    for _ in 0..4 {
        deep = base64(deep.as_bytes());
    }
    assert_eq!(found(deep.as_bytes()).0, [], "deeper than the depth");
    let mut budget = Budget { depth: 4, ..Budget::FILE };
    assert_eq!(scan_decoded(deep.as_bytes(), &mut budget).len(), 1);
}

#[test]
fn damaged_data_gives_what_came_before_the_damage() {
    let (id, token) = token(0);
    let mut out = GzEncoder::new(Vec::new(), Compression::none());
    out.write_all(format!("{token}\n{}", "text ".repeat(400)).as_bytes()).unwrap();
    let whole = out.finish().unwrap();
    let text = base64(&whole[..whole.len() - 300]);
    assert_eq!(found(text.as_bytes()).0, [(id, 0..text.len(), "base64>gzip".into())]);
}

fn ways() -> impl Strategy<Value = Vec<Way>> {
    let three = prop::collection::vec(prop::sample::select(&WAYS[..]), 1..4);
    three.prop_filter("at most three decoders", |ways| {
        // A literal that is joined holds no line break, nor another that is joined.
        let place = |way| ways.iter().position(|one| *one == way);
        let joined = place(Way::Joined).unwrap_or(ways.len());
        let broken = ways.iter().rposition(|one| *one == Way::Base64Wrapped) > Some(joined)
            || ways.iter().rposition(|one| *one == Way::Joined) > Some(joined);
        !broken && ways.iter().map(|way| way.chain().len()).sum::<usize>() <= 3
    })
}

proptest! {
    #[test]
    fn a_token_is_found_at_its_place_under_any_three_encodings(
        ways in ways(),
        seed in any::<u64>(),
        inside in any::<bool>(),
        before in "[a-z ]{0,40}",
        after in "[a-z ]{0,40}",
    ) {
        let (id, token) = token(seed);
        let mut written = if inside { format!("key: {token} end") } else { token };
        for way in ways.iter().rev() {
            written = way.write(&written);
        }
        let text = format!("{before}\n{before} = \"{written}\" {after}\n");
        let at = text.len() - after.len() - 3 - written.len()..text.len() - after.len() - 3;
        let (hits, spent) = found(text.as_bytes());
        prop_assert_eq!(hits.len(), 1, "{}", text);
        prop_assert_eq!(hits[0].0, id);
        if ways[0].is_run() || !inside && ways.len() == 1 {
            prop_assert_eq!(&hits[0].1, &at);
        } else {
            prop_assert!(hits[0].1.start >= at.start && hits[0].1.end <= at.end);
        }
        let chain: Vec<_> = ways.iter().flat_map(|way| way.chain()).copied().collect();
        // Neighbours that are both written into the text may come off together.
        if ways.windows(2).all(|pair| pair[0].is_run() || pair[1].is_run()) {
            prop_assert_eq!(&hits[0].2, &chain.join(">"));
        }
        prop_assert!(spent <= 4 * text.len() + 1024);
        prop_assert_eq!(secrets::scan(text.as_bytes()).len(), 0);
    }

    #[test]
    fn no_bytes_make_it_panic_and_the_work_is_bounded(bytes in prop::collection::vec(any::<u8>(), 0..900)) {
        let (hits, spent) = found(&bytes);
        prop_assert!(spent <= 4 * bytes.len());
        let mut last = 0;
        for (_, span, _) in hits {
            prop_assert!(span.start >= last && span.start < span.end && span.end <= bytes.len());
            last = span.end;
        }
    }

    #[test]
    fn texts_of_nothing_but_beginnings_cost_no_more_than_their_length(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "%41", "&#65;", "&amp;#65;", "\\x41", "\\u0041", "\\\\", "\\n", "\" + \"", "QUJD", "QUJDREVGR0hJSktMTU5PUFFS",
            "4142434445464748494a4b4c4d4e4f50", "H4sIAAAAAAAA", "eJw", "==", "\n", " ", "\"", "+", "\\", "ghp_",
        ]), 1..200),
    ) {
        let text = pieces.concat();
        let (_, spent) = found(text.as_bytes());
        // Each of the three depths sees at most what the one before it put out: once in runs, once in regions.
        prop_assert!(spent <= 14 * text.len(), "{} for {}", spent, text.len());
        let mut budget = Budget::HOOK;
        scan_shell(text.as_bytes(), &mut budget);
    }
}
