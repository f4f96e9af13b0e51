//! Which commands are guarded actions: a look-up in the table compiled from `gates/actions/`.

use std::path::PathBuf;

use memchr::memmem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::folder::moved;
use super::options::{Arg, Args};
use super::table::{Program, Tools, Verb, found};
use super::user::Rows;
use super::{Reading, SimpleCommand, Word, glob};

/// What a guarded action does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
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
    /// Switches off or goes round what guards the project.
    GuardTamper,
    /// Shows a secret.
    SecretRead,
}

impl ActionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Commit,
        Self::Push,
        Self::Publish,
        Self::Release,
        Self::Deploy,
        Self::Destroy,
        Self::GuardTamper,
        Self::SecretRead,
    ];

    /// The word used in the policy, the journal and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Push => "push",
            Self::Publish => "publish",
            Self::Release => "release",
            Self::Deploy => "deploy",
            Self::Destroy => "destroy",
            Self::GuardTamper => "guard-tamper",
            Self::SecretRead => "secret-read",
        }
    }

    /// Whether gates must have passed before it: push, publish, release and deploy.
    pub const fn is_boundary(self) -> bool {
        matches!(self, Self::Push | Self::Publish | Self::Release | Self::Deploy)
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
    /// The words of the command that make it the action: the operands that the row's patterns
    /// fit. Empty when the verb alone does.
    pub objects: Vec<usize>,
    /// What is lost by it, as the table says it; may be empty.
    pub loses: &'static str,
}

/// One row of the table, for those who list or test it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// One of the names of the program.
    pub program: &'static str,
    /// Options of the program that take a value.
    pub values: &'static [&'static str],
    /// The verb; may be several words or empty.
    pub verb: &'static str,
    /// What it does.
    pub kind: ActionKind,
    /// Options with which it is not the action.
    pub dry: &'static [&'static str],
    /// Options of which it needs one to be the action; empty when it needs none.
    pub needs: &'static [&'static str],
    /// Patterns of operands; empty when any will do.
    pub operands: &'static [&'static str],
    /// Variables that are set in front of it; empty when none are needed.
    pub assigns: &'static [&'static str],
    /// Whether it is the action only without operands.
    pub bare: bool,
    /// Arguments after the verb that meet the row's conditions.
    pub example: Option<&'static str>,
}

/// One row of the table about tools of MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolRow {
    /// The form of the tool's name.
    pub pattern: &'static str,
    /// What it does.
    pub kind: ActionKind,
    /// True when what goes out is in the call and in no tree.
    pub unseen: bool,
}

/// Words without one of which no line holds an action of a group of kinds.
struct Words {
    /// One of these stands in the line.
    hints: &'static [&'static str],
    /// Where the hints with each first byte begin.
    first: [u16; 257],
    /// The programs of the group.
    names: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/actions.rs"));

/// The table, a row for each name of each program and verb.
pub fn rows() -> impl Iterator<Item = Row> {
    PROGRAMS.iter().flat_map(|program| {
        program.names.iter().flat_map(|name| {
            program.verbs.iter().map(|verb| Row {
                program: name,
                values: program.values,
                verb: verb.text,
                kind: verb.kind,
                dry: verb.dry,
                needs: verb.needs,
                operands: verb.operands,
                assigns: verb.assigns,
                bare: verb.bare,
                example: verb.example,
            })
        })
    })
}

/// The table of the tools of MCP servers.
pub fn tool_rows() -> impl Iterator<Item = ToolRow> {
    TOOLS.iter().flat_map(|row| {
        row.patterns.iter().map(|pattern| ToolRow { pattern, kind: row.kind, unseen: row.unseen })
    })
}

/// The row that a tool's name (`mcp__server__tool`) fits; rows of the user come first.
pub fn tool_action(tool: &str, rows: &Rows) -> Option<ToolRow> {
    rows.tools().chain(tool_rows()).find(|row| glob::fits(row.pattern, tool))
}

/// The guarded actions of a reading, in the order of its commands.
pub fn actions(reading: &Reading) -> Vec<Action> {
    actions_with(reading, &Rows::default())
}

