//! The baseline: what was found and is to be dealt with later, by fingerprint.
//!
//! `.portcullis-baseline.json` is shared by the team; see `docs/decisions/0007-fingerprints.md`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fingerprint::Key;

/// Name of the file, at the root of the project.
pub const FILE: &str = ".portcullis-baseline.json";

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this format; 1.
    pub v: u32,
    /// The key of the fingerprints.
    pub key: KeyOf,
    /// What is known, in order of path, rule and fingerprint. No line numbers: edits elsewhere in a
    /// file change nothing here.
    pub entries: BTreeSet<Known>,
}

/// Which key the fingerprints are made with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyOf {
    /// Names the key.
    pub id: String,
    /// The key itself; absent when it is kept apart (`baseline create --private`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// One known secret in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The file in which it was found.
    pub path: String,
    /// The rule that found it.
    pub rule: String,
    /// Its keyed fingerprint.
    pub fingerprint: String,
    /// What a person says of it.
    #[serde(default)]
    pub verdict: Verdict,
}

/// What a person says of a finding.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nobody looked at it yet.
    #[default]
    Open,
    /// It is a secret: to be revoked and taken out.
    Real,
    /// It is none.
    False,
}

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used: {problem}", file.display())]
pub struct BaselineError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong.
    pub problem: String,
}

impl Baseline {
    /// An empty one.
    pub fn new(key: &Key, private: bool) -> Self {
        let value = (!private).then(|| key.hex());
        Self { v: 1, key: KeyOf { id: key.id(), value }, entries: BTreeSet::new() }
    }

    /// Reads a file; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read or understood.
    pub fn load(file: &Path) -> Result<Option<Self>, BaselineError> {
        let wrong = |problem: String| BaselineError { file: file.to_owned(), problem };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(error.to_string())),
        };
        let baseline: Self =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if baseline.v != 1 {
            return Err(wrong(format!("v: {} is not known; this program writes 1", baseline.v)));
        }
        Ok(Some(baseline))
    }

    /// The key: the one in the file, else the one in the state folder, which must be the same.
    ///
    /// # Errors
    /// When there is none, or another one.
    pub fn key(&self, file: &Path, state: Option<&Path>) -> Result<Key, BaselineError> {
        let wrong = |problem: String| BaselineError { file: file.to_owned(), problem };
        let key = match &self.key.value {
            Some(value) => Key::parse(value)
                .ok_or_else(|| wrong("key.value: not 64 hexadecimal digits".to_owned()))?,
            None => {
                let folder = state.filter(|folder| folder.join("fingerprint.key").exists());
                let folder = folder.ok_or_else(|| {
                    wrong(format!(
                        "key.value: the key {} is kept apart and is not here; get `fingerprint.key` \
                         from who made the baseline and put it into the state folder (`git \
                         rev-parse --git-common-dir`, then `portcullis/`)",
                        self.key.id
                    ))
                })?;
                Key::of_state(folder).map_err(|error| wrong(error.to_string()))?
            }
        };
        if key.id() != self.key.id {
            return Err(wrong(format!(
                "key.id: {} is not that of the key, {}; take the file or the key from one place",
                self.key.id,
                key.id()
            )));
        }
        Ok(key)
    }

    /// Whether a secret is known.
    pub fn find(&self, rule: &str, fingerprint: &str) -> Option<&Known> {
        self.entries.iter().find(|known| known.rule == rule && known.fingerprint == fingerprint)
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, file: &Path) -> anyhow::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        let mut new = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        new.write_all(text.as_bytes())?;
        new.persist(file)?;
        Ok(())
    }
}
