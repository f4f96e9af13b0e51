//! The agents: form, least tools, names that exist, examples that the hook accepts and refuses.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis::bundle;
use portcullis::check::claims::REVIEWERS;
use portcullis::eval::definition::{self, Kind};
use portcullis::eval::{cases, triggers};
use portcullis::run::packet::Packet;
use portcullis::run::report::{Report, Review};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{check_description, definitions, front, root, text, words};
use crate::support::{PROGRAM, Project};

/// Built-in tools of client 2.1.330 that an agent of ours may name.
const TOOLS: &[&str] = &["Agent", "Bash", "Edit", "Read", "Write"];
/// Those that decide for others.
const OPUS: &[&str] =
    &["architect", "feature-orchestrator", "project-orchestrator", "workflow-coordinator"];
/// Tokens that all agents may cost in every session, as the client estimates them: a quarter of
/// the letters (seen with 2.1.330, `plugin details`; tests/client holds its own figure).
const CATALOGUE: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Front {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) model: String,
    pub(super) tools: Tools,
    triggers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Tools {
    Line(String),
    List(Vec<String>),
}

impl Tools {
    pub(super) fn all(&self) -> Vec<String> {
        match self {
            Self::Line(line) => line.split(", ").map(str::to_owned).collect(),
            Self::List(list) => list.clone(),
        }
    }

    /// Names without what they are limited to.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.all().iter().map(|tool| tool.split('(').next().unwrap().to_owned()).collect()
    }
}

pub(super) struct Agent {
    pub(super) path: String,
    pub(super) front: Front,
    pub(super) body: String,
    pub(super) good: Value,
    rejected: Value,
}

pub(super) fn agents() -> Vec<Agent> {
    definitions("agents")
        .into_iter()
        .map(|path| {
            let (front, body): (Front, String) = front(&path);
            let blocks: Vec<Value> = body
                .split("```json\n")
                .skip(1)
                .map(|rest| serde_json::from_str(rest.split("\n```").next().unwrap()).unwrap())
                .collect();
            let [good, rejected] = blocks.as_slice() else { panic!("{path}: two examples") };
            assert!(body.find("\nGood:").unwrap() < body.find("\nRejected,").unwrap(), "{path}");
            let (good, rejected) = (good.clone(), rejected.clone());
            Agent { path, front, body, good, rejected }
        })
        .collect()
}

/// The single-backtick code spans of a body, without its fences.
fn spans(body: &str) -> Vec<String> {
    let mut fenced = false;
    let mut spans = Vec::new();
    for line in body.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    spans
}

#[test]
fn the_bench_is_whole() {
    let names: Vec<String> = agents().into_iter().map(|agent| agent.front.name).collect();
    assert!(names.len() >= 28, "{names:?}");
    for name in &names {
        let path = format!("agents/{name}.md");
        assert!(bundle::FILES.iter().any(|file| file.path == path), "{path} is not compiled in");
    }
}

#[test]
fn agents_keep_their_form() {
    for Agent { path, front, body, .. } in agents() {
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(front.name, stem);
        check_description(&path, &front.description);
        assert!(front.triggers.len() >= 10, "{path}: {} triggers", front.triggers.len());
        let decides = OPUS.contains(&front.name.as_str());
        // Work that is counting and comparing may have the cheapest.
        let models = if decides { &["opus"][..] } else { &["sonnet", "haiku"] };
        assert!(models.contains(&front.model.as_str()), "{path}: {}", front.model);
        let count = words(&body);
        assert!((450..=1000).contains(&count), "{path}: the body has {count} words");
        let headings: Vec<_> = body.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let mut wanted = vec!["Not yours", "Input", "Procedure"];
        wanted.extend(REVIEWERS.contains(&stem.as_str()).then_some("Severity"));
        wanted.extend(["Evidence rules", "Output", "Limits"]);
        assert_eq!(headings, wanted, "{path}");
        let bans = body.matches("MUST").count() + body.matches("NEVER").count();
        assert!((1..=10).contains(&bans), "{path}: {bans} MUST and NEVER");
        let steps = body.lines().filter(|line| {
            line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
        });
        assert!(steps.count() >= 8, "{path}: too few numbered steps");
        let ends = ["stop", "hand back `"].iter().any(|word| body.to_lowercase().contains(word));
        assert!(ends, "{path}: no stop condition");
    }
}

#[test]
fn agents_cost_at_most_their_share_of_the_catalogue() {
    let letters: usize = agents()
        .iter()
        .map(|agent| agent.front.name.len() + 2 + agent.front.description.len())
        .sum();
    assert!(letters / 4 <= CATALOGUE, "the agents cost about {} tokens", letters / 4);
}

