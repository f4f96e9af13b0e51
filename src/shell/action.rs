//! Which commands are guarded actions: a look-up in the table compiled from `gates/actions.yaml`.

use std::path::PathBuf;

use memchr::memmem;

use super::options::{Arg, Args};
use super::tree::moved;
use super::{Reading, SimpleCommand};

/// What a guarded action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// Records a change in the local repository.
    Commit,
    /// Sends commits, or has a forge merge them.
    Push,
    /// Puts a package or an image into a registry.
    Publish,
    /// Makes a release that others see.
    Release,
    /// Changes what runs somewhere.
    Deploy,
    /// Takes away what cannot be brought back.
    Destroy,
}

impl ActionKind {
    /// The word used in the policy, the journal and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Push => "push",
            Self::Publish => "publish",
            Self::Release => "release",
            Self::Deploy => "deploy",
            Self::Destroy => "destroy",
        }
    }
}

/// Something a boundary guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it does.
    pub kind: ActionKind,
    /// Index into [`Reading::commands`].
    pub command: usize,
    /// The program, as the table names it.
    pub program: &'static str,
    /// The verb, as the table names it; empty when the program itself is the action.
    pub verb: &'static str,
    /// Index of the first word after the verb.
    pub args: usize,
    /// The folder it acts on: the line's `cd`s and options such as `git -C` applied. `None` when
    /// it cannot be told.
    pub dir: Option<PathBuf>,
}

/// One row of the table, for those who list or test it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// One of the names of the program.
    pub program: &'static str,
    /// The verb; may be several words or empty.
    pub verb: &'static str,
    /// What it does.
    pub kind: ActionKind,
    /// Options with which it is not the action.
    pub dry: &'static [&'static str],
    /// Options of which it needs one to be the action; empty when it needs none.
    pub needs: &'static [&'static str],
}

/// A program of the table.
struct Program {
    names: &'static [&'static str],
    values: &'static [&'static str],
    folder: &'static [&'static str],
    verbs: &'static [Verb],
}

/// A verb of a program.
struct Verb {
    text: &'static str,
    words: &'static [&'static str],
    kind: ActionKind,
    dry: &'static [&'static str],
    values: &'static [&'static str],
    needs: &'static [&'static str],
    anywhere: bool,
}

include!(concat!(env!("OUT_DIR"), "/actions.rs"));

/// The table, a row for each name of each program and verb.
pub fn rows() -> impl Iterator<Item = Row> {
    PROGRAMS.iter().flat_map(|program| {
        program.names.iter().flat_map(|name| {
            program.verbs.iter().map(|verb| Row {
                program: name,
                verb: verb.text,
                kind: verb.kind,
                dry: verb.dry,
                needs: verb.needs,
            })
        })
    })
}

/// The guarded actions of a reading, in the order of its commands.
pub fn actions(reading: &Reading) -> Vec<Action> {
    reading
        .commands
        .iter()
        .enumerate()
        .filter_map(|(index, command)| action(index, command))
        .collect()
}

fn program(command: &SimpleCommand) -> Option<(&'static Program, &'static str)> {
    let name = command.program()?;
    PROGRAMS.iter().find_map(|program| {
        program.names.iter().find(|known| **known == name).map(|known| (program, *known))
    })
}

/// Why the verb of a command of the table cannot be told; `None` when it can.
pub(super) fn unknown_verb(command: &SimpleCommand) -> Option<String> {
    let (program, name) = program(command)?;
    let verb = Args::new(&command.words, 1, vec![program.values])
        .find_map(|arg| if let Arg::Operand(at) = arg { command.words.get(at) } else { None })?;
    (!verb.certain).then(|| {
        format!("what {name} is told to do comes from an expansion that the line does not give")
    })
}

fn action(index: usize, command: &SimpleCommand) -> Option<Action> {
    let (program, name) = program(command)?;
    let (verb, args) = program
        .verbs
        .iter()
        .filter_map(|verb| Some((verb, found(program, verb, command)?)))
        .max_by_key(|(verb, _)| verb.words.len())?;
    Some(Action {
        kind: verb.kind,
        command: index,
        program: name,
        verb: verb.text,
        args,
        dir: folder(program, command),
    })
}

