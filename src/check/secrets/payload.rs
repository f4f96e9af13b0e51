//! The texts of a payload, and the secrets in them with their places.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use crate::secrets::{self, Budget, Found, Surroundings};
use crate::shell;

/// A secret and where it stands.
#[derive(Debug)]
pub(crate) struct Place<'t> {
    /// The secret.
    pub(crate) found: Found,
    text: Cow<'t, str>,
    /// Bytes of the text in front of the field: what the file holds there.
    skip: usize,
    /// The field, as a path into the payload. Free of secrets.
    field: String,
}

impl Place<'_> {
    /// Kind and place. Lines and columns count from 1; columns count characters.
    pub(crate) fn words(&self) -> String {
        let hit = &self.found.hit;
        let from = self.skip.min(hit.span.start);
        let before = self.text.get(from..hit.span.start).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
        let column = before[start..].chars().count() + 1;
        let mut words =
            format!("{} in {}, line {line}, column {column}", hit.rule.title, self.field);
        if !self.found.chain.0.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(words, ", encoded ({})", self.found.chain);
        }
        words
    }

    /// The text in which it stands.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The secret as it is written in the payload, encoded or not.
    pub(crate) fn secret(&self) -> &str {
        self.text.get(self.found.hit.span.clone()).unwrap_or(&self.text)
    }
}

/// What was found in the texts of one call.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    /// The secrets, in the order of the texts.
    pub(crate) all: Vec<Place<'t>>,
    file: Option<&'t str>,
    budget: Budget,
}

impl<'t> Places<'t> {
    /// None yet. The texts are of the file at that path, where they are of one.
    pub(crate) const fn new(file: Option<&'t str>) -> Self {
        Self { all: Vec::new(), file, budget: Budget::HOOK }
    }

    /// Looks at one text.
    pub(crate) fn text(&mut self, text: &'t str, field: &str) {
        let around = Surroundings { path: self.file };
        let found = secrets::scan_decoded_in(text.as_bytes(), around, &mut self.budget);
        self.add(found, Cow::Borrowed(text), field);
    }

    /// Looks at the new part of a text; the rest is what the file holds around it.
    pub(crate) fn part(&mut self, text: &str, new: &Range<usize>, field: &str) {
        let around = Surroundings { path: self.file };
        let mut found = secrets::scan_decoded_in(text.as_bytes(), around, &mut self.budget);
        found.retain(|one| one.hit.span.start < new.end && one.hit.span.end > new.start);
        let first = self.all.len();
        self.add(found, Cow::Owned(text.to_owned()), field);
        self.all[first..].iter_mut().for_each(|place| place.skip = new.start);
    }

    /// Looks at a line that a shell will read: as it stands, with the quotes inside of its words
    /// taken away, and with its own variables filled in where it uses any.
    pub(crate) fn shell_line(&mut self, line: &'t str, field: &str) {
        let found = secrets::scan_shell(line.as_bytes(), &mut self.budget);
        self.add(found, Cow::Borrowed(line), field);
        if !assembles(line) {
            return;
        }
        let field = format!("{field} as the shell reads it");
        for word in assembled(line) {
            let found = secrets::scan(word.as_bytes());
            for hit in found {
                let known = self.all.iter().any(|place| place.secret() == &word[hit.span.clone()]);
                if !known && !line.contains(&word[hit.span.clone()]) {
                    let one = Found { hit, chain: secrets::decode::Chain::default() };
                    self.add(vec![one], Cow::Owned(word.clone()), &field);
                }
            }
        }
    }

    /// Looks at every text of a JSON value, object keys too. `path` is where it stands, and is left
    /// as it came.
    pub(crate) fn walk(&mut self, value: &'t Value, path: &mut String) {
        let end = path.len();
        match value {
            Value::String(text) => self.text(text, path),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let _ = write!(path, "[{at}]");
                    self.walk(item, path);
                    path.truncate(end);
                }
            }
            Value::Object(fields) => {
                for (key, item) in fields {
                    if end > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    let found = secrets::scan(key.as_bytes());
                    let plain = |hit| Found { hit, chain: secrets::decode::Chain::default() };
                    self.add(
                        found.into_iter().map(plain).collect(),
                        Cow::Borrowed(key),
                        &format!("the key {path}"),
                    );
                    self.walk(item, path);
                    path.truncate(end);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn add(&mut self, found: Vec<Found>, text: Cow<'t, str>, field: &str) {
        for found in found {
            let field = secrets::redact(field).into_owned();
            self.all.push(Place { found, text: text.clone(), skip: 0, field });
        }
    }
}

/// Whether a line may put words together from parts: it uses a variable that it sets itself, or it
/// prints several parts behind one another. Cheap, since every command line is asked.
fn assembles(line: &str) -> bool {
    let bytes = line.as_bytes();
    if memchr::memmem::find(bytes, b"%s%s").is_some() {
        return true;
    }
    memchr::memchr_iter(b'$', bytes).any(|at| {
        let rest = &bytes[at + 1..];
        let rest = rest.strip_prefix(b"{").unwrap_or(rest);
        let length =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = &rest[..length];
        // `i` of a loop and the like hold no piece of a token; neither does what is set by a command.
        length > 0
            && memchr::memmem::find_iter(&bytes[..at], name).any(|set| {
                let value = &bytes[set + length..];
                let free = set == 0 || !bytes[set - 1].is_ascii_alphanumeric();
                free && value.first() == Some(&b'=')
                    && value.get(1).is_some_and(|byte| *byte != b'$')
            })
    })
}

/// The words of a line as the shell would hand them over, and what `printf` would print of them.
fn assembled(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for command in shell::read(line, Path::new("/")).commands {
        let prints = command.program() == Some("printf");
        let format = command.words.get(1).map(|word| word.text.replace("%s", ""));
        if prints && format.is_some_and(|rest| rest.is_empty() || rest == "\\n") {
            words.push(command.words[2..].iter().map(|word| word.text.as_str()).collect());
        }
        words.extend(command.words.into_iter().map(|word| word.text));
        words.extend(command.assignments.into_iter().map(|(_, word)| word.text));
    }
    words
}
