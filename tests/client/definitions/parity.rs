//! What the client's own validator refuses is an error to ours, and what it accepts is none, unless the rule says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use portcullis::bundle::kind::Kind;
use portcullis::bundle::load::{Request, load};
use portcullis::lint::rule::Verdict;
use portcullis::lint::{self, Terms};
use serde_json::Value;

use super::mutate::{self, Rng};
use crate::process::Home;
use crate::runner::tests;

tests![
    frontmatter_of_every_fixture,
    frontmatter_of_mutated_definitions,
    manifests_and_hooks_of_every_fixture,
    mutated_manifests_and_hooks,
];

/// Rules that see more than `plugin validate`, and why their error stands.
const STRICTER: &[(&str, &str)] = &[
    (
        "frontmatter-cut-short",
        "the client reads other values than are written; its validator does not compare",
    ),
    ("frontmatter-unclosed", "the client sees no frontmatter; its validator only warns"),
    ("agent-name-missing", "a project's agent is not loaded; the validator does not load"),
    (
        "hook-script-missing",
        "the hook fails at every event; the validator does not look for the file",
    ),
    ("hook-user-config-in-shell", "refused when it is to run; the validator does not look"),
    ("hook-if-ignored", "the hook never runs; the validator does not look"),
    ("hook-matcher-regex", "the hook never runs; the validator does not look"),
    ("hook-matcher-server", "the hook never runs; the validator does not look"),
    ("hook-matcher-tool-spec", "the hook never runs; the validator does not look"),
    ("hook-type-unsupported", "the hook never runs; the validator does not look"),
    ("hook-script-crlf", "the hook never runs; the validator does not look"),
    ("hook-script-not-executable", "the hook cannot start; the validator does not look"),
    ("plugin-components-misplaced", "the components are not loaded; the validator does not look"),
    ("marketplace-source-missing", "the installation fails; the validator does not look"),
    ("agent-description-missing", "a project's agent is not loaded; its validator only warns"),
    ("agent-description-type", "a project's agent is not loaded; definitions::refused shows it"),
    ("agent-hooks-type", "a project's agent is not loaded; definitions::refused shows it"),
    ("agent-name-invalid", "a project's agent is not loaded; definitions::refused shows it"),
    ("tool-none-left", "the agent has no tool and is not launched; definitions::refused shows it"),
    ("skill-boolean-type", "the switch is taken for off; definitions::refused shows it"),
    ("skill-folder-reserved", "the client skips the folder; definitions::refused shows it"),
];

fn stricter(rule: &str) -> bool {
    STRICTER.iter().any(|(id, _)| *id == rule)
}

/// Errors by file, in the client's words.
type Errors = BTreeMap<PathBuf, Vec<String>>;

/// What the client's validator says of a folder, by file. Errors in a plugin's manifest that it finds through the
/// marketplace are counted to that manifest. A file that it has nothing to say of is not listed.
fn theirs(folder: &Path, argument: &str) -> Result<Errors> {
    let output = Home::new()?.client(folder, &["plugin", "validate", argument, "--json"])?;
    let value: Value = serde_json::from_str(&output.stdout)
        .with_context(|| format!("{}{}", output.stdout, output.stderr))?;
    let mut errors = Errors::new();
    let contents = value["contents"].as_array().context("no contents")?;
    for part in std::iter::once(&value["manifest"]).chain(contents) {
        let file = PathBuf::from(part["file"].as_str().unwrap_or_default());
        for error in part["errors"].as_array().into_iter().flatten() {
            let at = error["path"].as_str().unwrap_or_default();
            let index = at.strip_prefix("plugins[").and_then(|rest| rest.split(']').next());
            let file = match index {
                Some(index) if at.contains("plugin.json") => {
                    folder.join(format!("m{index}/.claude-plugin/plugin.json"))
                }
                _ => file.clone(),
            };
            let text = format!("{at}: {}", error["message"].as_str().unwrap_or_default());
            errors.entry(file).or_default().push(text);
        }
    }
    Ok(errors)
}

/// What ours says.
fn ours(folder: &Path) -> Errors {
    let request =
        Request { base: folder.to_path_buf(), paths: vec![folder.to_path_buf()], overlay: None };
    let (bundle, _) = load(&request, &|_, _| false);
    let mut errors = Errors::new();
    for finding in lint::run(&bundle, &Terms::default()) {
        if finding.verdict == Verdict::Error && finding.allowed.is_none() {
            let file = bundle.files[finding.file].path.clone();
            errors.entry(file).or_default().push(finding.rule.id.to_owned());
        }
    }
    errors
}

