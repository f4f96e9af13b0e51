//! The form of the action table, and whether a command fits a row of it.

use std::borrow::Cow;

use super::action::ActionKind;
use super::options::{Arg, Args};
use super::{SimpleCommand, Word, glob};

/// A program of the table. `gates/actions/README.md` says what each field means.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) names: &'static [&'static str],
    pub(super) values: &'static [&'static str],
    pub(super) folder: &'static [&'static str],
    pub(super) verbs: &'static [Verb],
}

/// A verb of a program.
#[derive(Debug, Clone)]
pub(super) struct Verb {
    pub(super) text: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) kind: ActionKind,
    pub(super) dry: &'static [&'static str],
    pub(super) values: &'static [&'static str],
    pub(super) needs: &'static [&'static str],
    pub(super) also: &'static [&'static str],
    pub(super) operands: &'static [&'static str],
    pub(super) except: &'static [&'static str],
    pub(super) last: &'static [&'static str],
    pub(super) contains: &'static [&'static str],
    pub(super) lacks: &'static [&'static str],
    pub(super) assigns: &'static [&'static str],
    pub(super) least: usize,
    pub(super) anywhere: bool,
    pub(super) bare: bool,
    pub(super) loses: &'static str,
    pub(super) example: Option<&'static str>,
}

/// Tools of MCP servers.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) patterns: &'static [&'static str],
    pub(super) kind: ActionKind,
    pub(super) unseen: bool,
}

/// The index after the verb and the words that fit the row's patterns, when the command is this
/// verb and not a dry run of it.
pub(super) fn found(
    program: &Program,
    verb: &Verb,
    command: &SimpleCommand,
) -> Option<(usize, Vec<usize>)> {
    if !verb.assigns.is_empty() && !assigned(verb, command) {
        return None;
    }
    let words = &command.words;
    let mut wanted = verb.words.iter();
    let mut next = wanted.next();
    let mut after = 1;
    let (mut dry, mut needs, mut also) = (false, verb.needs.is_empty(), verb.also.is_empty());
    let mut operands = Vec::new();
    let mut args = Args::new(words, 1, vec![program.values, own_values(verb, next)]);
    loop {
        match args.next() {
            None => break,
            Some(Arg::Operand(at)) => {
                let Some(expected) = next else {
                    operands.push(at);
                    continue;
                };
                let word = words.get(at).filter(|word| word.certain)?;
                let same = word.text == *expected
                    || verb.anywhere && word.text.strip_prefix('+') == Some(expected)
                    || verb.anywhere
                        && word.text.strip_suffix(expected).is_some_and(|path| path.ends_with(':'));
                if same {
                    next = wanted.next();
                    after = at + 1;
                    if next.is_none() || !verb.values.is_empty() {
                        // Its own options begin here; before it `-n` may mean something else.
                        args = Args::new(words, after, vec![program.values, verb.values]);
                    }
                } else if !verb.anywhere {
                    return None;
                }
            }
            Some(flag @ Arg::Flag { name, value, .. }) => {
                if is_help(&flag, program, verb, after) {
                    return None;
                }
                if next.is_some() && !verb.anywhere {
                    continue;
                }
                if let Some(option) = verb.dry.iter().find(|option| is(&flag, option)) {
                    let off = matches!(value, Some("none" | "false" | "0"));
                    dry = option.contains('=') || !off;
                } else if name.strip_prefix("--no-").is_some_and(|plain| {
                    verb.dry.iter().any(|option| option.strip_prefix("--") == Some(plain))
                }) {
                    dry = false;
                }
                needs |= verb.needs.iter().any(|option| is(&flag, option));
                also |= verb.also.iter().any(|option| is(&flag, option));
            }
        }
    }
    if next.is_some() || dry || !needs || !also {
        return None;
    }
    // `aws s3 sync help`.
    let helps = matches!(program.names.first(), Some(&("aws" | "doctl" | "fly")));
    if helps && words.last().is_some_and(|word| word.text == "help") {
        return None;
    }
    objects(verb, command, &operands).map(|objects| (after, objects))
}

