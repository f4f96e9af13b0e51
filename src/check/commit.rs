//! A commit does not take a secret into the history.
//!
//! **What it does.** Before a tool call that would run `git commit`, the added lines of what would be committed
//! are scanned: the index, with `-a` or a path also the changed files, and after a `git add` in the same line
//! the files it would add.
//!
//! **Rules.** `commit-secret`: refused, with the kind of secret, the file and the line, never the secret. What
//! counts as a secret is data, as for `secrets`.
//!
//! **Way out.** Take the value out of the file, `git add` it again, and put the value into an environment
//! variable or a secret store. If it is no secret, the person commits it outside of the session.
//!
//! **Limits.** Lines that stood in the history before are not looked at, and of a very large diff only the first
//! 16 MiB. A file that a command in the same line writes before the commit is not there yet; the git hook that
//! `portcullis git-hooks` installs sees it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Check;
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::secrets::{self, Tier, template};
use crate::shell::{Action, ActionKind, Reading};
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "commit", source: include_str!("commit.rs"), applies, judge, planted };

/// Most of a diff that is read, in bytes.
const MOST: u64 = 16 << 20;

/// Long options of `git commit` whose value is the next word (git 2.47).
const VALUED: &[&str] = &[
    "--message",
    "--file",
    "--author",
    "--date",
    "--template",
    "--reuse-message",
    "--reedit-message",
    "--fixup",
    "--squash",
    "--cleanup",
    "--trailer",
    "--pathspec-from-file",
];

/// Most findings that are spelled out.
const SAID: usize = 5;

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && event.command_line().is_some()
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if !context.may_hold(event, ActionKind::Commit) {
        return Ok(Vec::new());
    }
    let (reading, actions) = context.line(event);
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut findings = Vec::new();
    for action in actions.iter().filter(|action| action.kind == ActionKind::Commit) {
        // Where a `cd` fails, or nobody can tell where it leads, the session's own folder is looked at.
        let dir = action.dir.as_deref().filter(|dir| dir.is_dir()).unwrap_or(&context.cwd);
        let Some(repository) = Repository::discover(dir) else { continue };
        if action.program != "git" || folders.contains(&repository.root) {
            continue;
        }
        let diff = diff(&repository.root, Scope::of(reading, action))?;
        folders.push(repository.root);
        findings.extend(found(&diff));
    }
    Ok(findings)
}

/// What a commit would take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The index.
    Staged,
    /// The index and the changes of files that git knows.
    Tracked,
    /// Also files that git does not know yet.
    Everything,
}

impl Scope {
    fn of(reading: &Reading, action: &Action) -> Self {
        let adds = reading.commands[..action.command].iter().any(|command| {
            command.program() == Some("git")
                && command.words.iter().any(|word| matches!(word.text.as_str(), "add" | "stage"))
        });
        if adds {
            return Self::Everything;
        }
        let words = &reading.commands[action.command].words;
        let mut own = words.get(action.args..).unwrap_or_default().iter().map(|w| w.text.as_str());
        while let Some(text) = own.next() {
            if VALUED.contains(&text) {
                own.next();
            } else if matches!(text, "--all" | "--include" | "--only" | "--patch" | "--interactive")
            {
                return Self::Tracked;
            } else if let Some(letters) = text.strip_prefix('-') {
                if letters.starts_with('-') {
                    continue;
                }
                // The first letter that takes a value ends the cluster.
                let end = letters.find(['m', 'F', 'C', 'c', 't']);
                if letters[..end.unwrap_or(letters.len())].contains(['a', 'i', 'o', 'p']) {
                    return Self::Tracked;
                }
                if end.is_some_and(|end| end + 1 == letters.len()) {
                    own.next();
                }
            } else {
                // A path: its changes are committed whether they are in the index or not.
                return Self::Tracked;
            }
        }
        Self::Staged
    }
}

/// The diff without context lines; files that git does not know are written as added.
fn diff(root: &Path, scope: Scope) -> anyhow::Result<Vec<u8>> {
    let born = git::text(root, ["rev-parse", "--verify", "-q", "HEAD"]).is_ok();
    let mut bytes = Vec::new();
    match (scope, born) {
        (Scope::Staged, _) => one(root, Some("--cached"), &mut bytes)?,
        (_, true) => one(root, Some("HEAD"), &mut bytes)?,
        // Where there is no commit yet: the index, and what differs from it.
        (_, false) => {
            one(root, Some("--cached"), &mut bytes)?;
            one(root, None, &mut bytes)?;
        }
    }
    if scope == Scope::Everything {
        let names = git::text(root, ["ls-files", "--others", "--exclude-standard", "-z"])?;
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            unknown(root, name, &mut bytes)?;
        }
    }
    Ok(bytes)
}

