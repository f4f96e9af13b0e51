//! Turns `rules/secrets/*.yaml` into the scanner's tables, and refuses rules that could not work.
//!
//! An error names the file and the line. What is written is a Rust source file of plain tables.

#[path = "../src/secrets/gram.rs"]
mod gram;
#[path = "secrets/language.rs"]
mod language;
#[path = "../src/secrets/rule.rs"]
#[expect(unreachable_pub, dead_code, reason = "shared with the crate, which uses all of it")]
mod rule;

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use language::{Language, Word};
use rule::{Alphabet, Check, Confidence, Severity};

/// Where the rules are, from the root of the crate.
pub(crate) const FOLDER: &str = "rules/secrets";

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: String,
    docs: String,
    checked: Spanned<String>,
    rules: Vec<Raw>,
}

/// One rule as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    title: Spanned<String>,
    access: Spanned<String>,
    severity: Spanned<String>,
    confidence: Spanned<String>,
    keywords: Vec<Spanned<String>>,
    pattern: Spanned<String>,
    alphabet: Spanned<String>,
    #[serde(default)]
    open_end: bool,
    entropy: Option<Spanned<f32>>,
    check: Option<Spanned<String>>,
    rotate: Spanned<String>,
    source: Spanned<String>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
}

/// The tables, growing file by file.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    rules: String,
    count: usize,
    ids: HashMap<String, String>,
    keywords: Vec<(u32, String)>,
}

/// Reads every rule file of the crate at `root` and returns the Rust source of the tables.
pub(crate) fn tables(root: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.join(FOLDER))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    let mut tables = Tables::default();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(&path)?;
        tables.add(&stem, &text).map_err(anyhow::Error::msg)?;
    }
    Ok(tables.source())
}

/// Writes the tables to `OUT_DIR` and tells cargo when to do it again.
#[cfg(not(test))]
#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
pub(crate) fn generate() -> anyhow::Result<()> {
    use anyhow::Context;
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=src/secrets/rule.rs");
    println!("cargo::rerun-if-changed=src/secrets/gram.rs");
    let variable = |name| std::env::var_os(name).with_context(|| format!("{name} is not set"));
    let source = tables(Path::new(&variable("CARGO_MANIFEST_DIR")?))?;
    std::fs::write(Path::new(&variable("OUT_DIR")?).join("secrets.rs"), source)?;
    Ok(())
}

