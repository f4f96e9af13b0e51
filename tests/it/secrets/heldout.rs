//! The second labelled set: whole files put together from parts under
//! `tests/corpus/heldout/` and `tests/corpus/blind/`, other
//! surfaces, names and values than the first one's, never looked at line by line when a rule is made.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use portcullis::secrets::{Budget, Surroundings, Tier, scan_decoded_in, template};

use super::corpus::{Outcome, Score};

/// Seeds that the files are made from.
pub(crate) const SEEDS: Range<u64> = 1..4;

/// A file of one kind with everything that it holds.
#[derive(Debug)]
struct Document {
    kind: String,
    text: String,
    marks: Vec<Mark>,
}

/// A piece of a document with a label.
#[derive(Debug)]
struct Mark {
    /// Part and number that it was made from.
    id: String,
    span: Range<usize>,
    /// Which tier must find it; `None` when it may be reported and need not.
    label: Option<Tier>,
}

/// Lines of the parts.
struct Parts {
    surfaces: Vec<(String, String)>,
    tokens: Vec<(Tier, String, String)>,
    names: Vec<(char, String)>,
    generic: Vec<(char, String)>,
    logins: Vec<(String, Tier, String)>,
    negatives: Vec<(String, String)>,
    words: Vec<String>,
    values: BTreeMap<String, String>,
}

/// A small generator (xorshift), unlike that of the templates.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.next() >> 8) as usize % of.len()]
    }
}

fn parts(folder: &str) -> Parts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let read = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).expect("a part of the set");
        text.lines().map(str::to_owned).collect()
    };
    let pairs = |name: &str, sign: char| -> Vec<(String, String)> {
        let pair = |line: String| {
            let (head, tail) = line.split_once(sign).expect("two fields");
            (head.to_owned(), tail.to_owned())
        };
        read(name).into_iter().map(pair).collect()
    };
    let tier = |word: &str| if word == "B" { Tier::Block } else { Tier::Warn };
    let letter = |(head, tail): (String, String)| (head.chars().next().expect("a letter"), tail);
    Parts {
        surfaces: pairs("surfaces.txt", '\t'),
        tokens: pairs("tokens.txt", ' ')
            .into_iter()
            .map(|(head, tail)| {
                let (name, value) = tail.split_once(' ').expect("a name and a value");
                (tier(&head), name.to_owned(), value.to_owned())
            })
            .collect(),
        names: pairs("names.txt", ' ').into_iter().map(letter).collect(),
        generic: pairs("generic.txt", ' ').into_iter().map(letter).collect(),
        logins: pairs("logins.txt", '\t')
            .into_iter()
            .map(|(kind, tail)| {
                let (label, line) = tail.split_once('\t').expect("a label and a line");
                (kind, tier(label), line.to_owned())
            })
            .collect(),
        negatives: pairs("negatives.txt", '\t'),
        words: read("words.txt"),
        values: pairs("values.txt", ' ').into_iter().collect(),
    }
}

