//! Checks the journal against its tree, its checkpoints and the anchors that others hold.
//!
//! Four answers that do not lean on each other: are the lines as they were written; up to which
//! signed checkpoint are they complete; up to which copy of a checkpoint outside of this folder;
//! and which tool calls of a transcript have no line ([`super::gaps`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;

use super::checkpoint::{Note, PublicKey};
use super::merkle::{self, Edge, Hash};
use super::store::{DAMAGED, Files, Mark, RECOVERED};

/// A copy of a checkpoint that is kept outside of the state folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Number of lines.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// Where the copy is, in words.
    pub place: String,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Lines that the journal holds.
    pub lines: u64,
    /// Whether every line is as it was written and none is missing.
    pub intact: bool,
    /// Number of the first line that is not, counted from 1, where it can be told.
    pub first_bad: Option<u64>,
    /// What is wrong with lines, tree, checkpoints and anchors.
    pub problems: Vec<String>,
    /// Size of the newest signed checkpoint that holds; the journal is complete up to it.
    pub complete_to: Option<u64>,
    /// Signed checkpoints that hold.
    pub checkpoints: usize,
    /// Size of the newest anchor that holds, and where it is.
    pub anchored_to: Option<(u64, String)>,
    /// Lines behind the tree's edge: a writer was killed there, and the next call takes them in.
    pub pending: u64,
    /// Lines in which the journal itself says that a writer was killed or that it was shortened.
    pub said: Vec<(u64, String)>,
}

/// Checks the journal of a state folder; `None` when there is none.
///
/// # Errors
/// When a file exists and cannot be read.
pub fn verify(
    state: &Path,
    key: Option<&PublicKey>,
    anchors: &[Anchor],
) -> io::Result<Option<Report>> {
    let files = Files::of(state);
    let Some(lines) = open(&files.lines)? else { return Ok(None) };
    let mut report = Report::default();
    let mark = match open(&files.edge)? {
        Some(mut file) => Mark::read(&mut file)?,
        None => None,
    };
    let notes = notes(&files, key, &mut report)?;
    let wanted = notes.iter().map(|note| note.checkpoint.size);
    let wanted = wanted.chain(anchors.iter().map(|anchor| anchor.size)).collect();
    let walk = walk(lines, open(&files.leaves)?, mark.as_ref(), wanted, &mut report)?;
    judge_tree(mark.as_ref(), &walk, &mut report);
    for note in &notes {
        let Checked { holds, why } = walk.check(note.checkpoint.size, &note.checkpoint.root);
        if holds {
            report.checkpoints += 1;
            report.complete_to = report.complete_to.max(Some(note.checkpoint.size));
        } else {
            report
                .problems
                .push(format!("the checkpoint of {} lines: {why}", note.checkpoint.size));
        }
    }
    for anchor in anchors {
        let Checked { holds, why } = walk.check(anchor.size, &anchor.root);
        if !holds {
            report.problems.push(format!("the anchor in {}: {why}", anchor.place));
        } else if report.anchored_to.as_ref().is_none_or(|(size, _)| *size < anchor.size) {
            report.anchored_to = Some((anchor.size, anchor.place.clone()));
        }
    }
    report.intact = report.problems.is_empty();
    Ok(Some(report))
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

/// The signed notes; those that are none, or that the key did not sign, are problems.
fn notes(files: &Files, key: Option<&PublicKey>, report: &mut Report) -> io::Result<Vec<Note>> {
    let mut bytes = Vec::new();
    if let Some(mut file) = open(&files.checkpoints)? {
        file.read_to_end(&mut bytes)?;
    }
    let mut good = Vec::new();
    for note in Note::parse_all(&String::from_utf8_lossy(&bytes)) {
        match note {
            Err(line) => report
                .problems
                .push(format!("{} line {line}: no checkpoint", files.checkpoints.display())),
            Ok(note) if key.is_some_and(|key| note.is_signed_by(key)) => good.push(note),
            Ok(note) => {
                let why = match key {
                    Some(_) => "its signature is not of the key that was given",
                    None => "there is no key to check its signature with",
                };
                let size = note.checkpoint.size;
                report.problems.push(format!("the checkpoint of {size} lines: {why}"));
            }
        }
    }
    Ok(good)
}

/// The tree as the lines give it.
struct Walk {
    /// Over the lines that the edge knows.
    edge: Edge,
    /// Bytes of those lines.
    bytes: u64,
    /// Length of the journal.
    length: u64,
    /// Roots at the sizes that were asked for.
    roots: BTreeMap<u64, Option<Hash>>,
}

struct Checked {
    holds: bool,
    why: &'static str,
}

impl Walk {
    fn check(&self, size: u64, root: &Hash) -> Checked {
        let why = match self.roots.get(&size).copied().flatten() {
            None => "the journal has fewer lines now",
            Some(found) if found != *root => "the lines give another root",
            Some(_) => return Checked { holds: true, why: "" },
        };
        Checked { holds: false, why }
    }
}

fn walk(
    lines: File,
    leaves: Option<File>,
    mark: Option<&Mark>,
    wanted: Vec<u64>,
    report: &mut Report,
) -> io::Result<Walk> {
    let known = mark.map_or(0, |mark| mark.edge.size());
    let length = lines.metadata()?.len();
    let mut lines = BufReader::with_capacity(1 << 20, lines);
    let stored = leaves.as_ref().map_or(Ok(0), |file| file.metadata().map(|meta| meta.len()))?;
    let mut leaves = leaves.map(|file| BufReader::with_capacity(1 << 18, file));
    let mut roots: BTreeMap<u64, Option<Hash>> = wanted.into_iter().map(|s| (s, None)).collect();
    let (mut edge, mut bytes, mut line) = (Edge::default(), 0, Vec::new());
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            break;
        }
        let whole = line.strip_suffix(b"\n");
        report.lines += 1;
        if edge.size() == known && mark.is_some() {
            report.pending += 1;
            continue;
        }
        let text = whole.unwrap_or(&line);
        let leaf = merkle::leaf(text);
        let mut expected = [0; 32];
        let has = match leaves.as_mut() {
            Some(leaves) => leaves.read_exact(&mut expected).is_ok(),
            None => false,
        };
        if whole.is_none() || !has || expected != leaf {
            report.first_bad = report.first_bad.or(Some(report.lines));
        }
        note_own_words(text, report);
        edge.push(leaf);
        bytes += read;
        if let Some(root) = roots.get_mut(&edge.size()) {
            *root = Some(edge.root());
        }
    }
    let hashes = stored / 32;
    if hashes < known {
        report.problems.push(format!("{} of {known} leaf hashes are missing", known - hashes));
    } else if (hashes > known || stored % 32 != 0) && report.pending == 0 {
        report.problems.push("there are more leaf hashes than lines".into());
    }
    Ok(Walk { edge, bytes, length, roots })
}

