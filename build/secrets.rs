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

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use language::{Language, Word};
use rule::{Alphabet, Check, Confidence, Detector, Severity, Tier};

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
    tier: Option<Spanned<String>>,
    detector: Option<Spanned<String>>,
    keywords: Vec<Spanned<String>>,
    pattern: Spanned<String>,
    alphabet: Spanned<String>,
    #[serde(default)]
    open_end: bool,
    #[serde(default)]
    lines: usize,
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
    shapes: String,
    facts: String,
    /// Words of the rules, as `src/secrets/rules.rs` splits them.
    texts: String,
    /// Text of the keywords, without anything between.
    words: String,
    count: usize,
    ids: HashMap<String, String>,
    /// Each keyword, as the text of its table entry.
    keywords: Vec<String>,
    /// The grams by which the prefilter finds each keyword, by slot.
    grams: Vec<(usize, u32, usize)>,
    /// The sets of bytes that stand at a place behind some keyword.
    classes: BTreeMap<[u64; 2], u8>,
    /// Classes of what must follow keywords, without anything between.
    tails: Vec<u8>,
}

/// A place behind a keyword: the bytes that can stand there in a match.
type Bytes = [bool; 256];

/// Most places behind a keyword that the prefilter looks at. Text that is none of a rule's matches
/// differs in the first few.
const TAIL: usize = 24;

