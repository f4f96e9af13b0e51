//! Compiles `gates/actions.yaml` into the table of guarded actions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_saphyr::Spanned;

const FILE: &str = "gates/actions.yaml";

/// Shortest word that is worth looking for; shorter ones stand in every second text.
const SHORTEST_HINT: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    names: Spanned<Vec<String>>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    folder: Vec<String>,
    verbs: Vec<Verb>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verb {
    verb: Spanned<String>,
    kind: Spanned<String>,
    #[serde(default)]
    dry: Vec<String>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    anywhere: bool,
}

/// Writes the table to `actions.rs` in `out`.
pub(crate) fn compile(out: &Path) -> anyhow::Result<()> {
    print_rerun();
    let text = std::fs::read_to_string(FILE).with_context(|| format!("cannot read {FILE}"))?;
    let programs: Vec<Program> =
        serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{FILE}: {error}"))?;
    check(&programs)?;
    std::fs::write(out.join("actions.rs"), source(&programs)?)
        .with_context(|| format!("cannot write actions.rs in {}", out.display()))
}

#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
fn print_rerun() {
    println!("cargo::rerun-if-changed={FILE}");
}

fn check(programs: &[Program]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for program in programs {
        let line = program.names.defined.line();
        if program.names.value.is_empty() {
            bail!("{FILE}:{line}: names: is empty; give the program's name");
        }
        for name in &program.names.value {
            if !seen.insert(name) {
                bail!("{FILE}:{line}: names: {name} has an entry already; add the verbs there");
            }
        }
        if program.verbs.is_empty() {
            bail!("{FILE}:{line}: verbs: is empty; name a verb or remove the program");
        }
        if let Some(option) = program.folder.iter().find(|o| !program.values.contains(o)) {
            bail!("{FILE}:{line}: folder: {option} takes a value; list it under values too");
        }
        options(&program.values, "values", line)?;
        let mut verbs = BTreeSet::new();
        for verb in &program.verbs {
            let line = verb.verb.defined.line();
            let text = &verb.verb.value;
            if text.split_whitespace().collect::<Vec<_>>().join(" ") != *text {
                bail!("{FILE}:{line}: verb: {text:?} has stray blanks; one blank between words");
            }
            if !verbs.insert(text) {
                bail!("{FILE}:{line}: verb: {text:?} is listed twice; keep one");
            }
            if verb.anywhere && (text.is_empty() || text.contains(' ')) {
                bail!("{FILE}:{line}: anywhere: needs a verb of one word, not {text:?}");
            }
            variant(&verb.kind)?;
            for (field, list) in
                [("dry", &verb.dry), ("values", &verb.values), ("needs", &verb.needs)]
            {
                options(list, field, line)?;
            }
        }
    }
    Ok(())
}

fn options(list: &[String], field: &str, line: u64) -> anyhow::Result<()> {
    match list
        .iter()
        .find(|option| option.len() < 2 || !option.starts_with('-') || option.contains('='))
    {
        Some(option) => {
            bail!("{FILE}:{line}: {field}: {option:?} is no option; write -x or --name")
        }
        None => Ok(()),
    }
}

fn variant(kind: &Spanned<String>) -> anyhow::Result<&'static str> {
    Ok(match kind.value.as_str() {
        "commit" => "Commit",
        "push" => "Push",
        "publish" => "Publish",
        "release" => "Release",
        "deploy" => "Deploy",
        "destroy" => "Destroy",
        other => bail!(
            "{FILE}:{}: kind: {other:?} is not known; one of commit, push, publish, release, deploy, destroy",
            kind.defined.line()
        ),
    })
}

fn source(programs: &[Program]) -> anyhow::Result<String> {
    let mut code = String::from("static PROGRAMS: &[Program] = &[\n");
    for program in programs {
        writeln!(
            code,
            "    Program {{ names: &{:?}, values: &{:?}, folder: &{:?}, verbs: &[",
            program.names.value, program.values, program.folder
        )?;
        for verb in &program.verbs {
            let words: Vec<&str> = verb.verb.value.split_whitespace().collect();
            writeln!(
                code,
                "        Verb {{ text: {:?}, words: &{words:?}, kind: ActionKind::{}, dry: &{:?}, values: &{:?}, needs: &{:?}, anywhere: {} }},",
                verb.verb.value,
                variant(&verb.kind)?,
                verb.dry,
                verb.values,
                verb.needs,
                verb.anywhere
            )?;
        }
        code.push_str("    ] },\n");
    }
    code.push_str("];\n");
    let guarded: Vec<Guarded<'_>> = programs
        .iter()
        .map(|program| Guarded {
            names: &program.names.value,
            verbs: program
                .verbs
                .iter()
                .filter(|verb| !matches!(verb.kind.value.as_str(), "commit" | "destroy"))
                .map(|verb| verb.verb.value.split_whitespace().collect())
                .collect(),
        })
        .filter(|program| !program.verbs.is_empty())
        .collect();
    writeln!(code, "static HINTS: &[&str] = &{:?};", hints(&guarded))?;
    let names: BTreeSet<&String> = guarded.iter().flat_map(|program| program.names).collect();
    let names: Vec<&String> = names.into_iter().collect();
    writeln!(code, "static NAMES: &[&str] = &{names:?};")?;
    Ok(code)
}

/// A program's boundary verbs, each as its words.
struct Guarded<'p> {
    names: &'p [String],
    verbs: Vec<Vec<&'p str>>,
}

/// A small set of words such that every boundary verb's line holds one: for each verb the word
/// that most verbs share, or all names of the program when its words are too short to look for.
fn hints<'p>(programs: &[Guarded<'p>]) -> Vec<&'p str> {
    let long = |word: &&&str| word.len() >= SHORTEST_HINT;
    let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
    for word in programs.iter().flat_map(|p| &p.verbs).flatten().filter(long) {
        *shared.entry(word).or_default() += 1;
    }
    let mut hints = BTreeSet::new();
    for program in programs {
        for verb in &program.verbs {
            match verb.iter().filter(long).max_by_key(|word| (shared.get(**word), **word)) {
                Some(word) => _ = hints.insert(*word),
                None if program.names.iter().all(|name| name.len() >= SHORTEST_HINT) => {
                    hints.extend(program.names.iter().map(String::as_str));
                }
                // Better too often than never: a short word is all there is.
                None => hints.extend(verb.last().copied()),
            }
        }
    }
    // `publish` needs no `publishPlugins` beside it.
    let all: Vec<&str> = hints.into_iter().collect();
    let covered = |word: &str| all.iter().any(|other| *other != word && word.contains(other));
    all.iter().copied().filter(|word| !covered(word)).collect()
}
