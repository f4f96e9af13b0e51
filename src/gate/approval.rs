//! What a person approved or let pass: asked for with a code that only the person sees.

use std::path::Path;

use crate::digest;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::store;

/// The file of what was given.
const FILE: &str = "approvals.jsonl";

/// The folder of codes that wait for their answer.
const WAITING: &str = "codes";

/// Minutes until a code that nobody typed is worth nothing.
const CODE_MINUTES: u64 = 10;

/// What is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A gate's need for a person.
    Approve,
    /// A boundary, once, in spite of its gates.
    Bypass,
}

impl Kind {
    /// The word that a person types.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Bypass => "bypass",
        }
    }
}

/// One approval or bypass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Which of the two.
    pub kind: Kind,
    /// The gate or the boundary.
    pub what: String,
    /// The tree it is for.
    pub tree: String,
    /// Who typed it: git's `user.name` and `user.email`, and the account.
    pub who: String,
    /// The session it was typed in.
    pub session: String,
    /// Why; required for a bypass.
    pub reason: String,
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// When it ends.
    pub until_ms: u64,
}

/// A code that was shown and not typed yet.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    kind: Kind,
    what: String,
    tree: String,
    session: String,
    reason: String,
    until_ms: u64,
    /// SHA-256 of the code: the state holds nothing that could be typed.
    code: String,
}

/// Why a typed code opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No code waits, or it is another one.
    Wrong,
    /// It waited too long.
    Expired,
    /// The files changed since the code was shown.
    TreeChanged,
}

/// Makes a code for a person of this session. The older one for the same thing is void.
///
/// # Errors
/// When the state folder cannot be written.
pub fn ask(
    state: &Path,
    kind: Kind,
    what: &str,
    tree: &str,
    session: &str,
    reason: &str,
    now_ms: u64,
) -> anyhow::Result<String> {
    let mut bytes = [0_u8; 5];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    // Crockford's alphabet: nothing that is read as something else.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut number = bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut code = String::new();
    for _ in 0..8 {
        code.push(char::from(ALPHABET[usize::try_from(number % 32)?]));
        number /= 32;
    }
    let waiting = Waiting {
        kind,
        what: what.to_owned(),
        tree: tree.to_owned(),
        session: session.to_owned(),
        reason: reason.to_owned(),
        until_ms: now_ms + CODE_MINUTES * 60_000,
        code: digest(&code, session),
    };
    let file = waiting_file(state, kind, what, session);
    let folder = file.parent().context("a file without a folder")?;
    std::fs::create_dir_all(folder)?;
    let mut made = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut made, &waiting)?;
    made.persist(&file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(code)
}

/// Takes a typed code. Right or wrong, it is used up.
///
/// # Errors
/// When the state folder cannot be written.
#[expect(clippy::too_many_arguments, reason = "what a person did, with where and when")]
pub fn take(
    state: &Path,
    kind: Kind,
    what: &str,
    code: &str,
    tree: &str,
    session: &str,
    who: &str,
    minutes: u64,
    now_ms: u64,
) -> anyhow::Result<Result<(String, Given), Refused>> {
    let file = waiting_file(state, kind, what, session);
    // Moved away first: of two answers at once only one finds it.
    let taken = file.with_extension(format!("taken-{}", std::process::id()));
    if std::fs::rename(&file, &taken).is_err() {
        return Ok(Err(Refused::Wrong));
    }
    let text = std::fs::read(&taken);
    std::fs::remove_file(&taken).context("cannot use up the code")?;
    let waiting: Waiting = serde_json::from_slice(&text?)?;
    if waiting.code != digest(&code.trim().to_ascii_uppercase(), session) {
        return Ok(Err(Refused::Wrong));
    }
    if now_ms > waiting.until_ms {
        return Ok(Err(Refused::Expired));
    }
    if waiting.tree != tree {
        return Ok(Err(Refused::TreeChanged));
    }
    let given = Given {
        kind,
        what: what.to_owned(),
        tree: tree.to_owned(),
        who: who.to_owned(),
        session: session.to_owned(),
        reason: waiting.reason,
        at_ms: now_ms,
        until_ms: now_ms + minutes * 60_000,
    };
    let id = store::append(state, FILE, &given)?;
    Ok(Ok((id, given)))
}

/// What was given for a gate or boundary and still holds, for a tree.
///
/// # Errors
/// When it cannot be read.
pub fn standing(
    state: &Path,
    kind: Kind,
    what: &str,
    tree: Option<&str>,
    now_ms: u64,
) -> anyhow::Result<Option<(String, Given)>> {
    Ok(all(state)?.into_iter().rev().find(|(_, given)| {
        given.kind == kind
            && given.what == what
            && now_ms <= given.until_ms
            && tree.is_none_or(|tree| given.tree == tree)
    }))
}

/// Everything that was ever given, oldest first.
///
/// # Errors
/// When it cannot be read.
pub fn all(state: &Path) -> anyhow::Result<Vec<(String, Given)>> {
    store::read(state, FILE)
}

fn digest(code: &str, session: &str) -> String {
    digest::sha256(format!("{session}\0{code}").as_bytes())
}

fn waiting_file(state: &Path, kind: Kind, what: &str, session: &str) -> std::path::PathBuf {
    let key = digest::sha256(format!("{}\0{what}\0{session}", kind.word()).as_bytes());
    state.join(WAITING).join(&key[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    #[test]
    fn a_code_works_once_in_its_session_in_time_and_on_its_tree() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let ask = || ask(state, Kind::Approve, "deploy", "t1", "s", "", DAY).unwrap();
        let take = |code: &str, tree: &str, session: &str, now: u64| {
            take(state, Kind::Approve, "deploy", code, tree, session, "Ada", 30, now)
                .unwrap()
                .map(|(_, given)| given.until_ms)
        };
        let code = ask();
        assert_eq!(take(&code, "t1", "other", DAY), Err(Refused::Wrong));
        assert_eq!(take("00000000", "t1", "s", DAY), Err(Refused::Wrong));
        assert_eq!(take(&code, "t1", "s", DAY), Err(Refused::Wrong), "a wrong try uses it up");
        let code = ask();
        assert_eq!(take(&code, "t2", "s", DAY), Err(Refused::TreeChanged));
        let code = ask();
        assert_eq!(take(&code, "t1", "s", DAY + 11 * 60_000), Err(Refused::Expired));
        let code = ask();
        let newer = ask();
        assert_eq!(take(&code, "t1", "s", DAY), Err(Refused::Wrong), "a newer code replaced it");
        assert_eq!(take(&newer, "t1", "s", DAY), Err(Refused::Wrong));
        let code = ask();
        assert_eq!(take(&code.to_lowercase(), "t1", "s", DAY), Ok(DAY + 30 * 60_000));
        assert_eq!(take(&code, "t1", "s", DAY), Err(Refused::Wrong), "single use");
        let standing = |tree: &str, now: u64| {
            standing(state, Kind::Approve, "deploy", Some(tree), now).unwrap().is_some()
        };
        assert!(standing("t1", DAY + 1));
        assert!(!standing("t2", DAY + 1) && !standing("t1", DAY + 31 * 60_000));
        let kept = std::fs::read_to_string(state.join("approvals.jsonl")).unwrap();
        assert!(kept.contains("Ada") && !kept.contains(&code));
    }
}
