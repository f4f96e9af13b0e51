//! What a run does outside of the working tree, said before it is done, with the way back.
//!
//! `runs/<id>/effects.jsonl` holds one line for each registration and one for each compensation that
//! was run. A rollback lists them; it never says that it has undone one.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::{digest, journal, run, secrets};

/// Version of the lines.
pub const VERSION: u32 = 1;

/// The kind of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the command line")]
pub enum Kind {
    Deploy,
    Publish,
    Migration,
    Pr,
}

impl Kind {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Publish => "publish",
            Self::Migration => "migration",
            Self::Pr => "pr",
        }
    }
}

/// How an effect is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// By this command line.
    Compensate(String),
    /// Not at all, for this reason.
    Irreversible(String),
}

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// Its name.
    pub id: String,
    /// The run.
    pub run: String,
    /// When it was registered, in milliseconds since the Unix epoch.
    pub ts: u64,
    /// Its kind.
    pub kind: Kind,
    /// What happens.
    pub what: String,
    /// The way back.
    #[serde(flatten)]
    pub way: Way,
    /// How the last run of the compensation ended; 0 is well, absent is never run.
    pub compensated: Option<i32>,
}

impl Effect {
    /// Whether it is still there, as far as is known.
    pub fn stands(&self) -> bool {
        self.compensated != Some(0)
    }
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line {
    Registered { v: u32, ts: u64, id: String, kind: Kind, what: String, way: Way },
    Compensated { v: u32, ts: u64, id: String, exit: i32 },
}

fn file(state: &Path, run: &str) -> PathBuf {
    run::folder(state, run).join("effects.jsonl")
}

/// Registers an effect of a run that has begun.
///
/// # Errors
/// When there is no such run, a text holds a secret, or the line cannot be written.
pub fn register(
    state: &Path,
    run: &str,
    kind: Kind,
    what: &str,
    way: Way,
) -> anyhow::Result<Effect> {
    if !run::exists(state, run) {
        bail!("there is no run {run:?} here; `portcullis run list` shows them");
    }
    let (Way::Compensate(text) | Way::Irreversible(text)) = &way;
    if text.trim().is_empty() {
        bail!("--compensate or --irreversible is empty; write the command, or why there is none");
    }
    for said in [what, text] {
        if secrets::redact(said) != said {
            bail!(
                "the text holds a secret, and it would be kept; name a variable or a file instead"
            );
        }
    }
    let ts = journal::now_ms();
    let seed = digest::sha256(format!("{run} {ts} {} {what} {text}", std::process::id()));
    let id = format!("e-{}", &seed[..8]);
    let line = Line::Registered {
        v: VERSION,
        ts,
        id: id.clone(),
        kind,
        what: what.to_owned(),
        way: way.clone(),
    };
    append(state, run, &line)?;
    let (run, what) = (run.to_owned(), what.to_owned());
    Ok(Effect { id, run, ts, kind, what, way, compensated: None })
}

/// Records how a compensation ended; 0 is well.
///
/// # Errors
/// When the line cannot be written.
pub fn compensated(state: &Path, effect: &Effect, exit: i32) -> anyhow::Result<()> {
    let line = Line::Compensated { v: VERSION, ts: journal::now_ms(), id: effect.id.clone(), exit };
    append(state, &effect.run, &line)
}

fn append(state: &Path, run: &str, line: &Line) -> anyhow::Result<()> {
    let file = file(state, run);
    let text = format!("{}\n", serde_json::to_string(line)?);
    journal::append_bytes(&file, text.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The effects of a run, or of all, oldest first.
///
/// # Errors
/// When a file that exists cannot be read, or holds a line that is not understood.
pub fn list(state: &Path, run: Option<&str>) -> anyhow::Result<Vec<Effect>> {
    let runs: Vec<String> = match run {
        Some(run) => vec![run.to_owned()],
        None => match std::fs::read_dir(state.join("runs")) {
            Ok(found) => {
                found.flatten().map(|run| run.file_name().to_string_lossy().into_owned()).collect()
            }
            Err(_) => Vec::new(),
        },
    };
    let mut effects = Vec::new();
    for run in runs {
        let file = file(state, &run);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        read(&text, &run, &mut effects)
            .with_context(|| format!("{} is not understood", file.display()))?;
    }
    effects.sort_by(|one, two| (one.ts, &one.id).cmp(&(two.ts, &two.id)));
    Ok(effects)
}

fn read(text: &str, run: &str, effects: &mut Vec<Effect>) -> Result<(), serde_json::Error> {
    for line in text.lines().filter(|line| !line.is_empty()) {
        match serde_json::from_str(line)? {
            Line::Registered { ts, id, kind, what, way, .. } => {
                effects.push(Effect {
                    id,
                    run: run.to_owned(),
                    ts,
                    kind,
                    what,
                    way,
                    compensated: None,
                });
            }
            Line::Compensated { id, exit, .. } => {
                if let Some(effect) = effects.iter_mut().find(|effect| effect.id == id) {
                    effect.compensated = Some(exit);
                }
            }
        }
    }
    Ok(())
}