impl Tables {
    /// Adds the rules of one file. The error begins with `FILE:LINE: `.
    pub(crate) fn add(&mut self, stem: &str, text: &str) -> Result<(), String> {
        let name = format!("{FOLDER}/{stem}.yaml");
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map_or(0, |at| at.line());
            format!("{name}:{line}: {error}")
        })?;
        if !is_date(&file.checked.value) {
            return Err(at(&name, &file.checked, "checked: write the date as YYYY-MM-DD"));
        }
        if file.rules.is_empty() {
            return Err(format!("{name}:1: rules: is empty"));
        }
        for raw in &file.rules {
            self.rule(&name, stem, &file, raw)?;
        }
        Ok(())
    }

    fn rule(&mut self, name: &str, stem: &str, file: &File, raw: &Raw) -> Result<(), String> {
        let id = &raw.id;
        let kebab = id.value.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let kind = id.value.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
        if !kebab || kind.is_none_or(str::is_empty) {
            return Err(at(
                name,
                id,
                &format!("id {:?}: must be {stem}-KIND in lower case", id.value),
            ));
        }
        let place = format!("{name}:{}", id.referenced.line());
        if let Some(first) = self.ids.insert(id.value.clone(), place) {
            return Err(at(name, id, &format!("id {:?}: is taken by {first}", id.value)));
        }
        for (field, value) in [
            ("title", &raw.title),
            ("access", &raw.access),
            ("rotate", &raw.rotate),
            ("source", &raw.source),
        ] {
            if value.value.trim().is_empty() {
                return Err(at(name, value, &format!("{field}: is empty")));
            }
        }
        if raw.examples.is_empty() {
            return Err(at(name, id, &format!("{}: examples: needs at least one", id.value)));
        }
        if raw.counter_examples.is_empty() {
            return Err(at(
                name,
                id,
                &format!("{}: counter_examples: needs at least one", id.value),
            ));
        }
        let severity = word(
            name,
            "severity",
            &raw.severity,
            Severity::from_word,
            &all(Severity::ALL, Severity::word),
        )?;
        let confidence = word(
            name,
            "confidence",
            &raw.confidence,
            Confidence::from_word,
            &all(Confidence::ALL, Confidence::word),
        )?;
        let check = match &raw.check {
            Some(check) => {
                Some(word(name, "check", check, Check::from_word, &all(Check::ALL, Check::word))?)
            }
            None => None,
        };
        let alphabet = Alphabet::parse(&raw.alphabet.value).ok_or_else(|| {
            at(name, &raw.alphabet, "alphabet: must name ASCII characters, like 0-9a-z_")
        })?;
        if let Some(entropy) =
            raw.entropy.as_ref().filter(|floor| !(0.5..=6.0).contains(&floor.value))
        {
            return Err(at(name, entropy, "entropy: must lie between 0.5 and 6 bits a character"));
        }
        let language = self.pattern(name, raw)?;
        let leads = self.keywords(name, raw, &language)?;
        let closed = (0..=255).all(|byte| !language.bytes[usize::from(byte)] || alphabet.has(byte));
        let anchored = leads.iter().all(|(least, most)| least == most);
        let words: Vec<&str> = raw.keywords.iter().map(|word| word.value.as_str()).collect();
        writeln!(
            self.rules,
            "Rule {{ id: {:?}, title: {:?}, provider: {:?}, access: {:?}, severity: Severity::{severity:?}, \
             confidence: Confidence::{confidence:?}, keywords: &{words:?}, pattern: {:?}, \
             alphabet: Alphabet({:?}), open_end: {}, entropy: {}, check: {}, min_len: {}, max_len: {}, \
             closed: {closed}, anchored: {anchored}, examples: &{:?}, counter_examples: &{:?}, \
             rotate: {:?}, source: {:?}, docs: {:?}, checked: {:?} }},",
            id.value,
            raw.title.value,
            file.provider,
            raw.access.value,
            raw.pattern.value,
            alphabet.0,
            raw.open_end,
            raw.entropy.as_ref().map_or("None".to_owned(), |floor| format!("Some({:?})", floor.value)),
            check.map_or("None".to_owned(), |check| format!("Some(Check::{check:?})")),
            language.min_len,
            language.max_len,
            raw.examples,
            raw.counter_examples,
            raw.rotate.value,
            raw.source.value,
            file.docs,
            file.checked.value,
        )
        .map_err(|error| error.to_string())?;
        self.count += 1;
        Ok(())
    }

    fn pattern(&self, name: &str, raw: &Raw) -> Result<Language, String> {
        let pattern = &raw.pattern;
        let problem = |text: &str| at(name, pattern, &format!("pattern: {text}"));
        regex::bytes::RegexBuilder::new(&pattern.value)
            .unicode(false)
            .build()
            .map_err(|error| problem(&error.to_string()))?;
        let language = Language::of(&pattern.value).map_err(|error| problem(&error))?;
        if language.bytes[128..].contains(&true) {
            return Err(problem("can match bytes that are not ASCII; name the characters"));
        }
        Ok(language)
    }

    /// Checks the keywords and adds them to the prefilter. Returns the lead of each.
    fn keywords(
        &mut self,
        name: &str,
        raw: &Raw,
        language: &Language,
    ) -> Result<Vec<(usize, usize)>, String> {
        if raw.keywords.is_empty() {
            return Err(at(
                name,
                &raw.id,
                &format!("{}: keywords: needs at least one", raw.id.value),
            ));
        }
        let plain = raw.pattern.value.replace('\\', "");
        let mut exact = Vec::new();
        for keyword in &raw.keywords {
            let text = &keyword.value;
            let problem = |what: &str| at(name, keyword, &format!("keyword {text:?}: {what}"));
            if text.len() < 3 || !text.is_ascii() {
                return Err(problem("must be at least three ASCII characters"));
            }
            if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return Err(problem("must be lower-case"));
            }
            if !language.can_hold(&Word::new(text, true)) {
                return Err(problem("cannot occur in a match of the pattern"));
            }
            // How the pattern itself spells it, to compare without folding where that is safe.
            let spelled = plain
                .to_ascii_lowercase()
                .find(text.as_str())
                .map(|at| &plain[at..at + text.len()]);
            exact.push(spelled);
        }
        let folded: Vec<Word> =
            raw.keywords.iter().map(|word| Word::new(&word.value, true)).collect();
        let spelled: Option<Vec<&str>> = exact.into_iter().collect();
        let strict = spelled.and_then(|texts| {
            let words: Vec<Word> = texts.iter().map(|text| Word::new(text, false)).collect();
            Some((language.leads(&words)?, texts))
        });
        let (leads, texts, fold) = match strict {
            Some((leads, texts)) => (leads, texts.into_iter().map(str::to_owned).collect(), false),
            None => {
                let leads = language.leads(&folded).ok_or_else(|| {
                    at(name, &raw.pattern, "pattern: some of its matches hold no keyword, so the prefilter would miss them")
                })?;
                let texts: Vec<String> =
                    raw.keywords.iter().map(|word| word.value.clone()).collect();
                (leads, texts, true)
            }
        };
        let mut known = Vec::new();
        for ((lead, text), keyword) in leads.iter().zip(&texts).zip(&raw.keywords) {
            let lead = lead.ok_or_else(|| {
                at(
                    name,
                    keyword,
                    &format!(
                        "keyword {:?}: is never the first one of a match; leave it out",
                        keyword.value
                    ),
                )
            })?;
            let (gram_at, gram) = rarest(text.as_bytes());
            let bytes = text.as_bytes();
            let entry = format!(
                "Keyword {{ text: &{bytes:?}, fold: {fold}, gram_at: {gram_at}, rule: {}, lead: {lead:?} }},",
                self.count
            );
            self.keywords.push((gram, entry));
            known.push(lead);
        }
        Ok(known)
    }

    /// The Rust source of the tables.
    fn source(mut self) -> String {
        self.keywords.sort();
        let mut slots = [0u64; gram::SLOT_WORDS];
        for (gram, _) in &self.keywords {
            let slot = gram::slot(*gram);
            slots[slot >> 6] |= 1 << (slot & 63);
        }
        let count = self.keywords.len();
        let grams: Vec<u32> = self.keywords.iter().map(|(gram, _)| *gram).collect();
        let keywords: Vec<&str> = self.keywords.iter().map(|(_, entry)| entry.as_str()).collect();
        format!(
            "/// Every rule, by file and place.\n\
             pub(super) static RULES: [Rule; {}] = [\n{}];\n\
             /// Every keyword, by gram.\n\
             pub(super) static KEYWORDS: [Keyword; {count}] = [\n{}\n];\n\
             /// The gram of each keyword.\n\
             pub(super) static GRAMS: [u32; {count}] = {grams:?};\n\
             /// One bit for each slot that some gram falls into.\n\
             pub(super) static SLOTS: [u64; SLOT_WORDS] = {slots:?};\n",
            self.count,
            self.rules,
            keywords.join("\n"),
        )
    }
}