/// Keeps the lines in which the journal speaks of itself.
fn note_own_words(text: &[u8], report: &mut Report) {
    for event in [RECOVERED, DAMAGED] {
        if memchr::memmem::find(text, format!("\"event\":\"{event}\"").as_bytes()).is_none() {
            continue;
        }
        let line: super::read::Line = serde_json::from_slice(text).unwrap_or_default();
        if line.event == event {
            report.said.push((report.lines, line.subject.unwrap_or_default()));
            if event == DAMAGED {
                report.problems.push(format!(
                    "line {} says that the journal had been shortened before it was written",
                    report.lines
                ));
            }
        }
    }
}

fn judge_tree(mark: Option<&Mark>, walk: &Walk, report: &mut Report) {
    let Some(mark) = mark else {
        report
            .problems
            .push("the tree's edge is missing or is none; the lines cannot be proved".into());
        report.first_bad = None;
        return;
    };
    let known = mark.edge.size();
    if let Some(bad) = report.first_bad {
        report.problems.push(format!("line {bad} is not the line that was written there"));
    }
    if walk.edge.size() < known {
        report.first_bad = report.first_bad.or(Some(walk.edge.size() + 1));
        report.problems.push(format!("{} lines are missing at the end", known - walk.edge.size()));
    } else if walk.edge != mark.edge {
        report.problems.push("the lines give another tree than the edge holds".into());
    } else if walk.bytes != mark.bytes || (report.pending == 0 && walk.length != mark.bytes) {
        report.problems.push("the journal has another length than the edge holds".into());
    }
}
