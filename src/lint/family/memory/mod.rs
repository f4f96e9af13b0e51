//! Rules about what memory files import.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::bundle::discover::clean;
use crate::bundle::file::File;
use crate::bundle::markdown::Outline;
use crate::lint::rule::Rule;

pub mod memory_import_circular;
pub mod memory_import_deep;
pub mod memory_import_missing;
pub mod memory_import_unreadable;
pub mod memory_not_loaded;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &memory_import_circular::RULE,
    &memory_import_deep::RULE,
    &memory_import_missing::RULE,
    &memory_import_unreadable::RULE,
    &memory_not_loaded::RULE,
];

/// The level that the client reads no more; a file that nobody imports has level 0 (its program, 2.1.330).
const DEEPEST: usize = 5;
/// Most files that are followed from one import.
const MOST: usize = 64;
/// Most bytes of an imported file that is followed.
const LARGEST: u64 = 1024 * 1024;

/// One `@path` of a memory file.
struct Import {
    /// Where it leads.
    path: PathBuf,
    /// The path as written, without the `@`.
    written: String,
    /// Where it stands.
    span: Range<usize>,
    /// Whether it cannot be a mention, a package or an address.
    certain: bool,
}

/// The imports of a memory file.
fn imports(file: &File) -> Vec<Import> {
    if !file.body().contains('@') {
        return Vec::new();
    }
    let Some(outline) = file.outline() else { return Vec::new() };
    find(file.text(), file.body_start(), outline, file.dir())
}

/// Imports as the client finds them: behind a blank, outside of code and comments, up to the next blank.
fn find(text: &str, body: usize, outline: &Outline, dir: &Path) -> Vec<Import> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices('@').filter(|(at, _)| *at >= body) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| !c.is_whitespace())
            || outline.in_code(at)
            || outline.in_comment(at)
        {
            continue;
        }
        let rest = &text[at + 1..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let written = rest[..end].split('#').next().unwrap_or_default();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        if written.is_empty() || written.starts_with('/') || !written.chars().all(plain) {
            continue;
        }
        let ending = written.rsplit_once('.').map(|(_, ending)| ending);
        let dotted = written.starts_with("./") || written.starts_with("../");
        // A sentence's full stop belongs to the path for the client; it is not what the author meant.
        let certain = ending.is_some_and(|ending| matches!(ending, "md" | "txt"))
            || (dotted && ending.is_some_and(|ending| !ending.is_empty()));
        let span = at..at + 1 + written.len();
        all.push(Import {
            path: clean(&dir.join(written)),
            written: written.to_owned(),
            span,
            certain,
        });
    }
    all
}

/// The files that are reached through an import, the imported one first, each with its level as the client counts
/// from the file that holds the import.
fn reached(first: &Path) -> Vec<(PathBuf, usize)> {
    let mut all: Vec<(PathBuf, usize)> = Vec::new();
    let mut next = VecDeque::from([(first.to_path_buf(), 1)]);
    while let Some((path, level)) = next.pop_front() {
        let small =
            std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
        if all.len() >= MOST || !small || all.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
        all.push((path, level));
        if level < DEEPEST && text.contains('@') {
            let found = find(&text, 0, &Outline::of(&text, 0), &dir);
            next.extend(found.into_iter().map(|import| (import.path, level + 1)));
        }
    }
    all
}
