//! What a conversation cost, from the client's transcript.
//!
//! One answer of the model stands in a transcript as one row for each of its blocks, each with the
//! id and the token numbers of the whole; the last row of an id counts. Rows without an id count by
//! themselves. The form is the client's own and changes, so what is not understood is skipped.

use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a conversation cost, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Bytes that were read.
    pub offset: u64,
    /// Tokens read for the first time, written to the cache or answered, without the last answer.
    tokens: u64,
    /// Answers of the model, with the last one.
    pub turns: u64,
    /// Id of the last answer; its numbers may still grow.
    last: String,
    /// Tokens of the last answer.
    pending: u64,
    /// Answers since the beginning, or since the last compaction.
    since: u64,
    /// Tokens in the context at the first of them.
    first_fill: u64,
    /// Tokens in the context at the last answer.
    fill: u64,
    /// Most tokens in the context at any answer, less those at the first.
    peak: u64,
    /// The first and the last time stamp, in milliseconds since the Unix epoch.
    span: Option<(u64, u64)>,
    /// Version of the client that wrote the last row.
    pub client: Option<String>,
}

impl Usage {
    /// All tokens so far.
    pub fn tokens(&self) -> u64 {
        self.tokens + self.pending
    }

    /// What was added to the context since the first answer, or since the last compaction.
    pub fn growth(&self) -> u64 {
        self.fill.saturating_sub(self.first_fill)
    }

    /// The most that was ever added.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// Milliseconds from the first to the last row.
    pub fn ms(&self) -> u64 {
        self.span.map_or(0, |(first, last)| last.saturating_sub(first))
    }

    /// Counts from here on: what the file holds now belongs to what was before.
    pub fn from_now(file: &Path) -> Self {
        let offset = std::fs::metadata(file).map_or(0, |meta| meta.len());
        Self { offset, ..Self::default() }
    }

    /// Reads what was written since the last time. A row that is being written is left for the next.
    ///
    /// # Errors
    /// When the file cannot be read; one that is not there yet has cost nothing.
    pub fn read(&mut self, file: &Path) -> std::io::Result<()> {
        let mut file = match std::fs::File::open(file) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() < self.offset {
            // Another file of that name: what was counted before stays counted.
            self.offset = 0;
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut reader = BufReader::with_capacity(64 * 1024, file);
        let mut row = Vec::new();
        loop {
            row.clear();
            let count = reader.read_until(b'\n', &mut row)?;
            if row.last() != Some(&b'\n') {
                return Ok(());
            }
            self.offset += u64::try_from(count).unwrap_or_default();
            // Rows of the tools' results are long and hold no usage.
            if let Some(row) = interesting(&row) {
                self.take(row);
            }
        }
    }

    fn take(&mut self, row: Row) {
        if let Some(at) = row.timestamp.and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
            let at = u64::try_from(at.as_millisecond()).unwrap_or_default();
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        if row.version.is_some() {
            self.client = row.version;
        }
        if row.subtype.as_deref() == Some("compact_boundary") {
            // What follows is measured against the summary.
            (self.since, self.first_fill, self.fill) = (0, 0, 0);
            return;
        }
        let Some(Message { id, usage: Some(usage) }) = row.message else { return };
        let fresh = usage.input_tokens + usage.cache_creation_input_tokens + usage.output_tokens;
        let fill = fresh + usage.cache_read_input_tokens;
        if id.is_empty() || id != self.last {
            self.tokens += self.pending;
            self.turns += 1;
            self.since += 1;
            self.last = id;
        }
        self.pending = fresh;
        if self.since <= 1 {
            self.first_fill = fill;
        }
        self.fill = fill;
        self.peak = self.peak.max(self.growth());
    }
}

/// The rows that say what something cost: parsed only when they look like one.
fn interesting(row: &[u8]) -> Option<Row> {
    let has = |word: &[u8]| memchr::memmem::find(row, word).is_some();
    let wanted = has(b"\"usage\"") || has(b"compact_boundary");
    wanted.then(|| serde_json::from_slice(row).ok()).flatten()
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: String,
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;

    fn row(id: &str, usage: [u64; 4], second: u32) -> String {
        let [input, created, read, output] = usage;
        json!({
            "type": "assistant", "timestamp": format!("2026-11-26T06:44:{second:02}.000Z"),
            "version": "2.1.330",
            "message": {"id": id, "usage": {
                "input_tokens": input, "cache_creation_input_tokens": created,
                "cache_read_input_tokens": read, "output_tokens": output,
            }},
        })
        .to_string()
    }

    fn whole(rows: &[String]) -> Usage {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.jsonl");
        std::fs::write(&file, rows.iter().map(|row| format!("{row}\n")).collect::<String>())
            .unwrap();
        let mut usage = Usage::default();
        usage.read(&file).unwrap();
        usage
    }

    #[test]
    fn the_last_row_of_an_answer_counts_once() {
        let usage = whole(&[
            row("m1", [10, 100, 0, 1], 0),
            row("m1", [10, 100, 0, 50], 1),
            json!({"type": "user", "message": {"role": "user", "content": "x"}}).to_string(),
            row("m2", [5, 20, 150, 30], 9),
        ]);
        assert_eq!((usage.tokens(), usage.turns, usage.ms()), (160 + 55, 2, 9_000));
        // 160 at the first answer, 205 at the second.
        assert_eq!((usage.growth(), usage.peak()), (45, 45));
        assert_eq!(usage.client.as_deref(), Some("2.1.330"));
    }

    #[test]
    fn rows_without_an_id_count_by_themselves() {
        let usage = whole(&[row("", [1, 0, 0, 1], 0), row("", [1, 0, 0, 1], 0)]);
        assert_eq!((usage.tokens(), usage.turns), (4, 2));
    }

    #[test]
    fn a_compaction_begins_the_context_anew() {
        let boundary = json!({"type": "system", "subtype": "compact_boundary"}).to_string();
        let usage = whole(&[
            row("m1", [0, 1_000, 0, 0], 0),
            row("m2", [0, 9_000, 1_000, 0], 1),
            boundary,
            row("m3", [0, 500, 0, 0], 2),
            row("m4", [0, 100, 500, 0], 3),
        ]);
        assert_eq!((usage.growth(), usage.peak()), (100, 9_000));
    }

    #[test]
    fn reading_goes_on_where_it_stopped_and_leaves_half_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let mut file = std::fs::File::create(&path).unwrap();
        let second = row("m2", [5, 0, 0, 0], 1);
        let (head, tail) = second.split_at(40);
        write!(file, "{}\n{head}", row("m1", [7, 0, 0, 0], 0)).unwrap();
        let mut usage = Usage::default();
        usage.read(&path).unwrap();
        assert_eq!((usage.tokens(), usage.turns), (7, 1));
        writeln!(file, "{tail}").unwrap();
        let kept = serde_json::to_string(&usage).unwrap();
        let mut usage: Usage = serde_json::from_str(&kept).unwrap();
        usage.read(&path).unwrap();
        assert_eq!((usage.tokens(), usage.turns), (12, 2));
        let all = usage.clone();
        usage.read(&path).unwrap();
        assert_eq!(usage, all, "nothing new, nothing counted");
    }
}