/// Where the program itself is the action, its options begin at once.
fn own_values(verb: &Verb, next: Option<&&str>) -> &'static [&'static str] {
    if next.is_none() { verb.values } else { &[] }
}

fn is_help(flag: &Arg<'_>, program: &Program, verb: &Verb, after: usize) -> bool {
    let Arg::Flag { name, .. } = flag else { return false };
    let valued = |option: &str| program.values.contains(&option) || verb.values.contains(&option);
    // In a cluster such as `-avzh` the letter means something else.
    flag.is("--help")
        || *name == "-help"
        || *name == "-h" && !valued("-h")
        || after == 1 && flag.is("--version") && !valued("--version")
}

/// Whether a flag is what a row names: `-x`, `--name`, or with a pattern of its value `-X=PUT`.
fn is(flag: &Arg<'_>, option: &str) -> bool {
    let Arg::Flag { name, value, .. } = flag else { return false };
    // `-delete` of find is one option, although it looks like a cluster.
    if flag.is(option) || *name == option {
        return true;
    }
    let Some((option, pattern)) = option.split_once('=') else { return false };
    flag.is(option) && value.is_some_and(|value| glob::fits_any_case(pattern, value))
}

fn assigned(verb: &Verb, command: &SimpleCommand) -> bool {
    command.assignments.iter().any(|(name, value)| {
        let text = format!("{name}={}", value.text);
        verb.assigns.iter().any(|pattern| glob::fits(pattern, &text))
    })
}

/// The operands that the row's patterns fit; `None` when the row asks for some and there are none.
fn objects(verb: &Verb, command: &SimpleCommand, operands: &[usize]) -> Option<Vec<usize>> {
    let words = &command.words;
    if verb.bare && !operands.is_empty() || operands.len() < verb.least {
        return None;
    }
    let fits = |patterns: &[&str], at: usize| {
        let text = normal(&words[at]);
        patterns.iter().any(|pattern| glob::fits(pattern, &text))
    };
    let mut objects = Vec::new();
    if !verb.operands.is_empty() {
        objects.extend(
            operands
                .iter()
                .copied()
                .filter(|&at| fits(verb.operands, at) && !fits(verb.except, at)),
        );
        if objects.is_empty() {
            return None;
        }
    }
    if !verb.last.is_empty() {
        let at = *operands.last()?;
        if !fits(verb.last, at) || fits(verb.except, at) {
            return None;
        }
        objects.push(at);
    }
    if !verb.contains.is_empty() || !verb.lacks.is_empty() {
        let text = said(command);
        let holds = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        if !verb.contains.is_empty() && !holds(verb.contains) || holds(verb.lacks) {
            return None;
        }
    }
    Some(objects)
}

/// An operand as patterns see it: without a leading `./` and a slash at its end. In front of a word
/// that is known in part only stands a `$`.
fn normal(word: &Word) -> Cow<'_, str> {
    let text = word.text.as_str();
    if !word.certain {
        return Cow::Owned(format!("${text}"));
    }
    let mut text = text;
    while let Some(rest) = text.strip_prefix("./").filter(|rest| !rest.is_empty()) {
        text = rest.trim_start_matches('/');
    }
    let trimmed = text.trim_end_matches('/');
    Cow::Borrowed(if trimmed.is_empty() { text } else { trimmed })
}

/// All arguments and what is read, in lower case, blanks as one space each, so that phrases of SQL can be
/// looked for.
fn said(command: &SimpleCommand) -> String {
    let mut text = String::new();
    let words = command.words.iter().skip(1).map(|word| word.text.as_str());
    for part in words.chain(command.input.as_deref()).flat_map(str::split_whitespace) {
        text.push(' ');
        text.push_str(&part.to_lowercase());
    }
    text
}
