//! Applies the fixes of findings, and proves those that promise it to change nothing for the client.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use crate::bundle::document::Document;
use crate::bundle::file::{Bundle, File};
use crate::bundle::{frontmatter, json};

use super::finding::{Finding, Fix};

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
    /// How many findings are fixed.
    pub count: usize,
}

/// The changes that the fixes of all findings make together. Of two that touch the same place the first one is made; the
/// next run finds the other. A fix that should keep the meaning and does not is left out.
pub fn changes(bundle: &Bundle, findings: &[Finding]) -> Vec<Change> {
    let mut by_file: BTreeMap<usize, Vec<&Fix>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.allowed.is_none()) {
        if let Some(fix) = &finding.fix {
            by_file.entry(finding.file).or_default().push(fix);
        }
    }
    by_file.into_iter().filter_map(|(file, fixes)| change(&bundle.files[file], &fixes)).collect()
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
        if twice || fix.edits.iter().any(|(span, _)| overlaps(span)) {
            continue;
        }
        if fix.same_meaning && !keeps_meaning(file, &edited(file.text(), &fix.edits)) {
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
        count,
    })
}

/// The text with edits applied; they do not overlap.
fn edited(text: &str, edits: &[(Range<usize>, String)]) -> String {
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

/// Whether the client reads the same values and the same body from another text of the file.
pub fn keeps_meaning(file: &File, after: &str) -> bool {
    match &file.document {
        Document::Markdown { front, body, .. } => {
            let new = frontmatter::read(after);
            let body_after = after.get(new.as_ref().map_or(0, |front| front.block.end)..);
            let same_body = body_after.map(str::trim) == file.text().get(*body..).map(str::trim);
            let same_fields = match (front.as_ref().and_then(|front| front.map.as_ref()), &new) {
                (Some(old), Some(new)) => new.map.as_ref().is_some_and(|new| old.same(new)),
                (None, Some(new)) => new.map.is_none(),
                (old, None) => old.is_none(),
            };
            same_body && same_fields
        }
        Document::Data { root: Some(root), .. } if file.kind.is_json() => {
            json::parse(after).is_ok_and(|new| new.root.same(root))
        }
        _ => false,
    }
}

/// The change as a unified diff.
pub fn diff(change: &Change) -> String {
    let old = format!("a/{}", change.shown);
    let new = format!("b/{}", change.shown);
    similar::TextDiff::from_lines(&change.before, &change.after)
        .unified_diff()
        .header(&old, &new)
        .to_string()
}