/// The gram of a keyword that ordinary text has least, and where it begins.
fn rarest(text: &[u8]) -> (usize, u32) {
    let common = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 6,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b' ' | b'-' => 5,
        b'j' | b'q' | b'x' | b'z' => 1,
        b'a'..=b'z' | b'_' | b'.' | b'/' | b':' => 4,
        b'0'..=b'9' => 3,
        _ => 2,
    };
    let best = (0..text.len() - 2)
        .min_by_key(|at| text[*at..at + 3].iter().map(common).sum::<u32>())
        .unwrap_or(0);
    (best, text[best..best + 3].iter().fold(0, |held, byte| gram::push(held, *byte)))
}

fn all<T: Copy>(values: &[T], word: fn(T) -> &'static str) -> String {
    values.iter().map(|value| word(*value)).collect::<Vec<_>>().join(", ")
}

fn word<T>(
    name: &str,
    field: &str,
    value: &Spanned<String>,
    parse: fn(&str) -> Option<T>,
    known: &str,
) -> Result<T, String> {
    parse(&value.value).ok_or_else(|| {
        at(name, value, &format!("{field} {:?}: is not known; write one of {known}", value.value))
    })
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn at<T>(name: &str, value: &Spanned<T>, problem: &str) -> String {
    format!("{name}:{}: {problem}", value.referenced.line())
}
