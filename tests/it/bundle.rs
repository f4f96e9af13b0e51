//! The bundle's own promises: definitions that parse strictly and stay in their limits, and prose
//! whose commands, tools, rules and examples exist.

mod agents;
mod pages;
mod scenes;
mod workflow;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every `.md` under `dir`, as paths from the root.
fn definitions(dir: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join(dir)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{dir} holds no definition");
    found
}

/// The names of all workflows, sorted.
fn scripts() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("workflows"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

fn split(text: &str) -> (String, String) {
    let rest = text.strip_prefix("---\n").expect("frontmatter comes first");
    let (front, body) = rest.split_once("\n---\n").expect("frontmatter ends");
    (front.to_owned(), body.to_owned())
}

/// Words of prose: what the marks of a table or a list add does not count.
fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkillFront {
    name: String,
    description: String,
    triggers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommandFront {
    description: String,
    #[serde(rename = "argument-hint")]
    argument_hint: String,
    /// What only a person may start.
    #[serde(rename = "disable-model-invocation", default)]
    only_typed: bool,
}

fn front<T: serde::de::DeserializeOwned>(path: &str) -> (T, String) {
    let (front, body) = split(&text(path));
    (serde_saphyr::from_str(&front).unwrap_or_else(|error| panic!("{path}: {error}")), body)
}

fn check_description(path: &str, description: &str) {
    let count = words(description);
    assert!((12..=25).contains(&count), "{path}: the description has {count} words");
    assert!(description.contains("Use when"), "{path}: the description does not say when");
    assert_eq!(description.matches("Not for").count(), 1, "{path}: one `Not for`");
}

/// Commands that the model may start by itself; what deploys, costs a fleet of agents or speaks for a person is typed.
const CALLED_BY_MODELS: &[&str] = &["add-feature", "fix-bug", "refactor"];

/// Answered by Portcullis before a model reads them.
const PERSONAL: &[&str] = &["approve", "bypass"];

#[test]
fn commands_and_skills_keep_their_form() {
    for path in definitions("commands") {
        let (command, body): (CommandFront, _) = front(&path);
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(!command.argument_hint.is_empty());
        assert_eq!(command.only_typed, !CALLED_BY_MODELS.contains(&stem.as_str()), "{path}");
        if command.only_typed {
            // Only a person's menu shows it, and the catalogue counts it all the same.
            assert!((3..=16).contains(&words(&command.description)), "{path}");
        } else {
            check_description(&path, &command.description);
        }
        if !PERSONAL.contains(&stem.as_str()) {
            let table = "| phase | owner | input | output | gate | when red |";
            for part in [table, "## Success criteria", "## Troubleshooting", "## Example"] {
                assert!(body.contains(part), "{path}: no {part}");
            }
        }
        assert_eq!(body.matches("$ARGUMENTS").count(), 1, "{path}");
        assert!(words(&body) < 700, "{path}: the body has {} words", words(&body));
        let workflow = Path::new(&path).with_extension("js");
        let workflow = root().join("workflows").join(workflow.file_name().unwrap());
        assert!(!workflow.exists(), "{path}: a workflow of this name hides the command");
    }
    // What `tests/it/skills.rs` asks of the bundle's own skills goes further.
    for path in definitions("skills").into_iter().filter(|path| path.ends_with("/SKILL.md")) {
        let (skill, body): (SkillFront, _) = front(&path);
        let folder = Path::new(&path).parent().unwrap().file_name().unwrap();
        assert_eq!(skill.name, folder.to_str().unwrap());
        check_description(&path, &skill.description);
        assert!(!skill.triggers.is_empty(), "{path}");
        // Longer bodies are read less (house figures from thirty bundles).
        assert!(words(&body) <= 1200, "{path}: the body has {} words", words(&body));
        assert!(body.lines().count() <= 200, "{path}");
    }
}

/// The text between single backticks that begins with `word`.
fn code(prose: &str, word: &str) -> Vec<String> {
    let mut spans: Vec<String> = Vec::new();
    for line in prose.lines().filter(|line| !line.starts_with("```")) {
        let odd = line.split('`').skip(1).step_by(2);
        spans.extend(odd.filter(|span| span.starts_with(word)).map(str::to_owned));
    }
    spans
}

#[test]
fn every_command_in_the_prose_is_in_the_grammar() {
    let mut count = 0;
    let pages = ["docs/extending.md", "docs/agents.md", "evals/README.md"].map(str::to_owned);
    let folders = ["agents", "commands", "skills", "docs/workflows"].map(definitions);
    for paths in folders.into_iter().chain([pages.to_vec()]) {
        for path in paths {
            for line in code(&text(&path), "portcullis ") {
                let args = line.split(' ').map(|arg| if arg == "ID" { "protect" } else { arg });
                let parsed = portcullis::cli::grammar().try_get_matches_from(args);
                assert!(parsed.is_ok(), "{path}: `{line}`: {}", parsed.unwrap_err());
                count += 1;
            }
        }
    }
    for workflow in scripts() {
        let script = text(&format!("workflows/{workflow}.js"));
        // In strings, in template literals, and as template literals.
        let inner = script.split("\\`").skip(1).step_by(2).map(str::to_owned);
        let inner = inner.filter(|span| span.starts_with("portcullis "));
        for line in code(&script.replace("\\`", "'"), "portcullis ").into_iter().chain(inner) {
            let parsed = portcullis::cli::grammar().try_get_matches_from(line.split(' '));
            assert!(parsed.is_ok(), "{workflow}: `{line}`");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} commands were found");
}

#[test]
fn every_rule_in_the_prose_belongs_to_a_check() {
    let skill = text("skills/practices/using-portcullis/SKILL.md");
    let (_, after) = skill.split_once("| rule id |").unwrap();
    let (table, _) = after.split_once("\n\n").unwrap();
    let mut ids = Vec::new();
    for row in table.lines().skip(2) {
        let cell = row.split('|').nth(1).unwrap();
        ids.push(cell.split('`').nth(1).unwrap_or_else(|| panic!("{row}: no rule id")).to_owned());
    }
    for path in definitions("agents") {
        ids.extend(code(&text(&path), "claims-"));
    }
    assert!(ids.len() >= 8 + 3);
    for id in ids {
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis")).args(["explain", &id]).output();
        assert!(output.unwrap().status.success(), "`portcullis explain {id}` knows nothing of it");
    }
}