/// A body names each tool that it uses in code marks, and so says what the tool is for.
#[test]
fn declared_tools_are_those_the_body_uses() {
    for Agent { path, front, body, good, .. } in agents() {
        let declared = front.tools.names();
        let spans = spans(&body);
        let used: BTreeSet<String> =
            spans.iter().filter(|span| TOOLS.contains(&span.as_str())).cloned().collect();
        assert_eq!(declared, used, "{path}: declared and used tools differ");

        // What else shows a use, besides the words.
        let runs = spans.iter().any(|span| {
            let program = span.split(' ').next().unwrap_or_default();
            span.contains(' ') && ["git", "grep", "portcullis"].contains(&program)
        });
        assert_eq!(declared.contains("Bash"), runs, "{path}: commands and Bash");
        let writes = declared.contains("Edit") || declared.contains("Write");
        let leads = declared.contains("Agent");
        let touched = good["files_changed"].as_array().is_some_and(|files| !files.is_empty());
        assert_eq!(touched, writes || leads, "{path}: its example and its writers");
        assert!(!(writes && leads), "{path}: who leads does not write");
        if front.tools.all().iter().any(|tool| tool == "Agent") {
            assert_eq!(front.name, "workflow-coordinator", "only a given plan may name any agent");
        }
    }
}

#[test]
fn reviewers_and_analysts_have_no_writer() {
    let read_only: Vec<&str> =
        REVIEWERS.iter().copied().chain(["code-archaeologist", "dependency-analyzer"]).collect();
    for Agent { path, front, .. } in agents() {
        if read_only.contains(&front.name.as_str()) {
            let wanted: BTreeSet<String> = ["Bash", "Read"].map(str::to_owned).into();
            assert_eq!(front.tools.names(), wanted, "{path}");
        }
    }
}

/// The client compares the called type with the list as it stands, so both namings must be in it.
#[test]
fn orchestrators_may_spawn_existing_agents_under_both_namings() {
    let names: BTreeSet<String> = agents().into_iter().map(|agent| agent.front.name).collect();
    let mut lists = 0;
    for Agent { path, front, body, .. } in agents() {
        let tools = front.tools.all();
        let Some(spawns) = tools.iter().find_map(|tool| tool.strip_prefix("Agent(")) else {
            continue;
        };
        lists += 1;
        let types: Vec<_> = spawns.trim_end_matches(')').split(", ").collect();
        let bare: Vec<_> = types.iter().filter(|name| !name.contains(':')).collect();
        assert_eq!(types.len(), bare.len() * 2, "{path}");
        for name in bare {
            assert!(names.contains(*name), "{path}: {name}");
            assert!(types.contains(&format!("portcullis:{name}").as_str()), "{path}: {name}");
            assert!(body.contains(&format!("`{name}`")), "{path}: {name} is never called");
        }
    }
    assert_eq!(lists, 2);
}

/// Seen with client 2.1.330: the list of the session's agent bounds what those it starts may start.
#[test]
fn a_list_holds_what_the_listed_may_call() {
    let agents = agents();
    let list = |agent: &Agent| -> Vec<String> {
        let tools = agent.front.tools.all();
        let list = tools.iter().find_map(|tool| tool.strip_prefix("Agent("));
        list.map_or_else(Vec::new, |list| {
            list.trim_end_matches(')').split(", ").map(str::to_owned).collect()
        })
    };
    for agent in &agents {
        let called = list(agent);
        for other in agents.iter().filter(|other| called.contains(&other.front.name)) {
            for deeper in list(other) {
                assert!(called.contains(&deeper), "{}: {deeper} is missing", agent.path);
            }
        }
    }
}

#[test]
fn every_agent_that_is_mentioned_exists_and_each_is_mentioned() {
    let agents = agents();
    let names: BTreeSet<&str> = agents.iter().map(|agent| agent.front.name.as_str()).collect();
    let roles: BTreeSet<&str> =
        names.iter().map(|name| name.rsplit('-').next().unwrap_or(name)).collect();
    let mut mentioned = BTreeSet::new();
    for Agent { path, front, body, .. } in &agents {
        let mut neighbours = 0;
        for span in spans(body) {
            let span = span.strip_prefix("portcullis:").unwrap_or(&span).to_owned();
            let kebab = span.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
            let role = span.rsplit('-').next().unwrap_or_default();
            if kebab && roles.contains(role) && (span.contains('-') || names.contains(&*span)) {
                let known = names.get(span.as_str());
                assert!(known.is_some(), "{path}: there is no agent {span}");
                neighbours += usize::from(span != front.name);
                mentioned.insert(span);
            }
        }
        assert!(neighbours > 0, "{path}: names no neighbour");
    }
    let alone: Vec<_> = names.iter().filter(|name| !mentioned.contains(**name)).collect();
    assert!(alone.is_empty(), "no agent hands anything to {alone:?}");
}

