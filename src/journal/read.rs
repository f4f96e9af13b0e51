//! Reads the journal back: filters, and lines for people. Cold code.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::config::Level;

/// One line as read: fields of later versions are ignored, missing ones are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of `journal::Entry`")]
pub struct Line {
    pub v: u32,
    pub ts: u64,
    pub level: Level,
    pub session: Option<String>,
    pub prompt: Option<String>,
    pub agent: Option<String>,
    pub agent_type: Option<String>,
    pub tool_use: Option<String>,
    pub event: String,
    pub tool: Option<String>,
    pub subject: Option<String>,
    pub decision: String,
    pub rules: Vec<String>,
    pub dur_us: u64,
    pub trace: String,
    pub span: String,
    pub parent: Option<String>,
    pub errors: Vec<String>,
}

/// Which lines are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Prefix of the session id.
    pub session: Option<String>,
    /// Agent id, type, or type without the plugin prefix.
    pub agent: Option<String>,
    /// Event name, in any letter case.
    pub event: Option<String>,
    /// Decision word.
    pub decision: Option<String>,
    /// Lowest level.
    pub level: Option<Level>,
    /// First millisecond since the Unix epoch.
    pub since: Option<u64>,
    /// Last millisecond since the Unix epoch.
    pub until: Option<u64>,
}

impl Filter {
    /// Whether a line is wanted.
    pub fn wants(&self, line: &Line) -> bool {
        fn is(wanted: Option<&String>, test: impl Fn(&str) -> bool) -> bool {
            wanted.is_none_or(|wanted| test(wanted))
        }
        let agent = |wanted: &str| {
            line.agent.as_deref() == Some(wanted)
                || line
                    .agent_type
                    .as_deref()
                    .is_some_and(|kind| kind == wanted || kind.rsplit(':').next() == Some(wanted))
        };
        is(self.session.as_ref(), |id| line.session.as_deref().unwrap_or("").starts_with(id))
            && is(self.agent.as_ref(), agent)
            && is(self.event.as_ref(), |event| line.event.eq_ignore_ascii_case(event))
            && is(self.decision.as_ref(), |decision| line.decision == decision)
            && self.level.is_none_or(|level| line.level >= level)
            && self.since.is_none_or(|since| line.ts >= since)
            && self.until.is_none_or(|until| line.ts <= until)
    }
}

/// What one stored line turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A line of the journal, with its bytes as stored.
    Line(Box<Line>, String),
    /// Something else, with its number counted from 1 and what is wrong.
    Bad(u64, String),
}

/// Reads a journal from the start, and can go on where it stopped.
#[derive(Debug)]
pub struct Reader {
    file: BufReader<File>,
    number: u64,
}

impl Reader {
    /// Opens the journal; `None` when there is none yet.
    ///
    /// # Errors
    /// When the file exists and cannot be opened.
    pub fn open(path: &Path) -> anyhow::Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self { file: BufReader::new(file), number: 0 })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The next whole line. A last line without a newline is one that is being written: it is
    /// left for the next call.
    ///
    /// # Errors
    /// When reading fails.
    pub fn next_line(&mut self) -> std::io::Result<Option<Stored>> {
        let mut bytes = Vec::new();
        let count = self.file.read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') {
            self.file.seek(SeekFrom::Current(-i64::try_from(count).unwrap_or(0)))?;
            return Ok(None);
        }
        bytes.pop();
        self.number += 1;
        Ok(Some(match serde_json::from_slice::<Line>(&bytes) {
            Ok(line) => Stored::Line(Box::new(line), String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Stored::Bad(self.number, error.to_string()),
        }))
    }
}

/// A point in time: RFC 3339, or an age (`90s`, `15m`, `2h`, `7d`) before `now`, in milliseconds
/// since the Unix epoch.
///
/// # Errors
/// When the text is neither.
pub fn parse_time(text: &str, now: u64) -> anyhow::Result<u64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(u64::try_from(time.as_millisecond()).unwrap_or(0));
    }
    let split = text.len() - text.chars().last().map_or(0, char::len_utf8);
    let (count, unit) = text.split_at(split);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => bail!("{text:?} is no time; write RFC 3339 (2026-11-22T10:00:00Z) or an age (15m)"),
    };
    let count: u64 = count
        .parse()
        .with_context(|| format!("{text:?} is no age; write a whole number and s, m, h or d"))?;
    Ok(now.saturating_sub(count.saturating_mul(seconds).saturating_mul(1000)))
}

/// One line for people: time, level, decision, event and tool, agent, subject, rules.
pub fn render(line: &Line) -> String {
    let time = Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::from_millis(i64::try_from(line.ts).unwrap_or(i64::MAX)))
        .unwrap_or(Timestamp::MAX);
    let level = match line.level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let mut what = line.event.clone();
    if let Some(tool) = &line.tool {
        what = format!("{what} {tool}");
    }
    let mut text = format!("{time:.3} {level:<5} {:<7} {what}", line.decision);
    if let Some(agent) = line.agent_type.as_deref().or(line.agent.as_deref()) {
        text.push_str(&format!(" <{agent}>"));
    }
    if let Some(subject) = &line.subject {
        // A subject may hold a newline or an escape sequence of whoever wrote the command.
        let clean: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("  {clean}"));
    }
    if !line.rules.is_empty() {
        text.push_str(&format!("  [{}]", line.rules.join(", ")));
    }
    for error in &line.errors {
        let clean: String = error.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("\n    {clean}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Line, parse_time, render};

    #[test]
    fn times_are_read_both_ways() {
        assert_eq!(parse_time("1970-01-01T00:00:02Z", 0).unwrap(), 2000);
        assert_eq!(parse_time("90s", 100_000).unwrap(), 10_000);
        assert_eq!(parse_time("1d", 86_400_500).unwrap(), 500);
        assert_eq!(parse_time("2h", 5).unwrap(), 0, "an age beyond the epoch is the epoch");
        for bad in ["", "yesterday", "m", "-5m", "5µ", "5 m"] {
            assert!(parse_time(bad, 0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let line = Line { subject: Some("a\u{1b}[2Jb\nc".into()), ..Line::default() };
        assert!(!render(&line).contains(['\u{1b}', '\n']));
    }
}
