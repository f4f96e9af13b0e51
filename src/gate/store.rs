//! Small JSON-lines files of the state folder, each line bound to the one before it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::sha256;

/// One stored line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// SHA-256 of the line before, without its end; of nothing for the first.
    prev: String,
    entry: Value,
}

/// Appends an entry to the file `name`, alone among all writers, and returns its id: the start of
/// the SHA-256 of its line.
///
/// # Errors
/// When the state folder cannot be written.
pub(crate) fn append(state: &Path, name: &str, entry: &impl Serialize) -> anyhow::Result<String> {
    let file = state.join(name);
    let about = || format!("cannot write {}", file.display());
    std::fs::create_dir_all(state).with_context(about)?;
    let lock = File::create(state.join(format!("{name}.lock"))).with_context(about)?;
    lock.lock().with_context(about)?;
    let text = read_bytes(&file).with_context(about)?;
    let torn = !text.is_empty() && text.last() != Some(&b'\n');
    let last = text.strip_suffix(b"\n").unwrap_or(&text);
    let last = last.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = Line { prev: sha256(last), entry: serde_json::to_value(entry)? };
    let mut bytes = if torn { b"\n".to_vec() } else { Vec::new() };
    let start = bytes.len();
    serde_json::to_writer(&mut bytes, &line)?;
    let id = sha256(&bytes[start..]).split_off(48);
    bytes.push(b'\n');
    let mut to = OpenOptions::new().append(true).create(true).open(&file).with_context(about)?;
    to.write_all(&bytes).with_context(about)?;
    to.sync_all().with_context(about)?;
    Ok(id)
}

/// The entries of the file with their ids, oldest first. A line that does not follow the one
/// before it, or is torn, is left out.
///
/// # Errors
/// When the file exists and cannot be read.
pub(crate) fn read<T: DeserializeOwned>(
    state: &Path,
    name: &str,
) -> anyhow::Result<Vec<(String, T)>> {
    let file = state.join(name);
    let text = read_bytes(&file).with_context(|| file.display().to_string())?;
    let mut entries = Vec::new();
    let mut before: &[u8] = b"";
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let whole = line.strip_suffix(b"\n");
        if let Some(bytes) = whole
            && let Ok(line) = serde_json::from_slice::<Line>(bytes)
            && line.prev == sha256(before)
            && let Ok(entry) = serde_json::from_value(line.entry)
        {
            entries.push((sha256(bytes).split_off(48), entry));
        }
        before = whole.unwrap_or(line);
    }
    Ok(entries)
}

fn read_bytes(file: &Path) -> std::io::Result<Vec<u8>> {
    match std::fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_or_moved_line_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..3 {
            append(folder.path(), "x.jsonl", &number).unwrap();
        }
        let all = |count: usize| {
            let found: Vec<(String, u32)> = read(folder.path(), "x.jsonl").unwrap();
            assert_eq!(found.len(), count, "{found:?}");
        };
        all(3);
        let file = folder.path().join("x.jsonl");
        let text = std::fs::read_to_string(&file).unwrap();
        // The altered line still follows the first; the one after it does not follow it any more.
        std::fs::write(&file, text.replace("\"entry\":1", "\"entry\":9")).unwrap();
        all(2);
        std::fs::write(&file, text.lines().skip(1).map(|l| format!("{l}\n")).collect::<String>())
            .unwrap();
        all(1);
        std::fs::write(&file, &text[..text.len() - 5]).unwrap();
        all(2);
        append(folder.path(), "x.jsonl", &7).unwrap();
        all(3);
    }
}