/// As [`actions`], with rows of the policy beside the table's.
pub fn actions_with(reading: &Reading, rows: &Rows) -> Vec<Action> {
    let mut actions = Vec::new();
    // A long line runs few programs many times.
    let mut looked_up: Vec<(&str, Vec<(&Program, &'static str)>)> = Vec::new();
    for (index, command) in reading.commands.iter().enumerate() {
        let first = actions.len();
        if !command.writes.is_empty() {
            redirections(index, command, &mut actions);
        }
        let Some(name) = command.program() else { continue };
        let at = looked_up.iter().position(|(other, _)| *other == name).unwrap_or_else(|| {
            let programs = PROGRAMS.iter().chain(rows.programs()).filter_map(|program| {
                let known = program.names.iter().find(|known| **known == name)?;
                Some((program, *known))
            });
            looked_up.push((name, programs.collect()));
            looked_up.len() - 1
        });
        for (program, known) in &looked_up[at].1 {
            look(index, command, program, known, &mut actions);
        }
        // The order of the kinds, whatever the order of the rows.
        actions[first..].sort_by_key(|action| action.kind);
    }
    actions
}

/// The name under which the table holds what redirections write.
const REDIRECT: &str = "redirect";

/// Adds the actions that the redirections of a command are.
fn redirections(index: usize, command: &SimpleCommand, actions: &mut Vec<Action>) {
    let words =
        std::iter::once(Word::known(REDIRECT)).chain(command.writes.iter().cloned()).collect();
    let written = SimpleCommand { words, dir: command.dir.clone(), ..SimpleCommand::default() };
    let first = actions.len();
    for program in PROGRAMS.iter().filter(|program| program.names.contains(&REDIRECT)) {
        look(index, &written, program, REDIRECT, actions);
    }
    for action in &mut actions[first..] {
        // They count words that the command does not have.
        action.args = 0;
        action.objects.clear();
    }
}

/// Adds the actions of a command by the rows of one program: for each kind the longest verb.
fn look(
    index: usize,
    command: &SimpleCommand,
    program: &Program,
    name: &'static str,
    actions: &mut Vec<Action>,
) {
    let mut best: Vec<(&Verb, usize, Vec<usize>)> = Vec::new();
    for verb in program.verbs {
        let Some((args, objects)) = found(program, verb, command) else { continue };
        match best.iter_mut().find(|(other, ..)| other.kind == verb.kind) {
            Some(other) if other.0.words.len() < verb.words.len() => *other = (verb, args, objects),
            Some(_) => {}
            None => best.push((verb, args, objects)),
        }
    }
    actions.extend(best.into_iter().map(|(verb, args, objects)| Action {
        kind: verb.kind,
        command: index,
        program: name,
        verb: verb.text,
        args,
        dir: folder(program, command),
        objects,
        loses: verb.loses,
    }));
}

/// Why it cannot be told whether a command of the table is one of its actions; `None` when it can.
pub(super) fn unknown_verb(command: &SimpleCommand) -> Option<String> {
    if command.words.iter().all(|word| word.certain) {
        return None;
    }
    let name = command.program()?;
    let program = PROGRAMS.iter().find(|program| program.names.contains(&name))?;
    // What destroys, shows a secret or goes round a guard is judged on what the line says; asking about
    // every word that is not known there would stop innocent lines.
    let mut verbs = program
        .verbs
        .iter()
        .filter(|verb| verb.kind.is_boundary() || verb.kind == ActionKind::Commit);
    if verbs.clone().any(|verb| found(program, verb, command).is_some()) {
        return None;
    }
    verbs.any(|verb| may_be(program, verb, command)).then(|| {
        format!("what {name} is told to do comes from an expansion that the line does not give")
    })
}

/// Whether a word that is not known may make the command this verb: it may be any number of the
/// verb's words, or the option that the verb needs.
fn may_be(program: &Program, verb: &Verb, command: &SimpleCommand) -> bool {
    // After each operand: which counts of the verb's words may have been seen.
    let count = verb.words.len();
    let mut seen = vec![false; count + 1];
    seen[0] = true;
    let mut hole = false;
    for arg in Args::new(&command.words, 1, vec![program.values, verb.values]) {
        let Arg::Operand(at) = arg else {
            if arg.is("--help") {
                return false;
            }
            continue;
        };
        let Some(word) = command.words.get(at) else { continue };
        if !word.certain {
            // What stands behind the whole verb matters only when an option is missing.
            // `app:$TAG` is no option.
            let option = word.text.is_empty() || word.text.starts_with('-');
            hole |= !verb.needs.is_empty() && option || !seen[count];
            for index in 0..count {
                seen[index + 1] |= seen[index];
            }
            continue;
        }
        for index in (0..count).rev() {
            let moved = seen[index] && verb.words[index] == word.text;
            seen[index + 1] = seen[index + 1] && index + 1 == count || moved;
            seen[index] &= index == count || verb.anywhere;
        }
    }
    hole && seen[count]
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
    BOUNDARY.hinted(text)
}

/// As [`hints_boundary`], for the actions of one kind; a boundary's kinds are asked for together.
pub fn hints(kind: ActionKind, text: &[u8]) -> bool {
    match kind {
        ActionKind::Commit => COMMIT.hinted(text),
        ActionKind::Destroy => DESTROY.hinted(text),
        ActionKind::GuardTamper => TAMPER.hinted(text),
        ActionKind::SecretRead => SECRET.hinted(text),
        ActionKind::Push | ActionKind::Publish | ActionKind::Release | ActionKind::Deploy => {
            BOUNDARY.hinted(text)
        }
    }
}

impl Words {
    /// Both lists are sorted.
    const fn new(hints: &'static [&'static str], names: &'static [&'static str]) -> Self {
        let mut first = [0; 257];
        let (mut byte, mut at) = (0, 0);
        while byte < first.len() {
            while at < hints.len() && (hints[at].as_bytes()[0] as usize) < byte {
                at += 1;
            }
            first[byte] = at as u16;
            byte += 1;
        }
        Self { hints, first, names }
    }

    fn hinted(&self, text: &[u8]) -> bool {
        // Nearly all command lines are short; this is asked of every one of them.
        let hints_stand = match text.len() <= SMALL {
            true => text.iter().enumerate().any(|(start, byte)| {
                let from = usize::from(self.first[usize::from(*byte)]);
                let to = usize::from(self.first[usize::from(*byte) + 1]);
                self.hints[from..to].iter().any(|word| holds_at(text, start, word.as_bytes()))
            }),
            false => stand(text, self.hints),
        };
        hints_stand
            || memchr::memchr3(b'$', b'`', b'{', text).is_some()
                && (stand(text, self.names)
                    || stand(text, &["/dev/stdin", "base64", "eval", "source"]))
    }
}