/// Compares both. `files` are those that the client was asked about.
fn compare(files: &[PathBuf], theirs: &Errors, ours: &Errors) -> Result<()> {
    let mut wrong = Vec::new();
    let mut refused = 0;
    for file in files {
        let show = || {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            text.chars().take(400).collect::<String>()
        };
        match (theirs.get(file), ours.get(file)) {
            (Some(words), None) => {
                wrong.push(format!("the client refuses, we do not: {words:?}\n{}", show()));
            }
            (None, Some(rules)) if !rules.iter().all(|rule| stricter(rule)) => {
                wrong.push(format!(
                    "we call it an error, the client does not: {rules:?}\n{}",
                    show()
                ));
            }
            (Some(_), Some(_)) => refused += 1,
            _ => {}
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        files.len(),
        wrong.join("\n---\n")
    );
    println!("    {} files, {refused} refused by both", files.len());
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(file.parent().context("a parent")?)?;
    Ok(std::fs::write(file, bytes)?)
}

/// The folder of a kind, and the path of the n-th definition in it.
fn place(kind: Kind, number: usize) -> String {
    match kind {
        Kind::Agent => format!("agents/f{number}.md"),
        Kind::Command => format!("commands/f{number}.md"),
        _ => format!("skills/f{number}/SKILL.md"),
    }
}

/// A definition of each kind that the client refuses: where it does not, it did not look at the kind, and silence
/// would prove nothing.
fn controls(top: &Path) -> Result<Vec<PathBuf>> {
    ["agents/control.md", "commands/control.md", "skills/control/SKILL.md"]
        .into_iter()
        .map(|path| {
            let file = top.join(path);
            write(&file, b"---\ndescription: b\nstray words on a line\n  - [\n---\nx\n")?;
            Ok(file)
        })
        .collect()
}

/// Whether the client refused every control, the first files of a list.
fn looked(files: &[PathBuf], theirs: &Errors) -> Result<()> {
    for control in files.iter().take(3) {
        ensure!(theirs.contains_key(control), "the client did not look at {}", control.display());
    }
    Ok(())
}

fn scratch() -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("pc-parity-").tempdir()?;
    let path = folder.path().canonicalize()?;
    Ok((folder, path))
}

const MANIFEST: &[u8] =
    b"{\"name\": \"p\", \"version\": \"1.0.0\", \"description\": \"d\", \"author\": {\"name\": \"x\"}}\n";

