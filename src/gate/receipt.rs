//! The proof that a gate ran: one line of `receipts.jsonl`, chained to the line before it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::Tests;
use super::fault;
use crate::digest::sha256;

/// Version of the line format. Fields are added, never re-used with another meaning.
pub const VERSION: u32 = 1;

/// How many outputs are kept beside the receipts.
const OUTPUTS: usize = 100;

/// How a gate's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// At least one test ran, none failed, and the tree stayed as it was.
    Passed,
    /// A test failed, or the command ended with an error.
    Failed,
    /// No test ran, or none could be counted.
    NotRun,
    /// The command was killed at its time limit.
    TimedOut,
    /// The tree was another one after the run, so the run says nothing of either.
    Changed,
    /// The command could not be started or judged.
    Error,
}

impl Status {
    /// The status in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotRun => "not run",
            Self::TimedOut => "timed out",
            Self::Changed => "changed the tree",
            Self::Error => "could not run",
        }
    }
}

/// One line of `receipts.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Version of the format; 1.
    pub v: u32,
    /// 16 hex digits: the end of the SHA-256 of the line with an empty id.
    pub id: String,
    /// The gate.
    pub gate: String,
    /// Git tree id of the working tree when the run began: tracked, staged, unstaged and
    /// untracked files, without the ignored ones.
    pub tree: String,
    /// SHA-256 of command, time limit and way of counting.
    pub config: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// How the run ended.
    pub status: Status,
    /// Why, in words.
    pub reason: String,
    /// The command's exit code, when it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended the command.
    pub signal: Option<i32>,
    /// The counted tests; null when none could be counted.
    pub tests: Option<Tests>,
    /// Milliseconds since the Unix epoch when the run began.
    pub started_ms: u64,
    /// Milliseconds that the command ran.
    pub dur_ms: u64,
    /// SHA-256 of the kept output, `output/<id>.log` beside the receipts.
    pub output_sha256: String,
    /// The commit that was checked out; null on an unborn branch.
    pub head: Option<String>,
    /// Root of the working tree.
    pub worktree: String,
    /// Version of the binary that ran it.
    pub portcullis: String,
    /// What each check of the gate said; empty in receipts of older versions.
    #[serde(default)]
    pub checks: Vec<Checked>,
    /// What the change is compared with: a commit.
    #[serde(default)]
    pub base: Option<String>,
    /// Paths that the tree differs in after the run, at most 20.
    pub changed_paths: Vec<String>,
    /// SHA-256 of the line before this one, without its end; of nothing for the first.
    pub prev: String,
}

/// What one check of a gate said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Its id.
    pub check: String,
    /// The ecosystem whose tool it used.
    pub stack: Option<String>,
    /// The folder it ran in, relative to the root; empty for the root.
    pub dir: String,
    /// The address of the web page it looked at.
    #[serde(default)]
    pub page: Option<String>,
    /// How it ended.
    pub status: CheckStatus,
    /// Whether the gate needs it.
    pub required: bool,
    /// Program and arguments; empty for a check of our own.
    pub command: Vec<String>,
    /// Why, in words.
    pub reason: String,
    /// The command's exit code, when it ended by itself.
    pub exit_code: Option<i32>,
    /// The signal that ended the command.
    pub signal: Option<i32>,
    /// The counted tests.
    pub tests: Option<Tests>,
    /// Coverage in percent.
    pub coverage: Option<Covered>,
    /// What the tool says its version is.
    pub version: Option<String>,
    /// Milliseconds it took.
    pub dur_ms: u64,
    /// SHA-256 of its kept output.
    pub output_sha256: Option<String>,
    /// Times the command was run.
    pub attempts: u32,
    /// State of the tool's circuit breaker, for a check that talks to a server: `closed`,
    /// `half_open` or `open`.
    pub breaker: Option<String>,
    /// Id of the receipt that this result was taken from, when it was not run again.
    pub cached: Option<String>,
    /// SHA-256 of command, folder and settings.
    pub config: String,
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// It found nothing wrong.
    Passed,
    /// It found something.
    Failed,
    /// It ran and says nothing: no test, a server that cannot be reached, another gate missing.
    NotRun,
    /// Nothing here does it, or its tool is not installed.
    NotAvailable,
    /// It was killed at its time limit.
    TimedOut,
    /// It could not be started or judged.
    Error,
    /// It was stopped because another check failed.
    Stopped,
}

impl CheckStatus {
    /// The status in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotRun => "not run",
            Self::NotAvailable => "not available",
            Self::TimedOut => "timed out",
            Self::Error => "could not run",
            Self::Stopped => "stopped",
        }
    }
}

/// Coverage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Covered {
    /// Percent of all lines that can be covered.
    pub lines: f64,
    /// Percent of those that the change adds or edits; null when it has none.
    pub changed: Option<f64>,
    /// How many lines the change adds or edits that can be covered.
    pub changed_lines: u64,
}

