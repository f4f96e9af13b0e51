//! Compiles `gates/actions/*.yaml` into the table of guarded actions.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::hints;

const FOLDER: &str = "gates/actions";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    names: Option<Spanned<Vec<String>>>,
    tools: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    folder: Vec<String>,
    #[serde(default)]
    verbs: Vec<Verb>,
    kind: Option<Spanned<String>>,
    #[serde(default)]
    unseen: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verb {
    pub(crate) verb: Spanned<String>,
    pub(crate) kind: Spanned<String>,
    #[serde(default)]
    dry: Vec<String>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    pub(crate) operands: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    pub(crate) last: Vec<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    pub(crate) assigns: Vec<String>,
    #[serde(default)]
    least: usize,
    #[serde(default)]
    anywhere: bool,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    loses: String,
    example: Option<String>,
}

/// A program of the table with the file that it comes from.
pub(crate) struct Program {
    file: String,
    line: u64,
    pub(crate) names: Vec<String>,
    values: Vec<String>,
    folder: Vec<String>,
    pub(crate) verbs: Vec<Verb>,
}

/// Tools of MCP servers, by the form of their names.
pub(crate) struct Tools {
    pub(crate) patterns: Vec<String>,
    pub(crate) kind: &'static str,
    unseen: bool,
}

/// Writes the table to `actions.rs` in `out`.
pub(crate) fn compile(out: &Path) -> anyhow::Result<()> {
    print_rerun();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(FOLDER).with_context(|| format!("cannot read {FOLDER}"))? {
        let path = entry.with_context(|| format!("cannot read {FOLDER}"))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    let (mut programs, mut tools) = (Vec::new(), Vec::new());
    for path in files {
        let file = path.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let entries: Vec<Entry> =
            serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
        for entry in entries {
            sort(entry, &file, &mut programs, &mut tools)?;
        }
    }
    check(&programs)?;
    std::fs::write(out.join("actions.rs"), source(&programs, &tools)?)
        .with_context(|| format!("cannot write actions.rs in {}", out.display()))
}

#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
fn print_rerun() {
    println!("cargo::rerun-if-changed={FOLDER}");
}

/// Puts an entry where it belongs: the programs or the tools.
fn sort(
    entry: Entry,
    file: &str,
    programs: &mut Vec<Program>,
    tools: &mut Vec<Tools>,
) -> anyhow::Result<()> {
    match (entry.names, entry.tools, entry.kind) {
        (Some(names), None, None) if !entry.unseen => programs.push(Program {
            file: file.to_owned(),
            line: names.defined.line(),
            names: names.value,
            values: entry.values,
            folder: entry.folder,
            verbs: entry.verbs,
        }),
        (None, Some(patterns), Some(kind)) if entry.verbs.is_empty() => {
            let line = patterns.defined.line();
            if let Some(bad) = patterns.value.iter().find(|pattern| {
                !pattern.starts_with("mcp__")
                    || pattern.rsplit('*').next().is_some_and(str::is_empty)
            }) {
                bail!(
                    "{file}:{line}: tools: {bad:?} must begin with mcp__ and end with the tool's own name"
                );
            }
            tools.push(Tools {
                patterns: patterns.value,
                kind: variant(file, &kind)?,
                unseen: entry.unseen,
            });
        }
        (names, tools, _) => {
            let line = names.or(tools).map_or(1, |list| list.defined.line());
            bail!("{file}:{line}: an entry is either names with verbs, or tools with a kind");
        }
    }
    Ok(())
}

fn check(programs: &[Program]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for program in programs {
        let (file, line) = (&program.file, program.line);
        if program.names.is_empty() {
            bail!("{file}:{line}: names: is empty; give the program's name");
        }
        // Rows without a verb may stand apart, one entry for what several programs do alike.
        let verbless = program.verbs.iter().all(|verb| verb.verb.value.is_empty());
        for name in &program.names {
            if !verbless && !seen.insert(name) {
                bail!("{file}:{line}: names: {name} has an entry already; add the verbs there");
            }
        }
        if program.verbs.is_empty() {
            bail!("{file}:{line}: verbs: is empty; name a verb or remove the program");
        }
        if let Some(option) = program.folder.iter().find(|o| !program.values.contains(o)) {
            bail!("{file}:{line}: folder: {option} takes a value; list it under values too");
        }
        options(&program.values, "values", false, file, line)?;
        let mut verbs = BTreeSet::new();
        for verb in &program.verbs {
            check_verb(verb, file, &mut verbs)?;
        }
    }
    Ok(())
}

fn check_verb<'v>(
    verb: &'v Verb,
    file: &str,
    seen: &mut BTreeSet<(&'v str, &'v str)>,
) -> anyhow::Result<()> {
    let line = verb.verb.defined.line();
    let text = &verb.verb.value;
    if text.split_whitespace().collect::<Vec<_>>().join(" ") != *text {
        bail!("{file}:{line}: verb: {text:?} has stray blanks; one blank between words");
    }
    let free = verb.needs.is_empty()
        && verb.operands.is_empty()
        && verb.last.is_empty()
        && verb.contains.is_empty()
        && verb.assigns.is_empty();
    if !seen.insert((text, &verb.kind.value)) && free {
        bail!("{file}:{line}: verb: {text:?} is listed twice as {}; keep one", verb.kind.value);
    }
    if verb.anywhere && (text.is_empty() || text.contains(' ')) {
        bail!("{file}:{line}: anywhere: needs a verb of one word, not {text:?}");
    }
    if verb.bare && !text.is_empty() {
        bail!("{file}:{line}: bare: is for the program without a verb, not for {text:?}");
    }
    let told = verb.operands.is_empty()
        && verb.last.is_empty()
        && verb.contains.is_empty()
        && verb.also.is_empty()
        && verb.least < 2;
    if !told && verb.example.is_none() {
        bail!(
            "{file}:{line}: example: is missing; {text:?} has conditions, so give arguments that meet them"
        );
    }
    if let Some(bad) = verb.assigns.iter().find(|assign| !assign.contains('=')) {
        bail!("{file}:{line}: assigns: {bad:?} is no assignment; write NAME=value or NAME=*");
    }
    if let Some(bad) =
        verb.contains.iter().chain(&verb.lacks).find(|text| **text != text.to_lowercase())
    {
        bail!("{file}:{line}: contains: {bad:?} is compared without case; write it in lower case");
    }
    variant(file, &verb.kind)?;
    options(&verb.values, "values", false, file, line)?;
    for (field, list) in [("dry", &verb.dry), ("needs", &verb.needs), ("also", &verb.also)] {
        options(list, field, true, file, line)?;
    }
    Ok(())
}

