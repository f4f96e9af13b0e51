//! The bundle's own promises: definitions that parse strictly and stay in their limits, and prose
//! whose commands, tools, rules and examples exist.

mod workflow;

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review, ReviewVerdict, Severity, Status};
use serde::Deserialize;
use serde_json::{Value, json};

const WORKFLOW: &str = "workflows/feature-pipeline.js";
/// Built-in tools of client 2.1.330 that an agent of ours may name.
const TOOLS: &[&str] = &["Agent", "Bash", "Edit", "Read", "Write"];
const WRITERS: &[&str] = &["Edit", "Write", "NotebookEdit", "Agent"];

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
struct AgentFront {
    name: String,
    description: String,
    model: String,
    tools: Tools,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tools {
    Line(String),
    List(Vec<String>),
}

impl Tools {
    fn names(&self) -> Vec<String> {
        match self {
            Self::Line(line) => line.split(", ").map(str::to_owned).collect(),
            Self::List(list) => list.clone(),
        }
    }
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

#[test]
fn agents_keep_their_form() {
    for path in definitions("agents") {
        let (agent, body): (AgentFront, _) = front(&path);
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(agent.name, stem);
        check_description(&path, &agent.description);
        let model = if stem == "feature-orchestrator" { "opus" } else { "sonnet" };
        assert_eq!(agent.model, model, "{path}");
        let count = words(&body);
        assert!((450..=1000).contains(&count), "{path}: the body has {count} words");
        let headings: Vec<_> = body.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let reviewer = stem == "code-reviewer";
        let mut wanted = vec!["Not yours", "Input", "Procedure"];
        wanted.extend(reviewer.then_some("Severity"));
        wanted.extend(["Evidence rules", "Output", "Limits"]);
        assert_eq!(headings, wanted, "{path}");
        let bans = body.matches("MUST").count() + body.matches("NEVER").count();
        assert!(bans <= 10, "{path}: {bans} MUST and NEVER");
    }
}

#[test]
fn agents_have_the_least_tools_and_only_real_ones() {
    for path in definitions("agents") {
        let (agent, _): (AgentFront, _) = front(&path);
        let tools = agent.tools.names();
        let names: Vec<_> = tools.iter().map(|tool| tool.split('(').next().unwrap()).collect();
        for name in &names {
            assert!(TOOLS.contains(name), "{path}: {name} is no tool of the client");
        }
        if agent.name != "backend-developer" {
            let (writers, allowed) = (WRITERS, agent.name == "feature-orchestrator");
            for name in names.iter().filter(|name| writers.contains(name)) {
                assert!(allowed && *name == "Agent", "{path}: {name} writes");
            }
        }
    }
}

/// The client compares the called type with the list as it stands, so both namings must be in it.
#[test]
fn the_orchestrator_may_spawn_its_workers_under_both_namings() {
    let (agent, _): (AgentFront, _) = front("agents/feature-orchestrator.md");
    let tools = agent.tools.names();
    let spawns = tools.iter().find_map(|tool| tool.strip_prefix("Agent(")).unwrap();
    let types: Vec<_> = spawns.trim_end_matches(')').split(", ").collect();
    for name in ["backend-developer", "code-reviewer"] {
        assert!(types.contains(&name), "{name}");
        assert!(types.contains(&format!("portcullis:{name}").as_str()), "{name}");
        assert!(root().join("agents").join(format!("{name}.md")).is_file(), "{name}");
    }
    assert_eq!(types.len(), 4);
}

#[test]
fn commands_and_skills_keep_their_form() {
    for path in definitions("commands") {
        let (command, body): (CommandFront, _) = front(&path);
        check_description(&path, &command.description);
        assert!(!command.argument_hint.is_empty());
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
    for dir in ["agents", "commands", "skills", "docs/workflows"] {
        for path in definitions(dir) {
            for line in code(&text(&path), "portcullis ") {
                let args = line.split(' ').map(|arg| if arg == "ID" { "protect" } else { arg });
                let parsed = portcullis::cli::grammar().try_get_matches_from(args);
                assert!(parsed.is_ok(), "{path}: `{line}`: {}", parsed.unwrap_err());
                count += 1;
            }
        }
    }
    let script = text(WORKFLOW);
    for line in code(&script.replace("\\`", "'"), "portcullis ") {
        let parsed = portcullis::cli::grammar().try_get_matches_from(line.split(' '));
        assert!(parsed.is_ok(), "{WORKFLOW}: `{line}`");
        count += 1;
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

/// The JSON examples of an agent: what follows "Good" and what follows "Rejected".
fn examples(path: &str) -> (Value, Value) {
    let body = text(path);
    let blocks: Vec<Value> = body
        .split("```json\n")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("\n```").next().unwrap()).unwrap())
        .collect();
    let [good, rejected] = blocks.as_slice() else { panic!("{path}: two examples") };
    assert!(body.find("\nGood:").unwrap() < body.find("\nRejected,").unwrap());
    (good.clone(), rejected.clone())
}

#[test]
fn the_developers_examples_are_a_true_and_a_false_claim() {
    let (good, rejected) = examples("agents/backend-developer.md");
    let good: Report = serde_json::from_value(good).unwrap();
    assert_eq!(good.status, Status::Completed);
    assert!(good.tests_passing && good.evidence[0].contains("gate run test"));
    // A whole report whose claim has nothing behind it.
    let rejected: Report = serde_json::from_value(rejected).unwrap();
    assert!(rejected.tests_passing && rejected.evidence.is_empty());
}

#[test]
fn the_reviewers_and_orchestrators_examples_fit_and_do_not_fit() {
    let (good, rejected) = examples("agents/code-reviewer.md");
    let good: Review = serde_json::from_value(good).unwrap();
    assert_eq!(good.verdict, ReviewVerdict::RequestChanges);
    assert_eq!(good.findings[0].severity, Severity::Major);
    assert!(serde_json::from_value::<Review>(rejected).is_err());

    let (good, rejected) = examples("agents/feature-orchestrator.md");
    assert!(serde_json::from_value::<Report>(good).is_ok());
    assert!(serde_json::from_value::<Report>(rejected).is_err());
}

#[test]
fn the_prose_names_every_status_and_packet_field() {
    let packet: Packet = serde_json::from_value(json!({"task": "t", "requirements": "r"})).unwrap();
    let packet = serde_json::to_value(packet).unwrap();
    let statuses = ["completed", "completed_with_concerns", "needs_context", "blocked", "failed"]
        .map(|word| {
            assert!(serde_json::from_value::<Status>(json!(word)).is_ok(), "{word}");
            format!("`{word}`")
        });
    for path in ["agents/backend-developer.md", "agents/feature-orchestrator.md"] {
        assert!(statuses.iter().all(|status| text(path).contains(status)), "{path}");
    }
    for path in definitions("agents").iter().map(String::as_str).chain(["commands/add-feature.md"])
    {
        for field in packet.as_object().unwrap().keys() {
            assert!(text(path).contains(&format!("`{field}`")), "{path}: {field}");
        }
    }
}
