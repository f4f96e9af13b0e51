//! What a shell line would write, move or delete, as far as it plainly says so.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::places::{Hit, Places, Touch, matches};
use crate::hook::context::Context;
use crate::shell::{self, SimpleCommand, Word};
use crate::words::Words;

/// Parts of protected paths.
static NEEDLES: Words = Words::new(&[b"portcullis", b".claude", b"settings", b"hooks", b".git/"]);

/// Programs that write or delete what they are given; a line without them, without a
/// redirection and without a needle is not parsed at all.
static WRITERS: Words = Words::new(&[
    b"rm",
    b"mv",
    b"cp",
    b"ln",
    b"find",
    b"tee",
    b"sed",
    b"dd",
    b"rsync",
    b"install",
    b"truncate",
    b"shred",
    b"unlink",
    b"rmdir",
    b"touch",
    b"chmod",
    b"chown",
    b"patch",
    b"eval",
    b"xargs",
    b"perl",
    b"python",
    b"python3",
    b"node",
    b"ruby",
    b"del",
    b"ri",
    b"ni",
    b"sc",
    b"remove-item",
    b"set-content",
    b"add-content",
    b"move-item",
    b"copy-item",
    b"out-file",
    b"new-item",
]);

/// Programs that only read what they are given.
const READERS: &[&str] = &[
    "cat",
    "bat",
    "less",
    "more",
    "head",
    "tail",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "ls",
    "eza",
    "ll",
    "dir",
    "stat",
    "wc",
    "jq",
    "diff",
    "cmp",
    "comm",
    "file",
    "echo",
    "printf",
    "test",
    "[",
    "cd",
    "pushd",
    "popd",
    "pwd",
    "realpath",
    "readlink",
    "basename",
    "dirname",
    "tree",
    "du",
    "df",
    "md5sum",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "shasum",
    "cksum",
    "nl",
    "tac",
    "rev",
    "cut",
    "uniq",
    "tr",
    "column",
    "od",
    "xxd",
    "hexdump",
    "strings",
    "awk",
    "gawk",
    "mkdir",
    "which",
    "type",
    "true",
    "false",
    ":",
    "export",
    "declare",
    "local",
    "readonly",
    "typeset",
    "set",
    "json.tool",
    "shellcheck",
    "yamllint",
    "zip",
    "bash",
    "sh",
    "zsh",
    "dash",
    "ksh",
    "source",
    ".",
    "Get-Content",
    "Get-ChildItem",
    "Select-String",
    "Test-Path",
    "gc",
    "gci",
    "sleep",
    "open",
    "lsof",
    "getfacl",
];

/// Subcommands of git that leave the files they are given as they are.
const GIT_READERS: &[&str] = &[
    "add",
    "commit",
    "status",
    "diff",
    "log",
    "show",
    "blame",
    "grep",
    "ls-files",
    "ls-tree",
    "cat-file",
    "rev-parse",
    "rev-list",
    "check-ignore",
    "check-attr",
    "hash-object",
    "describe",
    "shortlog",
    "fetch",
    "push",
    "branch",
    "tag",
    "remote",
    "config",
    "archive",
    "difftool",
    "diff-files",
    "diff-index",
    "diff-tree",
    "whatchanged",
    "name-rev",
    "for-each-ref",
    "show-ref",
    "count-objects",
    "annotate",
    "-C",
];

/// Programs whose last operand is what they write.
const COPIERS: &[&str] = &["cp", "mv", "install", "ln", "rsync", "scp", "Copy-Item", "Move-Item"];

/// Programs that take a whole folder away.
const REMOVERS: &[&str] =
    &["rm", "mv", "rmdir", "unlink", "shred", "trash", "del", "ri", "Remove-Item", "Move-Item"];

/// Whether a line may touch anything at all; runs on every call, so it only looks for words.
pub(super) fn may_touch(text: &str) -> bool {
    names_protected(text) || redirects(text.as_bytes()) || WRITERS.stand_alone_in(text.as_bytes())
}