/// Every byte.
const ANY: Bytes = [true; 256];

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
    let mut problems = Vec::new();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(&path)?;
        problems.extend(tables.add(&stem, &text).err());
    }
    // One build tells of every file that is wrong.
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
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
        let detector = match &raw.detector {
            Some(detector) => word(
                name,
                "detector",
                detector,
                Detector::from_word,
                &all(Detector::ALL, Detector::word),
            )?,
            None => Detector::Pattern,
        };
        let tier = match &raw.tier {
            Some(tier) => word(name, "tier", tier, Tier::from_word, &all(Tier::ALL, Tier::word))?,
            None if matches!(detector, Detector::Context | Detector::Assignment) => Tier::Warn,
            None => Tier::Block,
        };
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
        let leads = if detector == Detector::Pattern {
            self.keywords(name, raw, &language)?
        } else {
            self.triggers(name, raw)?
        };
        let closed = (0..=255).all(|byte| !language.bytes[usize::from(byte)] || alphabet.has(byte));
        let anchored = leads.iter().all(|(least, most)| least == most);
        let words: Vec<&str> = raw.keywords.iter().map(|word| word.value.as_str()).collect();
        let list =
            |texts: &[String]| texts.iter().map(|text| format!("{text}\x1e")).collect::<String>();
        let keywords: String = words.iter().map(|word| format!("{word}\x1e")).collect();
        let texts = [
            id.value.as_str(),
            &raw.title.value,
            &file.provider,
            &raw.access.value,
            &raw.pattern.value,
            &raw.rotate.value,
            &raw.source.value,
            &file.docs,
            &file.checked.value,
            &keywords,
            &list(&raw.examples),
            &list(&raw.counter_examples),
        ];
        self.texts.push_str(&texts.join("\x1f"));
        self.texts.push('\x1d');
        writeln!(
            self.shapes,
            "Shape {{ detector: Detector::{detector:?}, alphabet: Alphabet({:?}), min_len: {}, max_len: {}, \
             closed: {closed}, anchored: {anchored}, lines: {} }},",
            alphabet.0, language.min_len, language.max_len, raw.lines,
        )
        .map_err(|error| error.to_string())?;
        writeln!(
            self.facts,
            "(Severity::{severity:?}, Confidence::{confidence:?}, Tier::{tier:?}, {}, {}, {}),",
            raw.open_end,
            raw.entropy
                .as_ref()
                .map_or("None".to_owned(), |floor| format!("Some({:?})", floor.value)),
            check.map_or("None".to_owned(), |check| format!("Some(Check::{check:?})")),
        )
        .map_err(|error| error.to_string())?;
        self.count += 1;
        Ok(())
    }

    /// Adds the keywords of a rule whose pattern does not hold them.
    fn triggers(&mut self, name: &str, raw: &Raw) -> Result<Vec<(usize, usize)>, String> {
        if raw.keywords.is_empty() {
            return Err(at(
                name,
                &raw.id,
                &format!("{}: keywords: needs at least one", raw.id.value),
            ));
        }
        for keyword in &raw.keywords {
            let text = &keyword.value;
            let plain = text.len() >= 3 && text.is_ascii();
            if !plain || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                let problem =
                    format!("keyword {text:?}: must be at least three lower-case ASCII characters");
                return Err(at(name, keyword, &problem));
            }
            self.keyword(text, true, (0, 0), &[]);
        }
        Ok(vec![(0, 0); raw.keywords.len()])
    }

    /// Adds one keyword of the rule that is being read to the prefilter. `tail`: what must follow.
    fn keyword(&mut self, text: &str, fold: bool, lead: (usize, usize), tail: &[Bytes]) {
        let start = self.words.find(text).unwrap_or_else(|| {
            self.words.push_str(text);
            self.words.len() - text.len()
        });
        let gram_at = rarest(text.as_bytes());
        let after = tail.first().unwrap_or(&ANY);
        let window = &text.as_bytes()[gram_at..text.len().min(gram_at + 4)];
        let mut grams: Vec<u32> = match window {
            &[a, b, c, d] => vec![gram::gram([a, b, c, d])],
            // A word of three bytes: each byte that may follow makes a gram of its own.
            window => (0..=255)
                .filter(|byte| after[usize::from(*byte)])
                .map(|byte| gram::gram([window[0], window[1], window[2], byte]))
                .collect(),
        };
        grams.sort_unstable();
        grams.dedup();
        let owner = self.keywords.len();
        self.grams.extend(grams.into_iter().map(|gram| (gram::slot(gram), gram, owner)));
        let tail = self.tail(tail);
        self.keywords.push(format!(
            "Keyword {{ text: ({start}, {}), fold: {fold}, gram_at: {gram_at}, tail: {tail:?}, \
             rule: {}, lead: {lead:?} }},",
            text.len(),
            self.count
        ));
    }

    /// Puts a tail into the table and returns its place and length. It ends where a class is no
    /// longer one of the first 256, which no rule notices: a tail only spares work.
    fn tail(&mut self, tail: &[Bytes]) -> (usize, usize) {
        let mut classes = Vec::new();
        for bytes in tail {
            let mut set = [0u64; 2];
            for byte in (0..128).filter(|byte| bytes[*byte]) {
                set[byte >> 6] |= 1 << (byte & 63);
            }
            let next = u8::try_from(self.classes.len());
            let class = self.classes.get(&set).copied().or(next.ok());
            let Some(class) = class else { break };
            self.classes.insert(set, class);
            classes.push(class);
        }
        let known = self.tails.windows(classes.len().max(1)).position(|known| known == classes);
        let start = known.filter(|_| !classes.is_empty()).unwrap_or_else(|| {
            self.tails.extend(&classes);
            self.tails.len() - classes.len()
        });
        (start, classes.len())
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
            let lead = lead.as_ref().ok_or_else(|| {
                at(
                    name,
                    keyword,
                    &format!(
                        "keyword {:?}: is never the first one of a match; leave it out",
                        keyword.value
                    ),
                )
            })?;
            let tail = language.tail(&lead.ends, TAIL);
            self.keyword(text, fold, (lead.least, lead.most), &tail);
            known.push((lead.least, lead.most));
        }
        Ok(known)
    }

    /// The Rust source of the tables.
    fn source(mut self) -> String {
        self.grams.sort_unstable();
        let mut slots = [0u64; gram::SLOT_WORDS];
        let mut buckets = [0u16; gram::BUCKETS];
        for (slot, _, _) in &self.grams {
            slots[slot >> 6] |= 1 << (slot & 63);
            buckets[gram::bucket(*slot) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        let grams: Vec<u32> = self.grams.iter().map(|(_, gram, _)| *gram).collect();
        let owners: Vec<usize> = self.grams.iter().map(|(_, _, owner)| *owner).collect();
        let mut classes = vec![[0u64; 2]; self.classes.len()];
        for (set, at) in &self.classes {
            classes[usize::from(*at)] = *set;
        }
        format!(
            "/// What the hot path asks of each rule.\n\
             pub(super) static SHAPES: [Shape; {rules}] = [\n{}];\n\
             /// What else is a number.\n\
             static FACTS: [Facts; {rules}] = [\n{}];\n\
             /// The words of every rule.\n\
             static TEXTS: &str = {:?};\n\
             /// The text of every keyword.\n\
             static WORDS: &[u8] = {:?}.as_bytes();\n\
             /// Every keyword, by rule.\n\
             pub(super) static KEYWORDS: [Keyword; {keywords}] = [\n{}\n];\n\
             /// Every gram by which a keyword is found, by slot.\n\
             pub(super) static GRAMS: [u32; {count}] = {grams:?};\n\
             /// The keyword of each gram.\n\
             pub(super) static OWNERS: [u16; {count}] = {owners:?};\n\
             /// Where the grams of each bucket begin.\n\
             pub(super) static BUCKETS: [u16; gram::BUCKETS] = {buckets:?};\n\
             /// One bit for each slot that some gram falls into.\n\
             pub(super) static SLOTS: [u64; gram::SLOT_WORDS] = {slots:?};\n\
             /// Sets of bytes.\n\
             pub(super) static CLASSES: [[u64; 2]; {}] = {classes:?};\n\
             /// The sets of what must follow each keyword.\n\
             pub(super) static TAILS: [u8; {}] = {:?};\n",
            self.shapes,
            self.facts,
            self.texts,
            self.words,
            self.keywords.join("\n"),
            classes.len(),
            self.tails.len(),
            self.tails,
            rules = self.count,
            keywords = self.keywords.len(),
            count = grams.len(),
        )
    }
}

/// Where the four bytes of a keyword begin that ordinary text has least.
fn rarest(text: &[u8]) -> usize {
    let common = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 6,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b' ' | b'-' => 5,
        b'j' | b'q' | b'x' | b'z' => 1,
        b'a'..=b'z' | b'_' | b'.' | b'/' | b':' => 4,
        b'0'..=b'9' => 3,
        _ => 2,
    };
    (0..text.len().saturating_sub(3))
        .min_by_key(|at| text[*at..at + 4].iter().map(common).sum::<u32>())
        .unwrap_or(0)
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