fn sample() -> Project {
    let project = Project::new();
    project.write("portcullis.yaml", "gates:\n  test:\n    command: [sh, tests.sh]\n");
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.commit("first");
    project
}

/// What the hook says to an agent that stops with this last message.
fn stop(project: &Project, name: &str, message: &Value) -> Value {
    project.hook(&json!({
        "hook_event_name": "SubagentStop", "session_id": "s", "cwd": project.path(),
        "agent_id": name, "agent_type": format!("portcullis:{name}"), "stop_hook_active": false,
        "last_assistant_message": message.to_string(),
    }))
}

#[test]
fn good_examples_are_accepted_and_rejected_ones_refused_by_the_rule_they_name() {
    let passed = sample();
    let gate = passed.command(PROGRAM).args(["gate", "run", "test"]).output().unwrap();
    assert!(gate.status.success());
    let bare = sample();
    for Agent { path, front, body, good, rejected } in agents() {
        let reviewer = REVIEWERS.contains(&front.name.as_str());
        let schema =
            if reviewer { "schemas/review.schema.json" } else { "schemas/report.schema.json" };
        let schema: Value = serde_json::from_str(&text(schema)).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        assert!(schema.is_valid(&good), "{path}: the good example does not fit its schema");
        if reviewer {
            serde_json::from_value::<Review>(good.clone()).unwrap();
        } else {
            let report: Report = serde_json::from_value(good.clone()).unwrap();
            assert!(!report.evidence.is_empty(), "{path}");
            assert!(report.summary.chars().count() <= 1500, "{path}");
        }
        let reply = stop(&passed, &front.name, &good);
        assert_eq!(reply, Value::Null, "{path}: the good example is refused");

        let line = body.lines().find(|line| line.starts_with("Rejected,")).unwrap();
        let rule = line.split('`').find(|part| part.starts_with("claims-"));
        let rule = rule.unwrap_or_else(|| panic!("{path}: {line} names no rule"));
        let reply = stop(&bare, &front.name, &rejected);
        assert_eq!(reply["decision"], "block", "{path}: the rejected example goes through");
        let reason = reply["reason"].as_str().unwrap();
        assert!(reason.contains(&format!("[{rule}]")), "{path}: {reason}");
    }
}

#[test]
fn the_prose_names_every_status_and_packet_field() {
    let packet: Packet = serde_json::from_value(json!({"task": "t", "requirements": "r"})).unwrap();
    let packet = serde_json::to_value(packet).unwrap();
    let schema: Value = serde_json::from_str(&text("schemas/packet.schema.json")).unwrap();
    let fields = schema["properties"].as_object().unwrap();
    let statuses = ["completed", "completed_with_concerns", "needs_context", "blocked", "failed"];
    for Agent { path, front, body, .. } in agents() {
        let (schema, wanted) = match REVIEWERS.contains(&front.name.as_str()) {
            true => ("review", &["approve", "request_changes"][..]),
            false => ("report", &statuses[..]),
        };
        let schema = text(&format!("schemas/{schema}.schema.json"));
        for word in wanted {
            assert!(schema.contains(&format!("\"{word}\"")), "{word} is not in the schema");
            assert!(body.contains(&format!("`{word}`")), "{path}: {word}");
        }
        for field in fields.keys() {
            assert!(body.contains(&format!("`{field}`")), "{path}: {field}");
        }
    }
    for field in packet.as_object().unwrap().keys() {
        assert!(text("commands/add-feature.md").contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn prompts_reach_the_right_description() {
    for &kind in Kind::ALL {
        let cases = cases::load(&root(), cases::OWN, kind).unwrap();
        let definitions = definition::load(&root(), kind).unwrap();
        if cases.is_empty() {
            assert_ne!(kind, Kind::Agents, "the agents have cases");
            continue;
        }
        let outcome = triggers::run(&definitions, &cases);
        let problems = outcome.problems(kind);
        assert!(problems.is_empty(), "{problems:?}: {:#?}", outcome.misses);
        for definition in &definitions {
            let case = cases.iter().find(|case| case.name == definition.name);
            let case = case.unwrap_or_else(|| panic!("{} has no prompts", definition.name));
            assert!(case.should.len() >= cases::LEAST_SHOULD, "{}", case.name);
            assert!(case.should_not.len() >= cases::LEAST_SHOULD_NOT, "{}", case.name);
        }
        assert_eq!(cases.len(), definitions.len(), "a case without a definition");
    }
}
