//! The pre-filter: whether a line has to be read at all.

use super::names_guarded;

/// Programs and words that run what stands elsewhere: in a file, in another text, in git's
/// configuration. A line that holds one as a word is read.
const RUNNERS: &[&str] = &[
    "make",
    "gmake",
    "makers",
    "just",
    "task",
    "go-task",
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "tox",
    "nox",
    "rake",
    "bash",
    "sh",
    "zsh",
    "dash",
    "ksh",
    "ash",
    "source",
    "eval",
    "base64",
    "xxd",
    "rev",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "deno",
    "pwsh",
    "powershell",
    "iex",
    "composer",
    "tsx",
    "ts-node",
    "zx",
    "bundle",
    "rake",
    "inv",
    "invoke",
    "fab",
    "gradle",
    "mage",
    "mise",
    "rtx",
    "poe",
    "pdm",
    "hatch",
    "pipenv",
    "rye",
    "foreman",
    "honcho",
    "overmind",
    "hivemind",
    "run-s",
    "run-p",
    "npm-run-all",
    "crontab",
    "expect",
    "parallel",
    "xargs",
    "lua",
    "luajit",
    "julia",
    "Rscript",
    "elixir",
    "groovy",
    "tclsh",
    "uv",
    "xtask",
];

/// Parts of the names that people give to tasks and scripts that push, publish or deploy.
const NAMED: &[&str] = &[
    "push",
    "publish",
    "release",
    "deploy",
    "ship",
    "upload",
    "promote",
    "rollout",
    "rollback",
    "destroy",
    "teardown",
    "provision",
];

/// Whether a task or script of this name is likely to do something guarded.
pub(super) fn sounds_guarded(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    // Short words stand alone, so that `relationship` is no shipment.
    let named = |part: &str| {
        NAMED.iter().any(|word| part == *word || word.len() > 5 && part.contains(word))
    };
    parts().any(named) && !parts().any(|part| HARMLESS.contains(&part))
}

/// Parts of names that say that nothing goes out.
const HARMLESS: &[&str] = &[
    "notes",
    "test",
    "tests",
    "spec",
    "check",
    "lint",
    "docs",
    "doc",
    "log",
    "logs",
    "status",
    "list",
    "dry",
    "dryrun",
    "changelog",
    "template",
    "example",
    "plan",
    "preview",
    "diff",
    "help",
];

/// Git's own subcommands that an agent calls all day. Git lets no alias hide them.
const GIT_QUIET: &[&str] = &[
    "add",
    "blame",
    "branch",
    "clean",
    "clone",
    "diff",
    "fetch",
    "grep",
    "init",
    "log",
    "ls-files",
    "mv",
    "reflog",
    "remote",
    "reset",
    "restore",
    "rev-parse",
    "rm",
    "show",
    "stash",
    "status",
    "tag",
    "worktree",
    "--version",
    "describe",
    "cat-file",
];

/// Whether a text may push, publish, release or deploy: it names such a thing, or it runs
/// something that stands in a file, in another text or in git's configuration. A superset of what
/// [`super::actions`] finds there; cheap, allocates nothing and cannot fail.
pub fn hints_boundary(text: &[u8]) -> bool {
    names_guarded(text) || runs_elsewhere(text) || spelled(text)
}

/// Whether words may be spelled in another way than by their letters: `$'\x70ush'`, `${V,,}`.
fn spelled(text: &[u8]) -> bool {
    let ansi = memchr::memmem::find(text, b"$'").is_some()
        && memchr::memchr_iter(b'\\', text)
            .any(|at| matches!(text.get(at + 1), Some(b'x' | b'u' | b'U' | b'0'..=b'7')));
    ansi || memchr::memchr_iter(b'$', text).any(|at| {
        let rest = text.get(at + 1..).unwrap_or_default();
        let end = memchr::memchr(b'}', rest).unwrap_or(0);
        rest.starts_with(b"{") && memchr::memchr2(b',', b'@', &rest[..end]).is_some()
    })
}

fn runs_elsewhere(text: &[u8]) -> bool {
    // `$cmd …`: the program itself comes from an expansion.
    let expanded = |at: usize| {
        text[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'"')).is_none_or(
            |byte| matches!(byte, b';' | b'&' | b'|' | b'(' | b'{' | b'\n' | b'`' | b'!'),
        )
    };
    if memchr::memchr2_iter(b'$', b'`', text).take(64).any(expanded) {
        return true;
    }
    let mut start = None;
    for at in 0..=text.len() {
        let part = text.get(at).is_some_and(|byte| word_byte(*byte));
        match (part, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                if tells(text, from, at) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// Quotes and backslashes are looked through, so that `m"ak"e` is one word.
const fn word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'\'' | b'"' | b'\\' | b'~')
}

fn tells(text: &[u8], from: usize, to: usize) -> bool {
    let raw = &text[from..to];
    let mut buffer = [0; 32];
    let mut length = 0;
    // Of a long path only the end decides, and the file name alone is compared.
    let tail = raw.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let slash = tail > 0;
    for &byte in raw[tail..].iter().filter(|byte| !matches!(byte, b'\'' | b'"' | b'\\')) {
        if length == buffer.len() {
            break;
        }
        buffer[length] = byte;
        length += 1;
    }
    let name = &buffer[..length];
    if name.ends_with(b".sh") || name.ends_with(b".bash") {
        return true;
    }
    if command_position(text, from) && (slash || name == b".") {
        return !raw.starts_with(b"/usr/") && !raw.starts_with(b"/bin/") || runner(name);
    }
    if name == b"git" {
        return git_indirect(&text[to..]);
    }
    runner(name)
}

fn runner(name: &[u8]) -> bool {
    RUNNERS.iter().any(|known| known.as_bytes() == name)
        || name
            .strip_prefix(b"python")
            .is_some_and(|rest| rest.starts_with(b"2") || rest.starts_with(b"3"))
}

/// Whether a program may stand here. Says yes too often: after a blank a wrapper may stand.
fn command_position(text: &[u8], from: usize) -> bool {
    let before = text[..from].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    let first = text[from];
    match before {
        None => true,
        Some(b';' | b'&' | b'|' | b'(' | b'{' | b'\n' | b'`' | b'!') => true,
        // `sudo ./x`, `time scripts/x`: a word that says "here".
        _ => first == b'.' || text[from..].starts_with(b"\".") || text[from..].starts_with(b"'."),
    }
}

/// Whether what follows `git` may be an alias or run something of its own.
fn git_indirect(rest: &[u8]) -> bool {
    let mut words = rest.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if word == b"-C" {
            words.next();
            continue;
        }
        if matches!(word, b"--no-pager" | b"-P" | b"-p") {
            continue;
        }
        let end =
            word.iter().position(|byte| matches!(byte, b';' | b'&' | b'|' | b')' | b'<' | b'>'));
        let verb = &word[..end.unwrap_or(word.len())];
        return !GIT_QUIET.iter().any(|known| known.as_bytes() == verb);
    }
    false
}