/// The Markdown definitions of every fixture, with the kind and whether they are a plugin's.
fn fixtures() -> Result<Vec<(Kind, bool, Vec<u8>)>> {
    let top = root().join("tests/fixtures/lint");
    let mut all = Vec::new();
    for rule in folders(&top) {
        for case in folders(&rule) {
            // In a copy: inside of this repository, all of it would be loaded for each case.
            let (_keep, copy) = scratch()?;
            let mut files = Vec::new();
            collect(&case, &case, &mut files)?;
            for (name, bytes) in files {
                write(&copy.join(name), &bytes)?;
            }
            let request = Request { base: copy.clone(), paths: vec![copy], overlay: None };
            let (bundle, _) = load(&request, &|_, _| false);
            for file in bundle
                .files
                .iter()
                .filter(|file| file.asked && file.kind.has_frontmatter() && file.loaded)
            {
                let bytes = std::fs::read(&file.path).unwrap_or_default();
                all.push((file.kind, file.in_plugin(), bytes));
            }
        }
    }
    Ok(all)
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

fn frontmatter_of_every_fixture() -> Result<()> {
    for plugin in [true, false] {
        let (_keep, folder) = scratch()?;
        let top = if plugin { folder.clone() } else { folder.join(".claude") };
        if plugin {
            write(&folder.join(".claude-plugin/plugin.json"), MANIFEST)?;
        }
        let mut files = controls(&top)?;
        for (number, (kind, _, bytes)) in
            fixtures()?.iter().filter(|(_, in_plugin, _)| *in_plugin == plugin).enumerate()
        {
            let file = top.join(place(*kind, number));
            write(&file, bytes)?;
            files.push(file);
        }
        let theirs = theirs(&folder, if plugin { "." } else { ".claude" })?;
        looked(&files, &theirs)?;
        compare(&files, &theirs, &ours(&folder))?;
    }
    Ok(())
}

fn frontmatter_of_mutated_definitions() -> Result<()> {
    let (_keep, folder) = scratch()?;
    write(&folder.join(".claude-plugin/plugin.json"), MANIFEST)?;
    let request = Request { base: root(), paths: vec![root()], overlay: None };
    let (bundle, _) = load(&request, &|path, _| path.starts_with(root().join("tests")));
    let sources: Vec<_> = bundle
        .files
        .iter()
        .filter(|file| file.in_plugin() && file.kind.has_frontmatter())
        .collect();
    ensure!(sources.len() >= 5, "{} definitions", sources.len());
    let mut rng = Rng::new(20_261_126);
    let mut files = controls(&folder)?;
    for number in 0..400 {
        let source = sources[number % sources.len()];
        let file = folder.join(place(source.kind, number));
        let mut text = mutate::frontmatter(source.text(), &mut rng);
        if rng.below(4) == 0 {
            text = mutate::frontmatter(&text, &mut rng);
        }
        write(&file, text.as_bytes())?;
        files.push(file);
    }
    let theirs = theirs(&folder, ".")?;
    looked(&files, &theirs)?;
    compare(&files, &theirs, &ours(&folder))
}

/// A marketplace whose plugins `m0`, `m1`, … have these files; the client looks at their manifests and hooks at once.
fn marketplace(
    plugins: &[Vec<(String, Vec<u8>)>],
) -> Result<(tempfile::TempDir, PathBuf, Vec<PathBuf>)> {
    let (keep, folder) = scratch()?;
    let mut files = Vec::new();
    let mut entries = Vec::new();
    for (number, plugin) in plugins.iter().enumerate() {
        entries.push(
            serde_json::json!({"name": format!("m{number}"), "source": format!("./m{number}")}),
        );
        for (path, bytes) in plugin {
            let file = folder.join(format!("m{number}")).join(path);
            write(&file, bytes)?;
            if path.ends_with("plugin.json") || path == "hooks/hooks.json" {
                files.push(file);
            }
        }
    }
    let market = serde_json::json!({"name": "market", "owner": {"name": "x"}, "plugins": entries});
    write(&folder.join(".claude-plugin/marketplace.json"), market.to_string().as_bytes())?;
    Ok((keep, folder, files))
}

fn manifests_and_hooks_of_every_fixture() -> Result<()> {
    let mut plugins = Vec::new();
    for rule in folders(&root().join("tests/fixtures/lint")) {
        for case in folders(&rule) {
            if !case.join(".claude-plugin/plugin.json").is_file() {
                continue;
            }
            let mut files = Vec::new();
            collect(&case, &case, &mut files)?;
            plugins.push(files);
        }
    }
    let (_keep, folder, files) = marketplace(&plugins)?;
    compare(&files, &theirs(&folder, ".")?, &ours(&folder))
}

fn collect(dir: &Path, base: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, base, files)?;
        } else {
            let name = path.strip_prefix(base)?.to_string_lossy().into_owned();
            files.push((name, std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn mutated_manifests_and_hooks() -> Result<()> {
    let mut rng = Rng::new(7);
    let manifest = std::fs::read_to_string(root().join(".claude-plugin/plugin.json"))?;
    let hooks = std::fs::read_to_string(root().join("hooks/hooks.json"))?;
    let mut plugins = Vec::new();
    for number in 0..120 {
        let (mut first, mut second) = (manifest.clone(), hooks.clone());
        let one = if number % 2 == 0 { &mut first } else { &mut second };
        *one = mutate::json(one, &mut rng);
        plugins.push(vec![
            (".claude-plugin/plugin.json".to_owned(), first.into_bytes()),
            ("hooks/hooks.json".to_owned(), second.into_bytes()),
            (
                "skills/practices/a/SKILL.md".to_owned(),
                b"---\nname: a\ndescription: b\n---\nx\n".to_vec(),
            ),
            ("bin/session-start".to_owned(), b"#!/bin/sh\n".to_vec()),
        ]);
    }
    let (_keep, folder, files) = marketplace(&plugins)?;
    compare(&files, &theirs(&folder, ".")?, &ours(&folder))
}
