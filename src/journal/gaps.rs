//! Tool calls of the client's transcripts that have no line in the journal: hooks that did not run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::read::{Reader, Stored};

/// One session, as the journal and its transcripts saw it.
#[derive(Debug, Default, Serialize)]
pub struct Session {
    /// The client's session id.
    pub session: String,
    /// Lines of the journal that belong to it.
    pub lines: u64,
    /// Tool calls that the transcripts hold; null where no transcript was found.
    pub calls: Option<u64>,
    /// Id and tool of the calls without a line, in the order of their ids.
    pub missed: Vec<(String, String)>,
}

/// The parts of a transcript row that name tool calls. The format is the client's own and changes:
/// everything is optional, and a row that does not fit is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    message: Option<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    content: Content,
}

#[derive(Debug, Default)]
struct Content(Vec<Block>);

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // A user's message can be a plain string.
        let value = serde_json::Value::deserialize(from)?;
        let blocks = value.as_array().into_iter().flatten();
        Ok(Self(blocks.filter_map(|block| serde_json::from_value(block.clone()).ok()).collect()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block {
    r#type: String,
    id: String,
    name: String,
}

/// Compares the journal with the transcripts under `projects` (the client's `projects` folder).
///
/// # Errors
/// When the journal or a transcript that exists cannot be read.
pub fn sessions(journal: &Path, projects: &Path) -> anyhow::Result<Vec<Session>> {
    let mut found: BTreeMap<String, (u64, BTreeSet<String>)> = BTreeMap::new();
    let Some(mut reader) = Reader::open(journal)? else { return Ok(Vec::new()) };
    while let Some(stored) = reader.next_line()? {
        let Stored::Line(line, _) = stored else { continue };
        let Some(session) = line.session else { continue };
        let entry = found.entry(session).or_default();
        entry.0 += 1;
        entry.1.extend(line.tool_use);
    }
    let folders: Vec<PathBuf> = match std::fs::read_dir(projects) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).with_context(|| projects.display().to_string()),
    };
    found
        .into_iter()
        .map(|(session, (lines, seen))| {
            let mut calls: Option<BTreeMap<String, String>> = None;
            for transcript in folders.iter().flat_map(|folder| transcripts(folder, &session)) {
                read(&transcript, calls.get_or_insert_default())?;
            }
            let missed = calls.iter().flatten().filter(|(id, _)| !seen.contains(*id));
            let missed = missed.map(|(id, tool)| (id.clone(), tool.clone())).collect();
            let calls = calls.map(|calls| calls.len() as u64);
            Ok(Session { session, lines, calls, missed })
        })
        .collect()
}

/// The transcripts of a session in one project folder: its own and its subagents'.
fn transcripts(folder: &Path, session: &str) -> Vec<PathBuf> {
    let own = folder.join(format!("{session}.jsonl"));
    let mut walk = ignore::WalkBuilder::new(folder.join(session));
    let subagents = walk.standard_filters(false).build().flatten();
    let subagents = subagents
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    std::iter::once(own).filter(|path| path.is_file()).chain(subagents).collect()
}

fn read(transcript: &Path, calls: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let file = File::open(transcript).with_context(|| transcript.display().to_string())?;
    for line in BufReader::new(file).split(b'\n') {
        let line = line.with_context(|| transcript.display().to_string())?;
        let row: Row = serde_json::from_slice(&line).unwrap_or_default();
        for block in row.message.into_iter().flat_map(|message| message.content.0) {
            if block.r#type == "tool_use" {
                calls.insert(block.id, block.name);
            }
        }
    }
    Ok(())
}
