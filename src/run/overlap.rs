//! The workers of a run that are at work, with what each may change, and whether two of them may change the same file.
//!
//! One small file a worker, below the run's folder. A worker is entered when it is dispatched and taken out when its report is
//! passed on; one that can no longer be at work (its client is gone, it was never started) does not count.

use std::fs::File;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

/// Milliseconds after which a worker counts as never started when no call of it was seen: the person refused it, or another
/// check did.
const UNSEEN: u64 = 120_000;

/// Milliseconds after which a worker whose client is not known counts as gone.
const FORGOTTEN: u64 = 6 * 3_600_000;

/// A worker at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The task of its packet.
    pub task: String,
    /// What it may change.
    pub write_set: Vec<String>,
    /// The `Agent` call that dispatched it; none for one that a workflow script started.
    pub tool_use: Option<String>,
    /// Its id, as soon as it is known.
    pub agent: Option<String>,
    /// Process of the client.
    pub client: Option<i32>,
    /// Milliseconds since the Unix epoch when it was entered.
    pub at_ms: u64,
}

/// The folder of a run's workers; those of a run that was not begun here are kept by session.
pub fn folder(state: &Path, run: &str, session: Option<&str>) -> PathBuf {
    let own = super::folder(state, run);
    if !run.is_empty() && own.join("journal.jsonl").is_file() {
        return own.join("workers");
    }
    let session = state.join("sessions").join(plain(session.unwrap_or("none")));
    session.join(format!("workers-{}", plain(run)))
}

/// Ids come from payloads: nothing in them may leave the folder.
fn plain(text: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    text.chars().map(keep).take(128).collect()
}

/// Enters a worker, unless one that is at work may change the same files: then that one and the pair of patterns that meet.
///
/// # Errors
/// When the folder cannot be used.
pub fn enter(
    folder: &Path,
    worker: &Worker,
    now_ms: u64,
) -> std::io::Result<Option<(Worker, String, String)>> {
    std::fs::create_dir_all(folder)?;
    // Two workers of one turn are dispatched at the same time.
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    for (file, other) in all(folder) {
        if is_same(&other, worker) {
            continue;
        }
        if is_gone(&other, now_ms) {
            let _ = std::fs::remove_file(file);
            continue;
        }
        if let Some((mine, its)) = meeting(&worker.write_set, &other.write_set) {
            return Ok(Some((other, mine, its)));
        }
    }
    write(folder, worker)?;
    Ok(None)
}

/// Says which agent an `Agent` call became.
pub fn link(folder: &Path, tool_use: &str, agent: &str) {
    for (_, mut worker) in all(folder) {
        if worker.tool_use.as_deref() == Some(tool_use) && worker.agent.is_none() {
            worker.agent = Some(agent.to_owned());
            // A worker that stays without its id is forgotten earlier; nothing else depends on it.
            let _ = write(folder, &worker);
        }
    }
}

/// Takes a worker out, by its agent or by the call that dispatched it.
pub fn leave(folder: &Path, tool_use: Option<&str>, agent: Option<&str>) {
    for (file, worker) in all(folder) {
        let by_call = tool_use.is_some() && worker.tool_use.as_deref() == tool_use;
        let by_agent = agent.is_some() && worker.agent.as_deref() == agent;
        if by_call || by_agent {
            let _ = std::fs::remove_file(file);
        }
    }
}

fn all(folder: &Path) -> Vec<(PathBuf, Worker)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let text = std::fs::read(entry.path()).ok()?;
            Some((entry.path(), serde_json::from_slice(&text).ok()?))
        })
        .collect()
}

fn write(folder: &Path, worker: &Worker) -> std::io::Result<()> {
    let key = worker.tool_use.as_deref().or(worker.agent.as_deref()).unwrap_or("none");
    std::fs::write(folder.join(format!("{}.json", plain(key))), serde_json::to_vec(worker)?)
}

fn is_same(one: &Worker, other: &Worker) -> bool {
    one.tool_use.is_some() && one.tool_use == other.tool_use
        || one.agent.is_some() && one.agent == other.agent
}

fn is_gone(worker: &Worker, now_ms: u64) -> bool {
    let age = now_ms.saturating_sub(worker.at_ms);
    if worker.agent.is_none() && age > UNSEEN {
        return true;
    }
    match worker.client {
        Some(client) => {
            let there = nix::sys::signal::kill(nix::unistd::Pid::from_raw(client), None);
            there == Err(nix::errno::Errno::ESRCH)
        }
        None => age > FORGOTTEN,
    }
}

/// Compiles a write set. Each pattern is one from the root of the project; a folder stands for all below it.
///
/// # Errors
/// When a pattern is none.
pub fn matcher<S: AsRef<str>>(write_set: &[S]) -> Result<Gitignore, ignore::Error> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in write_set {
        builder.add_line(None, &format!("/{}", whole(pattern.as_ref())))?;
    }
    builder.build()
}

/// Whether a path (relative to the root) is in a compiled write set.
pub fn holds(write_set: &Gitignore, path: &str) -> bool {
    write_set.matched_path_or_any_parents(path, false).is_ignore()
}

/// A pattern without what means nothing.
fn whole(pattern: &str) -> &str {
    pattern.trim_start_matches("./").trim_end_matches('/')
}

