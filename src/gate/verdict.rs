//! What a judging agent answered about a tree, written by the hook that saw the answer.
//!
//! A verdict counts for the tree that stood when the agent began, and only when the same tree
//! stood when it ended: then it read that tree, and changed nothing.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::store;

/// The file of the verdicts in the state folder.
const FILE: &str = "verdicts.jsonl";

/// One verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The agent's type without its plugin prefix.
    pub role: String,
    /// The agent's id.
    pub agent: String,
    /// The session.
    pub session: Option<String>,
    /// The tree when the agent began; none when that was not seen.
    pub before: Option<String>,
    /// The tree when it answered.
    pub after: String,
    /// Whether it approved.
    pub approve: bool,
    /// Whether the same agent wrote files in this session.
    pub author: bool,
    /// Its words, redacted.
    pub summary: String,
    /// SHA-256 of every design record when it answered, by path.
    pub records: BTreeMap<String, String>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
}

impl Verdict {
    /// Why the verdict does not count, if it does not; whatever it says.
    pub fn void(&self) -> Option<String> {
        if self.author {
            return Some(format!("{} {} wrote files itself", self.role, self.agent));
        }
        match &self.before {
            None => {
                Some(format!("it was not seen which tree {} {} began on", self.role, self.agent))
            }
            Some(before) if *before != self.after => {
                Some(format!("the tree changed while {} {} worked", self.role, self.agent))
            }
            Some(_) => None,
        }
    }
}

/// Keeps a verdict.
///
/// # Errors
/// When the state folder cannot be written.
pub fn keep(state: &Path, verdict: &Verdict) -> anyhow::Result<String> {
    store::append(state, FILE, verdict).context("cannot keep the verdict")
}

/// All verdicts with their ids, oldest first.
///
/// # Errors
/// When they cannot be read.
pub fn all(state: &Path) -> anyhow::Result<Vec<(String, Verdict)>> {
    store::read(state, FILE)
}