/// The documents of one seed.
fn documents(parts: &Parts, seed: u64) -> Vec<Document> {
    let mut dice = Dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) | 1);
    let mut snippets: Vec<(String, String, Option<Tier>, String)> = Vec::new();
    let mut plant = |dice: &mut Dice, id: String, tier, name: &str, value: &str| {
        let (kind, surface) = dice.pick(&parts.surfaces);
        let text = surface
            .replace("⟦NAME⟧", &name.to_ascii_uppercase())
            .replace("⟦name⟧", &name.to_ascii_lowercase())
            .replace("⟦kebab⟧", &name.to_ascii_lowercase().replace('_', "-"))
            .replace("⟦camel⟧", &camel(name));
        let text = text.replace("⟦value⟧", &format!("⟦!={value}⟧"));
        snippets.push((kind.clone(), id, Some(tier), text));
    };
    for (number, (tier, name, value)) in parts.tokens.iter().enumerate() {
        for _ in 0..4 {
            let value = filled(value, parts, &mut dice);
            plant(&mut dice, format!("tokens:{}", number + 1), *tier, name, &value);
        }
    }
    for (number, (class, name)) in parts.names.iter().enumerate() {
        for _ in 0..8 {
            let of: Vec<&str> = parts
                .generic
                .iter()
                .filter(|(of, _)| of == class)
                .map(|(_, value)| value.as_str())
                .collect();
            let value = filled(dice.pick::<&str>(&of), parts, &mut dice);
            plant(&mut dice, format!("names:{}", number + 1), Tier::Warn, name, &value);
        }
    }
    for (number, (kind, tier, line)) in parts.logins.iter().enumerate() {
        for _ in 0..2 {
            snippets.push((
                kind.clone(),
                format!("logins:{}", number + 1),
                Some(*tier),
                line.clone(),
            ));
        }
    }
    for (number, (kind, line)) in parts.negatives.iter().enumerate() {
        for _ in 0..3 {
            snippets.push((kind.clone(), format!("negatives:{}", number + 1), None, line.clone()));
        }
    }
    // Neighbours by chance, so that what stands around a secret is other each time.
    for at in (1..snippets.len()).rev() {
        let other = (dice.next() >> 8) as usize % (at + 1);
        snippets.swap(at, other);
    }
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    for (kind, id, label, line) in snippets {
        let document = documents.entry(kind.clone()).or_insert_with(|| Document {
            kind,
            text: String::new(),
            marks: Vec::new(),
        });
        append(document, &id, label, &line, parts, &mut dice);
    }
    documents.into_values().collect()
}

/// Adds a snippet to a document, with an empty line behind it.
fn append(
    document: &mut Document,
    id: &str,
    label: Option<Tier>,
    line: &str,
    parts: &Parts,
    dice: &mut Dice,
) {
    let line = line.replace('⏎', "\n");
    let mut rest = line.as_str();
    while let Some((before, after)) = rest.split_once('⟦') {
        let (name, behind) = after.split_once('⟧').expect("a closed mark");
        document.text.push_str(before);
        let known = name.trim_start_matches(['!', '?']);
        let value = match known.strip_prefix('=') {
            Some(value) => value.to_owned(),
            None => value(known, parts, dice),
        };
        let span = document.text.len()..document.text.len() + value.len();
        document.text.push_str(&value);
        if name.starts_with(['!', '?']) {
            let label = label.filter(|_| name.starts_with('!'));
            document.marks.push(Mark { id: id.to_owned(), span, label });
        }
        rest = behind;
    }
    document.text.push_str(rest);
    document.text.push_str("\n\n");
}

/// A value by its name.
fn value(name: &str, parts: &Parts, dice: &mut Dice) -> String {
    let token = |dice: &mut Dice, value: &str| expand(value, dice);
    match name {
        // What may stand in a URL and bare in a shell.
        "pass" => {
            let bare = |value: &str| !value.contains(['&', '$', '*', '#', '@']);
            let of: Vec<&str> = parts
                .generic
                .iter()
                .filter(|(class, value)| *class == 'P' && bare(value) && !value.contains("B64"))
                .map(|(_, value)| value.as_str())
                .collect();
            filled(dice.pick::<&str>(&of), parts, dice)
        }
        "b64pass" => base64(value("pass", parts, dice).as_bytes()),
        "b64github" => base64(token(dice, "ghp_{A:30}{crc32-base62}").as_bytes()),
        "b64pem" => {
            let key = "-----BEGIN RSA PRIVATE KEY-----\n{der:600}\n-----END RSA PRIVATE KEY-----\n";
            base64(token(dice, key).as_bytes())
        }
        "b64userpass" => {
            let login = format!("ci:{}", value("pass", parts, dice));
            base64(login.as_bytes())
        }
        "ghsplit" => {
            let whole = token(dice, "ghp_{A:30}{crc32-base62}");
            format!("{}\" + \"{}", &whole[..14], &whole[14..])
        }
        "ghadjacent" | "ghdot" | "ghsplitplain" => {
            let whole = token(dice, "ghp_{A:30}{crc32-base62}");
            let sign = match name {
                "ghadjacent" => "\"\n    \"",
                "ghdot" => "' . '",
                _ => "\" +\n\t\"",
            };
            format!("{}{sign}{}", &whole[..9], &whole[9..])
        }
        _ => {
            let of = parts.values.get(name).unwrap_or_else(|| panic!("{name} is not known"));
            filled(of, parts, dice)
        }
    }
}