/// Whether a text names a part of a protected path.
pub(super) fn names_protected(text: &str) -> bool {
    NEEDLES.stand_in(text.as_bytes())
}

/// A redirection into something that is neither a descriptor nor `/dev/null`.
fn redirects(text: &[u8]) -> bool {
    memchr::memchr_iter(b'>', text).any(|at| {
        let rest = text[at + 1..].trim_ascii_start();
        !(rest.starts_with(b"/dev/null") || rest.first() == Some(&b'&'))
    })
}

/// The protected places that a line would touch.
pub(super) fn hits(text: &str, context: &Context, places: &Places, hits: &mut Vec<Hit>) {
    for command in shell::read(text, &context.cwd).commands {
        let judge = Judge { places, dir: command.dir.clone(), cwd: &context.cwd };
        for target in &command.writes {
            hits.extend(judge.word(target, Touch::Write));
        }
        judge.command(&command, hits);
    }
}

struct Judge<'p> {
    places: &'p Places,
    dir: Option<PathBuf>,
    cwd: &'p Path,
}

impl Judge<'_> {
    fn word(&self, word: &Word, touch: Touch) -> Option<Hit> {
        if !word.certain {
            return Places::tail(&word.text);
        }
        // Where `cd` led to is not known, the folder of the session is the best guess.
        let dir = self.dir.as_deref().unwrap_or(self.cwd);
        let hit = self.places.hit(&word.text, Some(dir), touch);
        let relative = !word.text.starts_with(['/', '~']);
        hit.or_else(|| (self.dir.is_none() && relative).then(|| Places::tail(&word.text)).flatten())
    }

    fn command(&self, command: &SimpleCommand, hits: &mut Vec<Hit>) {
        let Some((first, rest)) = command.words.split_first() else { return };
        let program = command.program();
        let Some(program) = program else {
            // An unknown program may write anything it is given.
            return hits.extend(rest.iter().filter_map(|word| self.word(word, Touch::Write)));
        };
        let operands = || rest.iter().filter(|word| !word.text.starts_with('-'));
        match program {
            "portcullis" => hits.extend(wiring(first, rest)),
            "git" => self.git(rest, hits),
            "find" => self.find(rest, hits),
            "sed" if !rest.iter().any(|w| in_place(&w.text)) => {}
            "sort" | "yq" | "curl" | "wget" | "pandoc" | "base64" => self.outputs(rest, hits),
            "tar" if !extracts(rest) => self.outputs(rest, hits),
            _ if COPIERS.contains(&program) => self.copy(program, rest, hits),
            _ if REMOVERS.contains(&program) => {
                hits.extend(operands().filter_map(|word| self.word(word, Touch::Remove)));
            }
            "chmod" | "chown" | "chgrp" | "chattr" | "setfacl" => {
                let recursive = rest.iter().any(|w| {
                    w.text == "--recursive" || w.text.starts_with('-') && w.text.contains('R')
                });
                let touch = if recursive { Touch::Remove } else { Touch::Write };
                hits.extend(operands().filter_map(|word| self.word(word, touch)));
            }
            _ if READERS.contains(&program) => {}
            _ => {
                for word in rest {
                    hits.extend(self.word(word, Touch::Write));
                    // `of=FILE`, `--output=FILE`.
                    if let Some((_, value)) = word.text.split_once('=') {
                        let value = Word { text: value.to_owned(), certain: word.certain };
                        hits.extend(self.word(&value, Touch::Write));
                    }
                }
                self.inline(program, rest, hits);
            }
        }
    }

    /// `python -c`, `node -e`: code that names a protected path and a way to write.
    fn inline(&self, program: &str, rest: &[Word], hits: &mut Vec<Hit>) {
        const INTERPRETERS: &[&str] = &["python", "node", "perl", "ruby", "deno", "bun", "php"];
        const WRITES: &[&str] = &[
            "write", "'w", "\"w", "'a'", "\"a\"", "unlink", "remove", "rename", "rmtree", "rmSync",
            "dump(", "copy",
        ];
        if !INTERPRETERS.iter().any(|known| program.starts_with(known)) {
            return;
        }
        let codes =
            rest.windows(2).filter(|pair| matches!(&*pair[0].text, "-c" | "-e" | "--eval" | "-r"));
        for code in codes.map(|pair| pair[1].text.as_str()) {
            if WRITES.iter().any(|word| code.contains(word)) {
                hits.extend(
                    code.split(['\'', '"', '`'])
                        .filter(|literal| names_protected(literal))
                        .filter_map(|literal| self.word(&Word::known(literal), Touch::Remove)),
                );
            }
        }
    }

    fn git(&self, mut rest: &[Word], hits: &mut Vec<Hit>) {
        let mut dir = self.dir.clone();
        while let [option, value, more @ ..] = rest
            && matches!(&*option.text, "-C" | "-c" | "--git-dir" | "--work-tree")
        {
            if option.text == "-C" {
                dir = dir.map(|dir| dir.join(&value.text)).filter(|_| value.certain);
            }
            rest = more;
        }
        let mut rest = rest.iter().skip_while(|word| word.text.starts_with('-'));
        let Some(verb) = rest.next() else { return };
        if GIT_READERS.contains(&verb.text.as_str()) {
            return;
        }
        let touch = if matches!(&*verb.text, "rm" | "mv") { Touch::Remove } else { Touch::Write };
        let moved = Judge { places: self.places, dir, cwd: self.cwd };
        hits.extend(rest.filter_map(|word| moved.word(word, touch)));
    }

    /// `find … -delete` and `find … -exec rm`, on what its `-name` tests leave.
    fn find(&self, rest: &[Word], hits: &mut Vec<Hit>) {
        let writes = rest.iter().enumerate().any(|(at, word)| match word.text.as_str() {
            "-delete" => true,
            "-fprint" | "-fprintf" | "-fls" => true,
            "-exec" | "-execdir" | "-ok" | "-okdir" => rest.get(at + 1).is_some_and(|program| {
                let name = program.text.rsplit('/').next().unwrap_or_default();
                !READERS.contains(&name) && !matches!(name, "sed" | "git" | "find")
                    || name == "sed" && rest.iter().any(|w| in_place(&w.text))
            }),
            _ => false,
        });
        // What is empty holds nothing that is protected.
        let empty = rest.iter().any(|word| word.text == "-empty");
        if !writes || empty {
            return;
        }
        let names: Vec<&str> = rest
            .windows(2)
            .filter(|pair| matches!(&*pair[0].text, "-name" | "-iname"))
            .map(|pair| pair[1].text.as_str())
            .collect();
        let roots: Vec<Word> =
            rest.iter().take_while(|w| !w.text.starts_with(['-', '(', '!'])).cloned().collect();
        let here = [Word::known(".")];
        let roots = if roots.is_empty() { &here[..] } else { &roots[..] };
        for hit in roots.iter().filter_map(|root| self.word(root, Touch::Remove)) {
            let file = Path::new(&hit.what).file_name().unwrap_or_default();
            let chosen = |pattern: &&str| matches(OsStr::new(pattern), file);
            if names.is_empty() || names.iter().any(chosen) {
                hits.push(hit);
            }
        }
        let below = roots.iter().flat_map(|root| {
            ["portcullis.yaml", ".claude/settings.json", ".claude/settings.local.json"].map(
                |file| Word {
                    text: format!("{}/{file}", root.text.trim_end_matches('/')),
                    certain: root.certain,
                },
            )
        });
        for word in below {
            let file = word.text.rsplit('/').next().unwrap_or_default();
            let chosen = names.iter().any(|pattern| matches(OsStr::new(pattern), OsStr::new(file)));
            let exists = self.dir.as_ref().is_some_and(|dir| dir.join(&word.text).exists());
            if chosen && exists {
                hits.extend(self.word(&word, Touch::Write));
            }
        }
    }

    fn copy(&self, program: &str, rest: &[Word], hits: &mut Vec<Hit>) {
        let named = rest.iter().enumerate().find_map(|(at, word)| match word.text.as_str() {
            "-t" | "--target-directory" => rest.get(at + 1).cloned(),
            text => text.strip_prefix("--target-directory=").map(Word::known),
        });
        let mut sources: Vec<&Word> = rest.iter().filter(|w| !w.text.starts_with('-')).collect();
        let target = match named {
            Some(target) => target,
            None => match sources.pop() {
                Some(last) => last.clone(),
                None => return,
            },
        };
        hits.extend(self.word(&target, Touch::Write));
        for source in &sources {
            // Into a folder: the name stays, and a whole `.claude` lands on the one there.
            let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let text = format!("{}/{name}", target.text.trim_end_matches('/'));
            let lands = Word { text, certain: target.certain };
            if !name.is_empty() && !matches!(name, "." | "..") && source.certain {
                hits.extend(self.word(&lands, Touch::Remove));
            }
            match program {
                // A link to it is a second name to write it by.
                "ln" => hits.extend(self.word(source, Touch::Write)),
                "mv" | "Move-Item" => hits.extend(self.word(source, Touch::Remove)),
                _ => {}
            }
        }
    }

    /// Programs that write only what an output option names.
    fn outputs(&self, rest: &[Word], hits: &mut Vec<Hit>) {
        const OPTIONS: &[&str] = &[
            "-o",
            "-O",
            "-f",
            "-cf",
            "cf",
            "czf",
            "-czf",
            "--output",
            "--output-document",
            "--file",
            "-i",
            "--inplace",
        ];
        for pair in rest.windows(2).filter(|pair| OPTIONS.contains(&&*pair[0].text)) {
            hits.extend(self.word(&pair[1], Touch::Write));
        }
        let inplace = rest.iter().any(|w| in_place(&w.text) || w.text == "--inplace");
        for word in rest {
            let attached = word.text.strip_prefix("-o").or_else(|| {
                word.text.strip_prefix("--").and_then(|t| t.split_once('=')).map(|(_, value)| value)
            });
            if let Some(value) = attached.filter(|value| !value.is_empty()) {
                hits.extend(
                    self.word(&Word { text: value.to_owned(), ..word.clone() }, Touch::Write),
                );
            }
            if inplace && !word.text.starts_with('-') {
                hits.extend(self.word(word, Touch::Write));
            }
        }
    }
}

fn in_place(option: &str) -> bool {
    option.starts_with("-i")
        || option.starts_with("--in-place")
        || option.len() < 6
            && option.starts_with('-')
            && !option.starts_with("--")
            && option[1..].chars().take_while(|c| c.is_ascii_alphabetic()).any(|c| c == 'i')
}

fn extracts(rest: &[Word]) -> bool {
    rest.first().is_some_and(|w| !w.text.starts_with("--") && w.text.contains('x'))
        || rest.iter().any(|w| matches!(&*w.text, "-x" | "--extract" | "--get"))
}

/// `portcullis install` and `uninstall` change the wiring.
fn wiring(program: &Word, rest: &[Word]) -> Option<Hit> {
    let verb = rest.iter().find(|word| !word.text.starts_with('-'))?;
    let help = rest.iter().any(|word| matches!(&*word.text, "--help" | "-h"));
    let changes = matches!(&*verb.text, "install" | "uninstall") && !help;
    changes.then(|| Hit {
        rule: "protect-wiring",
        what: format!("the wiring (`{} {}`)", program.text, verb.text),
        why: "it decides whether the gates are called at all",
    })
}