/// Adds the output of one `git diff`.
fn one(root: &Path, against: Option<&str>, bytes: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut command = git::command(root);
    command.args(["-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff"]);
    command.args(["--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "-U0"]).args(against);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start git diff to look at what would be committed")?;
    let before = bytes.len();
    if let Some(out) = child.stdout.take() {
        out.take(MOST).read_to_end(bytes).context("cannot read git diff")?;
    }
    let status = child.wait().context("cannot wait for git diff")?;
    let cut = (bytes.len() - before) as u64 == MOST;
    anyhow::ensure!(cut || status.success(), "git diff ended with {status} in {}", root.display());
    Ok(())
}

/// Adds a file that git does not know as if the whole of it were added. What is no text, no plain
/// file or gone again is left out.
fn unknown(root: &Path, name: &str, bytes: &mut Vec<u8>) -> anyhow::Result<()> {
    let path = root.join(name);
    let left = MOST.saturating_sub(bytes.len() as u64);
    if left == 0 || !path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
        return Ok(());
    }
    let mut text = Vec::new();
    let file = std::fs::File::open(&path);
    let file = file.with_context(|| format!("cannot read {name}, which would be committed"))?;
    file.take(left).read_to_end(&mut text).with_context(|| format!("cannot read {name}"))?;
    if memchr::memchr(0, &text).is_some() {
        return Ok(());
    }
    bytes.extend_from_slice(format!("diff --git\n+++ b/{name}\n@@ -0,0 +1 @@\n").as_bytes());
    for line in text.split(|byte| *byte == b'\n') {
        bytes.push(b'+');
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    Ok(())
}

/// The secrets in the added lines of a diff, each with its file and line.
fn found(diff: &[u8]) -> Vec<Finding> {
    let mut added = Vec::with_capacity(diff.len());
    // Where each added line begins in `added`, its number in the new file, and the file.
    let mut places: Vec<(usize, u64, usize)> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    let mut next = 0;
    let mut in_hunk = false;
    for line in diff.split(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            in_hunk = false;
        } else if !in_hunk && line.starts_with(b"+++ ") {
            let name = String::from_utf8_lossy(&line[4..]);
            files.push(name.strip_prefix("b/").unwrap_or(&name).trim_end().to_owned());
        } else if let Some(rest) = line.strip_prefix(b"@@ ") {
            in_hunk = true;
            next = hunk_start(rest);
        } else if let (true, Some(text)) = (in_hunk, line.strip_prefix(b"+")) {
            places.push((added.len(), next, files.len().saturating_sub(1)));
            added.extend_from_slice(text);
            added.push(b'\n');
            next += 1;
        }
    }
    let mut hits = secrets::scan(&added);
    // What only warns is no reason to stop a commit.
    hits.retain(|hit| hit.tier == Tier::Block);
    let mut findings: Vec<Finding> = Vec::new();
    for hit in hits.iter().take(SAID) {
        let at = places.partition_point(|(start, ..)| *start <= hit.span.start);
        let Some((_, line, file)) = at.checked_sub(1).and_then(|at| places.get(at)) else {
            continue;
        };
        let file = files.get(*file).map_or("a file", String::as_str);
        findings.push(
            Finding::new(
                "commit-secret",
                Verdict::Deny,
                format!(
                    "the commit would hold a secret: {} ({}) in {file}, line {line}",
                    hit.rule.title, hit.rule.id
                ),
            )
            .way_out(
                "take the value out, stage the file again, and name an environment variable or the \
                 secret store's entry instead; if it is no secret, the person commits it",
            ),
        );
    }
    if let Some(more) = hits.len().checked_sub(SAID).filter(|more| *more > 0) {
        findings.push(Finding::new(
            "commit-secret",
            Verdict::Deny,
            format!("and {more} more secrets"),
        ));
    }
    findings
}

/// The first new line of a hunk, from `-1,2 +3,4 @@`.
fn hunk_start(header: &[u8]) -> u64 {
    let header = String::from_utf8_lossy(header);
    let new = header.split(' ').find_map(|part| part.strip_prefix('+'));
    new.and_then(|part| part.split(',').next()).and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// A repository with a GitHub token in its index; the token is made on the spot.
fn planted(dir: &Path) -> Value {
    let seed = u64::from(std::process::id()) + 1;
    let token = template::expand("ghp_{A:30}{crc32-base62}", seed).map(|sample| sample.text);
    let text = format!("TOKEN = \"{}\"\n", token.unwrap_or_default());
    // Without the file the probe says DISARMED, which is what it is for.
    let _ = std::fs::write(dir.join("config.py"), text);
    let _ = git::text(dir, ["add", "config.py"]);
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-commit",
        "tool_input": {"command": "git commit -m planted"},
    })
}