/// A template of the parts, filled.
fn filled(value: &str, parts: &Parts, dice: &mut Dice) -> String {
    let mut value = value.to_owned();
    while let Some(at) = value.find("⟦word⟧") {
        value.replace_range(at..at + "⟦word⟧".len(), dice.pick::<String>(&parts.words));
    }
    while let Some(at) = value.find("⟦Word⟧") {
        let word = dice.pick(&parts.words);
        let word = word[..1].to_ascii_uppercase() + &word[1..];
        value.replace_range(at..at + "⟦Word⟧".len(), &word);
    }
    expand(&value, dice)
}

fn expand(value: &str, dice: &mut Dice) -> String {
    template::expand(value, dice.next()).expect("a good template").text
}

/// `STRIPE_KEY` as `stripeKey`.
fn camel(name: &str) -> String {
    let mut text = String::new();
    for (at, word) in name.to_ascii_lowercase().split('_').enumerate() {
        let head = if at == 0 { word[..1].to_owned() } else { word[..1].to_ascii_uppercase() };
        text.push_str(&head);
        text.push_str(&word[1..]);
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = 0u32;
        for at in 0..3 {
            bits = bits << 8 | u32::from(three.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= three.len() { digit } else { '=' });
        }
    }
    text
}

/// Scans the documents of each seed and compares with the labels. A secret is found when one report
/// covers all of it, or the last part of one that has parts; a report that touches no mark is wrong.
pub(crate) fn scan(folder: &str, seeds: Range<u64>) -> Outcome {
    let parts = parts(folder);
    let mut outcome = Outcome::default();
    for document in seeds.flat_map(|seed| documents(&parts, seed)) {
        let path = format!("src/file.{}", document.kind);
        let around = Surroundings { path: Some(&path) };
        let hits = scan_decoded_in(document.text.as_bytes(), around, &mut Budget::FILE.clone());
        for (at, tiers) in [&[Tier::Block][..], &[Tier::Block, Tier::Warn]].into_iter().enumerate()
        {
            let word = ["block", "both"][at];
            let mut score = Score::default();
            let mut found: BTreeSet<usize> = BTreeSet::new();
            for hit in hits.iter().map(|one| &one.hit).filter(|hit| tiers.contains(&hit.tier)) {
                let touches =
                    |mark: &Mark| mark.span.start < hit.span.end && hit.span.start < mark.span.end;
                // Of a webhook or a login the report may be the secret part, which comes last.
                let covers = |mark: &Mark| {
                    let whole = hit.span.start <= mark.span.start;
                    let parts = document.text[mark.span.clone()].contains(':');
                    mark.span.end <= hit.span.end && (whole || parts)
                };
                let touched = (0..document.marks.len()).filter(|at| touches(&document.marks[*at]));
                let touched: Vec<usize> = touched.collect();
                found.extend(touched.iter().filter(|at| covers(&document.marks[**at])));
                if touched.iter().any(|at| document.marks[*at].label.is_some()) {
                    score.right += 1;
                } else if touched.is_empty() {
                    score.wrong += 1;
                    let number = document.text[..hit.span.start].matches('\n').count() + 1;
                    let place = format!("{} line {number}", document.kind);
                    outcome.alarms.insert((place, hit.rule.id));
                }
            }
            for (at, mark) in document.marks.iter().enumerate() {
                if !mark.label.is_some_and(|label| tiers.contains(&label)) {
                    continue;
                }
                let seen = found.contains(&at);
                score.found += usize::from(seen);
                score.missed += usize::from(!seen);
                if !seen {
                    let id = format!("{} in {}", mark.id, document.kind);
                    outcome.misses.insert((id, word));
                }
            }
            outcome.add(&document.kind, at, score);
        }
    }
    outcome
}