/// The index after the verb, when the command is this verb and not a dry run of it.
fn found(program: &Program, verb: &Verb, command: &SimpleCommand) -> Option<usize> {
    let words = &command.words;
    let mut wanted = verb.words.iter();
    let mut next = wanted.next();
    let mut after = 1;
    let mut dry = false;
    let mut needs = verb.needs.is_empty();
    let mut args = Args::new(words, 1, vec![program.values]);
    loop {
        let arg = args.next();
        match arg {
            None => break,
            Some(Arg::Operand(at)) => {
                let Some(expected) = next else { continue };
                let word = words.get(at).filter(|word| word.certain)?;
                let same = word.text == *expected
                    || verb.anywhere
                        && word.text.strip_suffix(expected).is_some_and(|path| path.ends_with(':'));
                if same {
                    next = wanted.next();
                    after = at + 1;
                    if next.is_none() {
                        // Its own options begin here; before it `-n` may mean something else.
                        args = Args::new(words, after, vec![program.values, verb.values]);
                    }
                } else if !verb.anywhere {
                    return None;
                }
            }
            Some(flag @ Arg::Flag { name, value, .. }) => {
                let valued = |option: &str| {
                    program.values.contains(&option) || verb.values.contains(&option)
                };
                if flag.is("--help")
                    || flag.is("-h") && !valued("-h")
                    || after == 1 && flag.is("--version") && !valued("--version")
                {
                    return None;
                }
                if next.is_some() && !verb.anywhere {
                    continue;
                }
                if verb.dry.iter().any(|option| flag.is(option)) {
                    dry = !matches!(value, Some("none" | "false" | "0"));
                } else if name.strip_prefix("--no-").is_some_and(|plain| {
                    verb.dry.iter().any(|option| option.strip_prefix("--") == Some(plain))
                }) {
                    dry = false;
                }
                needs |= verb.needs.iter().any(|option| flag.is(option));
            }
        }
    }
    (next.is_none() && !dry && needs).then_some(after)
}

fn folder(program: &Program, command: &SimpleCommand) -> Option<PathBuf> {
    let mut dir = command.dir.clone();
    if !program.folder.is_empty() {
        let args = Args::new(&command.words, 1, vec![program.values]);
        // Git moves before its verb only; after it `-C` reuses a message.
        for arg in args {
            match arg {
                Arg::Flag { value, .. } if program.folder.iter().any(|option| arg.is(option)) => {
                    dir = value.and_then(|value| moved(dir.as_deref(), value));
                }
                Arg::Operand(_) if program.names[0] == "git" => break,
                _ => {}
            }
        }
    }
    // The home folder is not the reader's to know.
    dir.filter(|dir| !dir.starts_with("~"))
}

/// Whether a text holds a word that pushes, publishes, releases or deploys. A superset of what
/// [`actions`] finds; allocates nothing and cannot fail, because it decides what a failure means.
///
/// The words come from the table, and quotes and backslashes inside of them are looked through
/// (`pu''sh`). Where a word may be put together by an expansion (`$a$b`, `{pu,}sh`, `$'\x70ush'`),
/// the name of a program of the table or a word that runs text as code is enough. Not seen:
/// - both the program and the verb put together from parts by expansions;
/// - code that comes from a file, an environment variable, an alias or another program;
/// - programs and verbs that the table does not hold.
pub fn hints_boundary(text: &[u8]) -> bool {
    if HINTS.iter().any(|hint| memmem::find(text, hint.as_bytes()).is_some()) {
        return true;
    }
    let quotes = memchr::memchr3(b'\'', b'"', b'\\', text).is_some();
    if quotes && HINTS.iter().any(|hint| holds(text, hint.as_bytes())) {
        return true;
    }
    memchr::memchr3(b'$', b'`', b'{', text).is_some()
        && [NAMES, &["eval", "base64", "source", "/dev/stdin"]]
            .iter()
            .flat_map(|list| list.iter())
            .any(|name| holds(text, name.as_bytes()))
}

/// Finds `word` as a word of its own or a part of one, looking through quotes and backslashes.
/// Names of up to three letters must not have a letter or digit beside them.
fn holds(text: &[u8], word: &[u8]) -> bool {
    let alone = word.len() <= 3;
    memchr::memchr_iter(word[0], text).any(|start| {
        let before = start.checked_sub(1).and_then(|at| text.get(at));
        if alone && before.is_some_and(u8::is_ascii_alphanumeric) {
            return false;
        }
        let mut at = start + 1;
        for &wanted in &word[1..] {
            loop {
                match text.get(at) {
                    Some(&byte) if byte == wanted => break at += 1,
                    Some(b'\'' | b'"' | b'\n' | b'\r') => at += 1,
                    // In JSON a continued line is `\\` and `\n`.
                    Some(b'\\') => {
                        at += if text.get(at + 1) == Some(&b'n') && wanted != b'n' { 2 } else { 1 }
                    }
                    Some(b'$') if matches!(text.get(at + 1), Some(b'\'' | b'"' | b'\\')) => at += 1,
                    _ => return false,
                }
            }
        }
        !alone || !text.get(at).is_some_and(u8::is_ascii_alphanumeric)
    })
}