/// The first pair of patterns that may name the same file.
pub fn meeting(one: &[String], other: &[String]) -> Option<(String, String)> {
    let parts = |pattern: &str| -> Vec<String> {
        let mut parts: Vec<String> = whole(pattern).split('/').map(str::to_owned).collect();
        // A folder stands for all below it; `*.rs` names files.
        let files = parts.last().is_some_and(|name| name.contains('*') && name.contains('.'));
        if !files {
            parts.push("**".to_owned());
        }
        parts
    };
    one.iter().find_map(|mine| {
        let its = other.iter().find(|its| paths_meet(&parts(mine), &parts(its)))?;
        Some((mine.clone(), its.clone()))
    })
}

fn paths_meet(one: &[String], other: &[String]) -> bool {
    match (one.split_first(), other.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            paths_meet(rest, other) || !other.is_empty() && paths_meet(one, &other[1..])
        }
        (_, Some((first, rest))) if first == "**" => {
            paths_meet(one, rest) || !one.is_empty() && paths_meet(&one[1..], other)
        }
        (Some((a, one)), Some((b, other))) => names_meet(a, b) && paths_meet(one, other),
        _ => false,
    }
}

/// Whether two globs of one path component can name the same component. Braces and classes may name anything.
fn names_meet(one: &str, other: &str) -> bool {
    fn meet(a: &[char], b: &[char]) -> bool {
        match (a.split_first(), b.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => meet(rest, b) || !b.is_empty() && meet(a, &b[1..]),
            (_, Some(('*', rest))) => meet(a, rest) || !a.is_empty() && meet(&a[1..], b),
            (Some((x, a)), Some((y, b))) => (x == y || *x == '?' || *y == '?') && meet(a, b),
            _ => false,
        }
    }
    let simple = |text: &str| -> Vec<char> {
        match text.contains(['[', '{', '\\']) {
            true => vec!['*'],
            false => text.chars().collect(),
        }
    };
    meet(&simple(one), &simple(other))
}

#[cfg(test)]
mod tests {
    use super::{Worker, enter, holds, leave, link, matcher, meeting};

    #[test]
    fn two_write_sets_meet_when_a_file_can_be_in_both() {
        for (one, other, wanted) in [
            ("src/a.rs", "src/a.rs", true),
            ("src/a.rs", "src/b.rs", false),
            ("src", "src/a.rs", true),
            ("src/", "src/deep/a.rs", true),
            ("src", "srcs/a.rs", false),
            ("./src/a.rs", "src/a.rs", true),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/a.md", false),
            ("src/*.rs", "src/deep/a.rs", false),
            ("src/**/*.rs", "src/deep/a.rs", true),
            ("**/*.md", "docs", true),
            ("src/**", "tests/**", false),
            ("**/a.rs", "src/*.rs", true),
            ("**/a.rs", "src/b*.rs", false),
            ("src/{a,b}.rs", "src/c.rs", true),
            ("a/b/c", "a/b/c/d", true),
            ("x?.rs", "xy.rs", true),
        ] {
            let meets = |a: &str, b: &str| meeting(&[a.to_owned()], &[b.to_owned()]).is_some();
            assert_eq!(meets(one, other), wanted, "{one} and {other}");
            assert_eq!(meets(other, one), wanted, "{other} and {one}");
        }
    }

    #[test]
    fn a_write_set_names_paths_from_the_root() {
        let set = matcher(&["src/app", "README.md", "tests/*.py", "docs/**/*.md"]).unwrap();
        for (path, wanted) in [
            ("src/app/deep/a.py", true),
            ("src/application.py", false),
            ("README.md", true),
            ("docs/README.md", true),
            ("lib/README.md", false),
            ("tests/a.py", true),
            ("tests/deep/a.py", false),
            ("other/src/app/a.py", false),
        ] {
            assert_eq!(holds(&set, path), wanted, "{path}");
        }
    }

    #[test]
    fn a_worker_that_cannot_be_at_work_any_more_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let worker = |id: &str, client| Worker {
            task: id.to_owned(),
            write_set: vec!["src".to_owned()],
            tool_use: Some(id.to_owned()),
            agent: None,
            client,
            at_ms: 1_000,
        };
        let own = i32::try_from(std::process::id()).ok();
        assert_eq!(enter(folder, &worker("a", own), 1_000).unwrap(), None);
        let met = enter(folder, &worker("b", own), 1_000).unwrap();
        assert_eq!(met.unwrap().0.task, "a", "both may change src");
        assert_eq!(enter(folder, &worker("a", own), 1_000).unwrap(), None, "the same call again");

        link(folder, "a", "agent-a");
        assert!(enter(folder, &worker("b", own), 999_000).unwrap().is_some(), "seen at work");
        leave(folder, None, Some("agent-a"));
        assert_eq!(enter(folder, &worker("b", own), 1_000).unwrap(), None, "it is done");
        assert!(enter(folder, &worker("c", own), 60_000).unwrap().is_some());
        assert_eq!(enter(folder, &worker("c", own), 999_000).unwrap(), None, "never started");

        link(folder, "c", "agent-c");
        let child = std::process::Command::new("true").spawn().unwrap();
        let gone = i32::try_from(child.id()).ok();
        child.wait_with_output().unwrap();
        leave(folder, Some("c"), None);
        assert_eq!(enter(folder, &worker("d", gone), 1_000).unwrap(), None);
        link(folder, "d", "agent-d");
        assert_eq!(enter(folder, &worker("e", own), 1_000).unwrap(), None, "its client is gone");
    }
}
