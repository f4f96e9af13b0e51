//! `xargs`: how it cuts what it reads, and which commands that makes.

use super::folder::located;
use super::options::Arg;
use super::tree::{Call, Reader, Stdin};
use super::{SimpleCommand, Word};

/// How `xargs` cuts its input, and where it puts the pieces.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// What is replaced, by a whole line each.
    replace: Option<String>,
    delimiter: Option<String>,
    /// Words for each command.
    most: Option<usize>,
    /// Lines for each command.
    lines: Option<usize>,
    /// The file that is read instead of standard input.
    file: Option<Word>,
}

/// Commands that one `xargs` is followed to.
const MOST_FED: usize = 32;

impl Reader<'_> {
    /// The commands that `xargs` runs.
    pub(super) fn fed(&mut self, call: &mut Call, feed: &Feed, inner: &[Word]) -> Vec<Vec<Word>> {
        let stdin = std::mem::replace(&mut call.stdin, Stdin::Unknown);
        let text = match (&feed.file, stdin) {
            (Some(file), _) => {
                let path = located(call.dir.as_deref(), &file.text);
                if file.certain { self.text_of(&path).ok() } else { None }
            }
            (None, Stdin::Text(text)) => Some(text.to_string()),
            (None, Stdin::File(path)) => self.text_of(&path).ok(),
            (None, _) => None,
        };
        let Some(text) = text else {
            let mut words = unfed(feed, inner);
            // What lists everything feeds everything.
            if self.reading.commands.last().is_some_and(lists_all)
                && let Some(word) =
                    words.last_mut().filter(|word| !word.certain && word.text.is_empty())
            {
                *word = Word::known("*");
            }
            return vec![words];
        };
        let groups = feed.groups(&text);
        let cut = groups.len() > MOST_FED;
        let mut commands: Vec<Vec<Word>> = groups
            .into_iter()
            .take(MOST_FED)
            .map(|group| match feed.replace.as_deref().filter(|mark| !mark.is_empty()) {
                Some(mark) => {
                    let line = group.concat();
                    let put =
                        |word: &Word| Word { text: word.text.replace(mark, &line), ..word.clone() };
                    inner.iter().map(put).collect()
                }
                None => inner.iter().cloned().chain(group.into_iter().map(Word::known)).collect(),
            })
            .collect();
        if cut {
            commands.push(unfed(feed, inner));
        }
        commands
    }
}

/// Whether a command lists all files of a folder: `ls`, `git ls-files`, `find .` without conditions.
fn lists_all(command: &SimpleCommand) -> bool {
    let words: Vec<&str> = command.words.iter().skip(1).map(|word| word.text.as_str()).collect();
    let all = |pattern: &str| matches!(pattern, "*" | "*.*");
    match command.program() {
        Some("ls") => words.iter().all(|word| word.starts_with('-')),
        Some("git") => matches!(words.as_slice(), ["ls-files"] | ["ls-files", "-z"]),
        Some("find") => {
            let tests = words.windows(2).filter(|two| {
                matches!(
                    two[0],
                    "-name"
                        | "-iname"
                        | "-path"
                        | "-ipath"
                        | "-regex"
                        | "-mtime"
                        | "-mmin"
                        | "-newer"
                        | "-size"
                ) && !all(two[1])
            });
            tests.count() == 0
                && words.first().is_some_and(|root| matches!(*root, "." | "/" | "~" | "src" | ".."))
        }
        _ => false,
    }
}

/// The command of an `xargs` whose input is not known.
fn unfed(feed: &Feed, inner: &[Word]) -> Vec<Word> {
    let mut words = inner.to_vec();
    match feed.replace.as_deref().filter(|mark| !mark.is_empty()) {
        Some(mark) => {
            for word in words.iter_mut().filter(|word| word.text.contains(mark)) {
                *word = Word::unknown(word.text.replace(mark, ""));
            }
        }
        None => words.push(Word::unknown("")),
    }
    words
}

impl Feed {
    /// Takes what an option of `xargs` says.
    pub(super) fn option(&mut self, arg: &Arg<'_>, value: Option<&str>) {
        if ["-I", "-J", "-i", "--replace"].iter().any(|option| arg.is(option)) {
            self.replace = value.map(str::to_owned).or_else(|| Some("{}".to_owned()));
        } else if arg.is("-d") || arg.is("--delimiter") {
            self.delimiter = value.map(super::word::unescape_ansi);
        } else if arg.is("-0") || arg.is("--null") {
            self.delimiter = Some("\0".to_owned());
        } else if arg.is("-n") || arg.is("--max-args") {
            self.most = value.and_then(|value| value.parse().ok());
        } else if ["-L", "-l", "--max-lines"].iter().any(|option| arg.is(option)) {
            self.lines = value.and_then(|value| value.parse().ok()).or(Some(1));
        } else if arg.is("-a") || arg.is("--arg-file") {
            self.file = Some(value.map_or(Word::unknown(""), Word::known));
        }
    }

    /// The words of each command.
    fn groups(&self, text: &str) -> Vec<Vec<String>> {
        let mut pieces: Vec<Vec<String>> = match self.delimiter.as_deref().filter(|d| !d.is_empty())
        {
            Some(mark) => {
                let text = text.strip_suffix(mark).unwrap_or(text);
                text.split(mark).map(|part| vec![part.to_owned()]).collect()
            }
            None if self.replace.is_some() => text
                .lines()
                .filter(|l| !l.trim().is_empty())
                .map(|l| vec![pieces(l).join(" ")])
                .collect(),
            None if self.lines.is_some() => {
                text.lines().map(pieces).filter(|l| !l.is_empty()).collect()
            }
            None => pieces(text).into_iter().map(|piece| vec![piece]).collect(),
        };
        if self.replace.is_some() {
            return pieces;
        }
        let most = self.lines.or(self.most).unwrap_or(usize::MAX).max(1);
        let mut groups = Vec::new();
        while !pieces.is_empty() {
            let rest = pieces.split_off(most.min(pieces.len()));
            groups.push(pieces.concat());
            pieces = rest;
        }
        if groups.is_empty() {
            // Without input the command runs once, as it is.
            groups.push(Vec::new());
        }
        groups
    }
}

/// Cuts a text as `xargs` does: at blanks, quotes and backslashes undone.
fn pieces(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            // It complains, and runs nothing more.
            (Some(_), '\n') => return all,
            (Some(_), c) => current.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                current.get_or_insert_default();
            }
            (None, '\\') => current.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => all.extend(current.take()),
            (None, c) => current.get_or_insert_default().push(c),
        }
    }
    all.extend(current);
    all
}
