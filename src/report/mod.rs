//! What a command found, whoever looked: rows of severity, rule, place, message and way out.
//!
//! The one model behind every output format. It knows nothing of secrets or definitions; who fills
//! it must have redacted every text.

mod github;
mod gitlab;
mod json;
mod sarif;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

/// Version of the JSON form.
pub const VERSION: u32 = 1;

/// Everything one run has to say.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format; 1.
    pub v: u32,
    /// The subcommand that looked, for example `scan`.
    pub command: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// When it began; RFC 3339, UTC.
    pub started: String,
    /// When it ended; RFC 3339, UTC.
    pub ended: String,
    /// False when a part could not be looked at; the rows of rule `incomplete` say which.
    pub complete: bool,
    /// What was looked at and found, counted.
    pub counts: BTreeMap<&'static str, u64>,
    /// The rows, in order of place.
    pub entries: Vec<Entry>,
    /// The rules that the rows name.
    pub rules: Vec<RuleText>,
}

/// One row.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Entry {
    /// How it counts for the exit code.
    pub severity: Severity,
    /// Of `validate`: `error`, `warning` or `portability`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<&'static str>,
    /// Id of the rule; `portcullis explain ID` prints its page.
    pub rule: String,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// The way out.
    pub help: String,
    /// Where.
    pub place: Place,
    /// Keyed fingerprint of what was found: the same for the same thing under the same key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why it does not count, if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// How much a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information only.
    Note,
    /// To be looked at; the exit code does not change.
    Warning,
    /// The answer is no.
    Error,
}

impl Severity {
    /// The word of the reports; SARIF and GitHub use the same three.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Place {
    /// The file, relative to where the run looked from, with `/`.
    pub path: String,
    /// The way inside of an archive, members joined by `!`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// First and last position; absent when the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The commit in which it appeared first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
}

/// Lines and columns count from 1, columns count characters; the end is the position behind.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
pub struct Span {
    /// First line.
    pub line: u64,
    /// First column.
    pub column: u64,
    /// Last line.
    pub end_line: u64,
    /// Column behind the last character.
    pub end_column: u64,
}

/// Who brought something in, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its author's name and address.
    pub author: String,
    /// The author's date; RFC 3339.
    pub date: String,
}

/// Why a row does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppressed {
    /// What suppresses it.
    pub by: By,
    /// The reason given, or the code of the engine's reason.
    pub reason: String,
}

/// What suppresses a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// A `portcullis:allow` comment.
    Inline,
    /// A waiver in `portcullis.yaml`.
    Policy,
    /// The baseline file.
    Baseline,
    /// The engine's own judgement; shown with `--explain` only.
    Engine,
}

impl By {
    /// The word of the reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Policy => "policy",
            Self::Baseline => "baseline",
            Self::Engine => "engine",
        }
    }
}

/// What the formats say about a rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RuleText {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: String,
    /// Its page, in Markdown.
    #[serde(skip)]
    pub page: String,
    /// Harm: `low`, `medium`, `high` or `critical`; empty for rules that are not about security.
    pub harm: &'static str,
}

/// A form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lines for people
    Text,
    /// One JSON object (`portcullis schema scan-report`)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions, shown as annotations
    Github,
    /// The secret detection report of GitLab
    Gitlab,
}

impl Report {
    /// Rows that count, of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.counting().filter(|entry| entry.severity == severity).count()
    }

    /// Rows that nothing suppresses.
    pub fn counting(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.suppressed.is_none())
    }

    /// The text of a rule.
    pub fn rule(&self, id: &str) -> Option<&RuleText> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Prints the report.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => text::write(self, out),
            Format::Json => json::write(self, out),
            Format::Sarif => sarif::write(self, out),
            Format::Github => github::write(self, out),
            Format::Gitlab => gitlab::write(self, out),
        }
    }
}

impl Place {
    /// Path, member and position in the form that terminals make clickable.
    pub fn words(&self) -> String {
        let mut words = plain(&self.path);
        if let Some(member) = &self.member {
            words.push('!');
            words.push_str(&plain(member));
        }
        if let Some(span) = self.span {
            words.push_str(&format!(":{}:{}", span.line, span.column));
        }
        words
    }
}

/// The text without control characters: a file name may hold escapes that a terminal obeys.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
