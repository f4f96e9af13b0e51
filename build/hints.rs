//! Derives from the action table the words without which a line cannot hold an action.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::actions::{Program, Tools, Verb};

/// Shortest word that is worth looking for as a part of others.
const LONG: usize = 4;

/// Words of verbs that stand in many lines of daily work: the program's name is the better hint.
const EVERYDAY: &[&str] = &[
    "diff", "flow", "hide", "init", "mirror", "post", "record", "rerun", "retry", "schedule",
    "send", "stack", "town", "version",
];

/// Groups of kinds that are asked for together: the name of the static, kinds, Rust names of them.
const GROUPS: &[(&str, &[&str], &[&str])] = &[
    (
        "BOUNDARY",
        &["push", "publish", "release", "deploy"],
        &["Push", "Publish", "Release", "Deploy"],
    ),
    ("COMMIT", &["commit"], &["Commit"]),
    ("DESTROY", &["destroy"], &["Destroy"]),
    ("TAMPER", &["guard-tamper"], &["GuardTamper"]),
    ("SECRET", &["secret-read"], &["SecretRead"]),
];

/// Writes a static for each group.
pub(crate) fn write(
    programs: &[Program],
    tools: &[Tools],
    code: &mut String,
) -> Result<(), std::fmt::Error> {
    for (name, kinds, variants) in GROUPS {
        let verbs: Vec<(&Program, &Verb)> = programs
            .iter()
            .flat_map(|program| program.verbs.iter().map(move |verb| (program, verb)))
            .filter(|(_, verb)| kinds.contains(&verb.kind.value.as_str()))
            .collect();
        let mut words = hints(&verbs);
        for pattern in tools.iter().filter(|t| variants.contains(&t.kind)).flat_map(|t| &t.patterns)
        {
            words.extend(literal(pattern));
        }
        // `publish` needs no `publishPlugins` beside it.
        let covered = |word: &str| {
            words.iter().any(|other| *other != word && other.len() >= LONG && word.contains(other))
        };
        let words: Vec<&&str> = words.iter().filter(|word| !covered(word)).collect();
        let names: BTreeSet<&String> =
            verbs.iter().flat_map(|(program, _)| &program.names).collect();
        writeln!(
            code,
            "static {name}: Words = Words::new(&{words:?}, &{:?});",
            names.into_iter().collect::<Vec<_>>()
        )?;
    }
    Ok(())
}

/// A small set of words such that every verb's line holds one of them: for each verb the word that
/// most verbs share; else the fixed parts of its operands or assignments; else the names of the
/// program.
fn hints<'p>(verbs: &[(&'p Program, &'p Verb)]) -> BTreeSet<&'p str> {
    let long = |word: &&str| word.len() >= LONG;
    let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
    for word in verbs.iter().flat_map(|(_, v)| v.verb.value.split_whitespace()).filter(long) {
        *shared.entry(word).or_default() += 1;
    }
    let mut hints = BTreeSet::new();
    for (program, verb) in verbs {
        let words = verb.verb.value.split_whitespace().filter(|word| !EVERYDAY.contains(word));
        if let Some(word) = words.filter(long).max_by_key(|word| (shared.get(word), *word)) {
            hints.insert(word);
            continue;
        }
        let fixed = [&verb.operands, &verb.last, &verb.assigns]
            .into_iter()
            .filter(|list| !list.is_empty())
            .find_map(|list| {
                list.iter().map(|pattern| literal(pattern)).collect::<Option<Vec<_>>>()
            });
        match fixed {
            Some(words) => hints.extend(words),
            None => hints.extend(program.names.iter().map(String::as_str)),
        }
    }
    hints
}

/// The longest part of a pattern that stands in the text as it is.
///
/// `~` may be written `$HOME`, `$` stands for an expansion and `[` begins a set.
fn literal(pattern: &str) -> Option<&str> {
    let fixed = pattern.split(['*', '?', '[', ']', '~', '$', '=']);
    fixed.filter(|part| part.len() >= LONG).max_by_key(|part| part.len())
}