fn options(
    list: &[String],
    field: &str,
    valued: bool,
    file: &str,
    line: u64,
) -> anyhow::Result<()> {
    match list.iter().find(|option| {
        option.len() < 2 || !option.starts_with('-') || (!valued && option.contains('='))
    }) {
        Some(option) => {
            bail!("{file}:{line}: {field}: {option:?} is no option; write -x or --name")
        }
        None => Ok(()),
    }
}

fn variant(file: &str, kind: &Spanned<String>) -> anyhow::Result<&'static str> {
    Ok(match kind.value.as_str() {
        "commit" => "Commit",
        "push" => "Push",
        "publish" => "Publish",
        "release" => "Release",
        "deploy" => "Deploy",
        "destroy" => "Destroy",
        "guard-tamper" => "GuardTamper",
        "secret-read" => "SecretRead",
        other => bail!(
            "{file}:{}: kind: {other:?} is not known; one of commit, push, publish, release, deploy, destroy, guard-tamper, secret-read",
            kind.defined.line()
        ),
    })
}

fn source(programs: &[Program], tools: &[Tools]) -> anyhow::Result<String> {
    let mut code = String::from("static PROGRAMS: &[Program] = &[\n");
    for program in programs {
        writeln!(
            code,
            "    Program {{ names: &{:?}, values: &{:?}, folder: &{:?}, verbs: &[",
            program.names, program.values, program.folder
        )?;
        for verb in &program.verbs {
            let words: Vec<&str> = verb.verb.value.split_whitespace().collect();
            writeln!(
                code,
                "        Verb {{ text: {:?}, words: &{words:?}, kind: ActionKind::{}, dry: &{:?}, values: &{:?}, needs: &{:?}, also: &{:?}, operands: &{:?}, except: &{:?}, last: &{:?}, contains: &{:?}, lacks: &{:?}, assigns: &{:?}, least: {}, anywhere: {}, bare: {}, loses: {:?}, example: {:?} }},",
                verb.verb.value,
                variant(&program.file, &verb.kind)?,
                verb.dry,
                verb.values,
                verb.needs,
                verb.also,
                verb.operands,
                verb.except,
                verb.last,
                verb.contains,
                verb.lacks,
                verb.assigns,
                verb.least,
                verb.anywhere,
                verb.bare,
                verb.loses,
                verb.example,
            )?;
        }
        code.push_str("    ] },\n");
    }
    code.push_str("];\n\nstatic TOOLS: &[Tools] = &[\n");
    for tools in tools {
        writeln!(
            code,
            "    Tools {{ patterns: &{:?}, kind: ActionKind::{}, unseen: {} }},",
            tools.patterns, tools.kind, tools.unseen
        )?;
    }
    code.push_str("];\n");
    hints::write(programs, tools, &mut code)?;
    Ok(code)
}
