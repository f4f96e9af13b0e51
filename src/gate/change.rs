//! What a change is: the base it is compared with, its files and the lines it adds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use crate::config::Policy;
use crate::git;

/// A working tree compared with its base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The commit it is compared with; none where there is no commit.
    pub base: Option<String>,
    /// Its files, by path, sorted.
    pub files: BTreeMap<String, File>,
}

/// One changed file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// Gone since the base.
    pub deleted: bool,
    /// Not there in the base.
    pub added: bool,
    /// Added lines with their numbers in the new file.
    pub plus: Vec<(u32, String)>,
    /// Removed lines.
    pub minus: Vec<String>,
}

/// The base of a working tree: the policy's, else where the branch left the upstream's default
/// branch, else the commit before HEAD.
///
/// # Errors
/// When the policy names a base that is no commit here.
pub fn base(root: &Path, policy: &Policy) -> anyhow::Result<Option<String>> {
    let commit = |rev: &str| {
        git::text(
            root,
            ["rev-parse", "--verify", "-q", "--end-of-options", &format!("{rev}^{{commit}}")],
        )
        .ok()
    };
    let Some(head) = commit("HEAD") else { return Ok(None) };
    let merge_base = |other: &str| {
        git::text(root, ["merge-base", &head, other]).ok().filter(|base| !base.is_empty())
    };
    if let Some(named) = &policy.base {
        let other = commit(named).with_context(|| {
            format!("base: {named:?} of the policy is no commit here; fetch it or change the key")
        })?;
        return Ok(Some(merge_base(&other).unwrap_or(other)));
    }
    for rev in [
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
        "refs/remotes/origin/master",
        "refs/heads/main",
        "refs/heads/master",
    ] {
        if let Some(base) = commit(rev).and_then(|other| merge_base(&other))
            && base != head
        {
            return Ok(Some(base));
        }
    }
    // On the default branch itself: what is not committed, else the last commit.
    let dirty = git::text(root, ["status", "--porcelain", "--untracked-files=normal"])?;
    if dirty.is_empty() {
        return Ok(Some(commit("HEAD^").unwrap_or(head)));
    }
    Ok(Some(head))
}

/// The change of the working tree of `root` since `base`, untracked files included.
///
/// # Errors
/// When git fails.
pub fn of(root: &Path, base: Option<String>) -> anyhow::Result<Change> {
    let mut change = Change { base, ..Change::default() };
    let Some(base) = &change.base else { return Ok(change) };
    let mut command = git::command(root);
    command.args(["-c", "core.quotePath=false", "diff", "--no-color", "--no-ext-diff"]);
    command.args(["--no-textconv", "--no-renames", "--ignore-submodules=none"]);
    command.args(["--src-prefix=a/", "--dst-prefix=b/", "-U0", base, "--"]);
    let text = git::run(command).context("cannot compare with the base")?;
    parse(&text, &mut change.files);
    let unknown = git::text(root, ["ls-files", "--others", "--exclude-standard", "-z"])?;
    for path in unknown.split('\0').filter(|path| !path.is_empty()) {
        let file = change.files.entry(path.to_owned()).or_default();
        file.added = true;
        let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        file.plus = (1_u32..).zip(text.lines().map(str::to_owned)).collect();
    }
    Ok(change)
}

/// Reads a diff without context lines.
pub(crate) fn parse(text: &str, files: &mut BTreeMap<String, File>) {
    let mut current: Option<String> = None;
    let mut old = String::new();
    let mut line_number = 0_u32;
    let mut in_hunk = (0_u32, 0_u32);
    for line in text.lines() {
        // Inside a hunk the counts decide: an added line may itself read `+++ b/x`.
        if in_hunk != (0, 0) {
            let Some(file) = current.as_ref().and_then(|name| files.get_mut(name)) else {
                in_hunk = (0, 0);
                continue;
            };
            if let (Some(added), 1..) = (line.strip_prefix('+'), in_hunk.1) {
                file.plus.push((line_number, added.to_owned()));
                line_number += 1;
                in_hunk.1 -= 1;
            } else if let (Some(removed), 1..) = (line.strip_prefix('-'), in_hunk.0) {
                file.minus.push(removed.to_owned());
                in_hunk.0 -= 1;
            }
            continue;
        }
        if let Some(name) = line.strip_prefix("diff --git ") {
            old = halves(name);
            files.entry(old.clone()).or_default();
            current = Some(old.clone());
        } else if line.starts_with("deleted file mode") {
            files.entry(old.clone()).or_default().deleted = true;
        } else if line.starts_with("new file mode") {
            files.entry(old.clone()).or_default().added = true;
        } else if let Some(header) = line.strip_prefix("@@ ") {
            let (removed, _) = range(header, '-');
            let (added, start) = range(header, '+');
            line_number = start;
            in_hunk = (removed, added);
        }
    }
}

/// The path of `a/PATH b/PATH`: both are the same without renames.
fn halves(names: &str) -> String {
    let half = names.len().saturating_sub(1) / 2;
    let name = names.get(..half).unwrap_or_default();
    // git quotes a path with a quote, a backslash or a control character.
    let name = name.trim_matches('"');
    name.strip_prefix("a/").unwrap_or(name).to_owned()
}

/// Count and start of `-1,2` or `+3` in a hunk's header.
fn range(header: &str, sign: char) -> (u32, u32) {
    let part = header.split(' ').find_map(|part| part.strip_prefix(sign)).unwrap_or_default();
    let (start, count) = part.split_once(',').unwrap_or((part, "1"));
    (count.parse().unwrap_or(1), start.parse().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_removed_lines_with_their_numbers() {
        let text = "diff --git a/src/a b.rs b/src/a b.rs\nindex 1..2 100644\n--- a/src/a b.rs\n+++ b/src/a b.rs\n@@ -3 +3,2 @@ fn x\n-old\n++++ b/not/a/file\n+second\n@@ -9,0 +11 @@\n+last\ndiff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let mut files = BTreeMap::new();
        parse(text, &mut files);
        let file = &files["src/a b.rs"];
        assert_eq!(file.minus, ["old"]);
        let plus: Vec<_> = file.plus.iter().map(|(n, line)| (*n, line.as_str())).collect();
        assert_eq!(plus, [(3, "+++ b/not/a/file"), (4, "second"), (11, "last")]);
        assert!(files["gone"].deleted && files["gone"].minus == ["x"]);
    }
}