/// The receipts of a state folder as they can be trusted.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Whole, unaltered receipts, oldest first.
    pub receipts: Vec<Receipt>,
    /// Lines that are not trusted, and why.
    pub problems: Vec<String>,
}

/// The file of the receipts.
pub fn file(state: &Path) -> PathBuf {
    state.join("receipts.jsonl")
}

/// The file that keeps the output of a receipt's run.
pub fn output_file(state: &Path, id: &str) -> PathBuf {
    state.join("output").join(format!("{id}.log"))
}

impl Ledger {
    /// Reads the receipts. A torn last line (a writer was killed) and altered lines are reported
    /// and not trusted; the lines after them are, because each is bound to the bytes before it.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    pub fn read(state: &Path) -> anyhow::Result<Self> {
        let file = file(state);
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        let mut ledger = Self::default();
        let mut before: &[u8] = b"";
        for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let whole = line.strip_suffix(b"\n");
            match whole.ok_or("it is torn: its writer was killed").and_then(|l| trusted(l, before))
            {
                Ok(receipt) => ledger.receipts.push(receipt),
                Err(why) => ledger.problems.push(format!(
                    "{} line {} is not trusted: {why}",
                    file.display(),
                    number + 1
                )),
            }
            before = whole.unwrap_or(line);
        }
        Ok(ledger)
    }
}

fn trusted(line: &[u8], before: &[u8]) -> Result<Receipt, &'static str> {
    let receipt: Receipt = serde_json::from_slice(line).map_err(|_| "it is no receipt")?;
    if receipt.v != VERSION {
        return Err("its version is not known");
    }
    let text = std::str::from_utf8(line).map_err(|_| "it is no UTF-8")?;
    let field = |id: &str| format!("\"id\":\"{id}\"");
    if id(&text.replacen(&field(&receipt.id), &field(""), 1)) != receipt.id {
        return Err("its id does not fit its content");
    }
    if receipt.prev != sha256(before) {
        return Err("it does not follow the line before it");
    }
    Ok(receipt)
}

/// Gives the receipt its place in the chain and its id, keeps the output, and appends the line.
///
/// # Errors
/// When the state folder cannot be written.
pub(crate) fn append(state: &Path, mut receipt: Receipt, output: &str) -> anyhow::Result<Receipt> {
    let file = file(state);
    let about = || format!("cannot write the receipt to {}", file.display());
    std::fs::create_dir_all(state.join("output")).with_context(about)?;
    let lock = File::create(state.join("receipts.lock")).with_context(about)?;
    lock.lock().with_context(about)?;
    let mut ledger =
        OpenOptions::new().read(true).append(true).create(true).open(&file).with_context(about)?;
    let (last, torn) = last_line(&mut ledger).with_context(about)?;
    fault::here("ledger-locked");

    receipt.prev = sha256(&last);
    receipt.id = String::new();
    receipt.id = id(&serde_json::to_string(&receipt)?);
    keep_output(state, &receipt.id, output).context("cannot keep the output")?;
    fault::here("output-kept");

    // A torn line is closed in the same write, so that it can never swallow this one.
    let mut line = if torn { b"\n".to_vec() } else { Vec::new() };
    serde_json::to_writer(&mut line, &receipt)?;
    line.push(b'\n');
    // One write, so that even a killed writer leaves a whole line or none on nearly every file
    // system; a torn one is never trusted.
    #[cfg(debug_assertions)]
    if crate::env::fault().is_some_and(|place| place == "half-written") {
        ledger.write_all(&line[..line.len() / 2]).with_context(about)?;
        fault::here("half-written");
    }
    ledger.write_all(&line).with_context(about)?;
    fault::here("written");
    ledger.sync_all().with_context(about)?;
    Ok(receipt)
}

/// The last line without its end, and whether the end is missing.
fn last_line(file: &mut File) -> std::io::Result<(Vec<u8>, bool)> {
    let size = file.metadata()?.len();
    let mut block = 64 * 1024;
    loop {
        let start = size.saturating_sub(block);
        file.seek(SeekFrom::Start(start))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let torn = !text.is_empty() && text.last() != Some(&b'\n');
        if !torn {
            text.pop();
        }
        match text.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => return Ok((text.split_off(at + 1), torn)),
            None if start == 0 => return Ok((text, torn)),
            None => block *= 4,
        }
    }
}

/// Keeps the output of the newest runs.
fn keep_output(state: &Path, id: &str, output: &str) -> std::io::Result<()> {
    let file = output_file(state, id);
    std::fs::write(&file, output)?;
    File::open(&file)?.sync_all()?;
    let mut kept: Vec<_> = std::fs::read_dir(state.join("output"))?
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    if kept.len() > OUTPUTS {
        kept.sort();
        for (_, old) in &kept[..kept.len() - OUTPUTS] {
            let _ = std::fs::remove_file(old);
        }
    }
    Ok(())
}

fn id(line_without_id: &str) -> String {
    sha256(line_without_id.as_bytes()).split_off(48)
}