/// Whether one of the words, which are sorted, stands in the text as it is or with quotes and
/// backslashes inside.
fn stand(text: &[u8], words: &[&str]) -> bool {
    if text.len() <= SMALL {
        return text.iter().enumerate().any(|(start, byte)| {
            let from = words.partition_point(|word| word.as_bytes()[0] < *byte);
            let same = words[from..].iter().take_while(|word| word.as_bytes()[0] == *byte);
            { same }.any(|word| holds_at(text, start, word.as_bytes()))
        });
    }
    if text.len() > LARGE {
        return stands_in_large(text, words);
    }
    let plain = |word: &&str| match word.len() {
        ..=SHORT => holds(text, word.as_bytes()),
        _ => memmem::find(text, word.as_bytes()).is_some(),
    };
    words.iter().any(plain) || straddles(text, words)
}

/// Texts up to this length, in bytes, are walked once with a search of the words for each byte:
/// nearly all command lines are shorter, and a search for each of some three hundred words costs
/// more (counted with callgrind: 25,000 instructions for `ls -la src`).
const SMALL: usize = 256;

/// Texts over this length, in bytes, are walked once for all words instead of once for each.
const LARGE: usize = 16 << 10;

fn stands_in_large(text: &[u8], words: &[&str]) -> bool {
    // For each first byte, where its words begin and how many there are.
    let mut index = [(0_usize, 0_usize); 256];
    for (at, word) in words.iter().enumerate() {
        let slot = &mut index[usize::from(word.as_bytes()[0])];
        *slot = (if slot.1 == 0 { at } else { slot.0 }, slot.1 + 1);
    }
    text.iter().enumerate().any(|(start, byte)| {
        let (from, count) = index[usize::from(*byte)];
        words[from..from + count].iter().any(|word| holds_at(text, start, word.as_bytes()))
    })
}

/// Whether one of the words has a quote or backslash inside of it. One pass over the text: the
/// words are only tried where a quote follows on a letter.
fn straddles(text: &[u8], words: &[&str]) -> bool {
    memchr::memchr3_iter(b'\'', b'"', b'\\', text).any(|quote| {
        let quote = if quote > 0 && text[quote - 1] == b'$' { quote - 1 } else { quote };
        let inside = |byte: &&u8| byte.is_ascii_graphic() && !matches!(byte, b'\'' | b'"' | b'\\');
        let back = text[..quote].iter().rev().take(LONGEST_HINT).take_while(inside).count();
        (quote - back..quote).any(|start| {
            let first = text[start];
            let from = words.partition_point(|word| word.as_bytes()[0] < first);
            let same = words[from..].iter().take_while(|word| word.as_bytes()[0] == first);
            same.into_iter()
                .any(|word| word.len() > SHORT && holds_at(text, start, word.as_bytes()))
        })
    })
}

/// Longest part of a word in front of its first quote that is looked at, in bytes.
const LONGEST_HINT: usize = 48;

/// Words up to this length are looked for as words of their own.
const SHORT: usize = 3;

/// Finds `word` as a word of its own or a part of one, looking through quotes and backslashes.
/// Words of up to [`SHORT`] letters must not have a letter or digit beside them.
fn holds(text: &[u8], word: &[u8]) -> bool {
    memchr::memchr_iter(word[0], text).any(|start| holds_at(text, start, word))
}

#[inline]
fn holds_at(text: &[u8], start: usize, word: &[u8]) -> bool {
    // Nearly every start is refused by its second byte; the rest need not be looked at then.
    if let (Some(&byte), Some(&second)) = (text.get(start + 1), word.get(1))
        && byte != second
        && !matches!(byte, b'\'' | b'"' | b'\n' | b'\r' | b'\\' | b'$')
    {
        return false;
    }
    let alone = word.len() <= SHORT;
    let before = |back: usize| start.checked_sub(back).and_then(|at| text.get(at));
    // In JSON, the `n` of `\nrm` belongs to the line break.
    let escape = matches!(before(1), Some(b'n' | b't' | b'r')) && before(2) == Some(&b'\\');
    if alone && !escape && before(1).is_some_and(u8::is_ascii_alphanumeric) {
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
}
