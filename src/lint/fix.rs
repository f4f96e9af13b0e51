//! Applies the fixes of findings, and proves of each that it changes no more for the client than it says.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::bundle::document::Document;
use crate::bundle::file::{Bundle, File};
use crate::bundle::load::shown;
use crate::bundle::tree::{Node, Value};
use crate::bundle::{frontmatter, json};

use super::finding::{self, Finding, Fix, Proof};

/// A file that fixes would change.
#[derive(Debug)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// Its path in reports.
    pub shown: String,
    /// Its text now.
    pub before: String,
    /// Its text then.
    pub after: String,
    /// Whether it becomes executable.
    pub executable: bool,
    /// How many findings are fixed.
    pub count: usize,
}

/// Bytes of a text, and what stands there afterwards.
type Edits = [(Range<usize>, String)];

/// The changes that the fixes of all findings make together. Of two that touch the same place the first one is made; the
/// next run finds the other. A fix that fails its proof is left out.
pub fn changes(bundle: &Bundle, findings: &[Finding]) -> Vec<Change> {
    let mut by_file: BTreeMap<usize, Vec<&Fix>> = BTreeMap::new();
    let mut programs: BTreeMap<&Path, Change> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.allowed.is_none()) {
        match &finding.fix {
            Some(Fix { program: Some((path, change)), .. }) => {
                program(bundle, path, *change, &mut programs);
            }
            Some(fix) => by_file.entry(finding.file).or_default().push(fix),
            None => {}
        }
    }
    let texts = by_file.into_iter().filter_map(|(at, fixes)| change(&bundle.files[at], &fixes));
    texts.chain(programs.into_values()).collect()
}

/// Adds the change of one program; one that cannot be read stays as it is.
fn program<'a>(
    bundle: &Bundle,
    path: &'a Path,
    change: finding::Change,
    programs: &mut BTreeMap<&'a Path, Change>,
) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let known = programs.entry(path).or_insert_with(|| Change {
        path: path.to_path_buf(),
        shown: shown(path, &bundle.base),
        before: text.clone(),
        after: text,
        executable: false,
        count: 0,
    });
    known.count += 1;
    match change {
        finding::Change::Executable => known.executable = true,
        finding::Change::LineEnds => known.after = known.before.replace("\r\n", "\n"),
    }
}

fn change(file: &File, fixes: &[&Fix]) -> Option<Change> {
    let mut taken: Vec<(Range<usize>, String)> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        let overlaps = |edit: &Range<usize>| {
            taken.iter().any(|(known, _)| {
                edit.start < known.end && known.start < edit.end
                    || edit.start == known.start && edit.end == known.end
            })
        };
        let twice = fix.edits.iter().all(|edit| taken.contains(edit));
        if twice || fix.edits.iter().any(|(span, _)| overlaps(span)) || !proved(file, fix) {
            continue;
        }
        taken.extend(fix.edits.iter().cloned());
        count += 1;
    }
    if taken.is_empty() {
        return None;
    }
    let after = edited(file.text(), &taken);
    Some(Change {
        path: file.path.clone(),
        shown: file.shown.clone(),
        before: file.text().to_owned(),
        after,
        executable: false,
        count,
    })
}

/// The text with edits applied; they do not overlap.
fn edited(text: &str, edits: &Edits) -> String {
    let mut edits: Vec<_> = edits.to_vec();
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut after = String::with_capacity(text.len());
    let mut at = 0;
    for (span, words) in &edits {
        after.push_str(text.get(at..span.start).unwrap_or_default());
        after.push_str(words);
        at = span.end;
    }
    after.push_str(text.get(at..).unwrap_or_default());
    after
}

/// Whether a fix changes no more for the client than it says: the file is parsed again and compared.
pub fn proved(file: &File, fix: &Fix) -> bool {
    let after = edited(file.text(), &fix.edits);
    match (&file.document, fix.proof) {
        (Document::Markdown { front, body, .. }, proof) => {
            let new = frontmatter::read(&after);
            let body_after = after.get(new.as_ref().map_or(0, |front| front.block.end)..);
            let in_body =
                proof == Proof::Rest && fix.edits.iter().any(|(span, _)| span.end > *body);
            let same_body =
                in_body || body_after.map(str::trim) == file.text().get(*body..).map(str::trim);
            let same_fields = match (front.as_ref().and_then(|front| front.map.as_ref()), &new) {
                (Some(old), Some(new)) => {
                    new.map.as_ref().is_some_and(|new| holds(old, new, fix.proof, &fix.edits))
                }
                (None, Some(new)) => new.map.is_none() || proof == Proof::Rest,
                (old, None) => old.is_none(),
            };
            same_body && same_fields
        }
        (Document::Data { root: Some(root), .. }, proof) if file.kind.is_json() => {
            json::parse(&after).is_ok_and(|new| holds(root, &new.root, proof, &fix.edits))
        }
        // What could not be read can be read then.
        (Document::Data { root: None, .. }, Proof::Rest) if file.kind.is_json() => {
            json::parse(&after).is_ok()
        }
        _ => false,
    }
}

fn holds(old: &Node, new: &Node, proof: Proof, edits: &Edits) -> bool {
    match proof {
        Proof::Same => old.same(new),
        Proof::Rest => rest_same(old, new, edits),
        Proof::Wrapped(key) => {
            new.pairs().len() == 1 && new.get(key).is_some_and(|inner| old.same(inner))
        }
    }
}

/// Whether everything that no edit touches is the same in both.
fn rest_same(old: &Node, new: &Node, edits: &Edits) -> bool {
    if !touched(&old.span, edits) {
        return old.same(new);
    }
    match (&old.value, &new.value) {
        (Value::Map(pairs), Value::Map(_)) => pairs.iter().all(|pair| {
            let wins = old.pair(&pair.key).is_some_and(|last| last.key_span == pair.key_span);
            if !wins || touched(&pair.key_span, edits) {
                return true;
            }
            new.get(&pair.key).is_some_and(|node| rest_same(&pair.node, node, edits))
        }),
        (Value::List(items), Value::List(others)) => {
            let mut others = others.iter();
            items
                .iter()
                .filter(|item| !touched(&item.span, edits))
                .all(|item| others.any(|other| item.same(other)))
        }
        _ => true,
    }
}

fn touched(span: &Range<usize>, edits: &Edits) -> bool {
    edits.iter().any(|(edit, _)| {
        edit.start < span.end && span.start < edit.end
            || edit.is_empty() && span.start <= edit.start && edit.start <= span.end
    })
}

impl Change {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn make(&self) -> io::Result<()> {
        if self.after != self.before {
            std::fs::write(&self.path, &self.after)?;
        }
        if self.executable {
            execute(&self.path)?;
        }
        Ok(())
    }
}

/// Who may read it may execute it then.
#[cfg(unix)]
fn execute(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))
}

#[cfg(not(unix))]
fn execute(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The change as a unified diff, a new mode in the words of git.
pub fn diff(change: &Change) -> String {
    let old = format!("a/{}", change.shown);
    let new = format!("b/{}", change.shown);
    let mode = if change.executable {
        format!("diff {old} {new}\nold mode 100644\nnew mode 100755\n")
    } else {
        String::new()
    };
    let text = similar::TextDiff::from_lines(&change.before, &change.after)
        .unified_diff()
        .header(&old, &new)
        .to_string();
    mode + &text
}
