//! The behaviour cases of the reviewers: enough of them, each with a defect where its graders look for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis::eval::definition::{self, Kind};
use portcullis::eval::{cases, triggers};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Value, json};

/// How many planted defects each reviewer has at least.
const LEAST: &[(&str, usize)] = &[
    ("accessibility-expert", 8),
    ("code-reviewer", 12),
    ("performance-analyzer", 8),
    ("security-auditor", 12),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn case(group: &str, name: &str) -> (PathBuf, Value) {
    let folder = root().join("evals").join(group).join(name);
    let text = std::fs::read_to_string(folder.join("case.yaml")).unwrap();
    (folder, serde_saphyr::from_str(&text).unwrap())
}

fn pattern(case: &Value, name: &str) -> Regex {
    let graders = case["graders"].as_array().unwrap();
    let grader = graders.iter().find(|grader| grader["name"] == name).unwrap();
    let pattern = grader["pattern"].as_str().unwrap();
    RegexBuilder::new(pattern).unicode(false).build().unwrap()
}

/// A review with one finding, as an agent writes it.
fn review(file: &str, line: usize) -> String {
    let finding = json!({"severity": "major", "file": file, "line": line, "quote": "q", "problem": "p", "fix": "f"});
    json!({"verdict": "request_changes", "summary": "s", "findings": [finding]}).to_string()
}

#[test]
fn each_reviewer_has_its_planted_defects() {
    let groups = cases::behaviour(&root()).unwrap();
    for (group, least) in LEAST {
        let found = groups.iter().find(|(name, _)| name == group).map_or(0, |(_, all)| all.len());
        assert!(found >= *least, "{group} has {found} cases");
    }
}

/// What is known of a run is its prompt: two cases with one prompt could not be told apart.
#[test]
fn no_two_cases_ask_the_same() {
    let mut prompts = std::collections::BTreeSet::new();
    for (group, names) in cases::behaviour(&root()).unwrap() {
        for name in names {
            let (_, case) = case(&group, &name);
            let prompt = case["execution"]["prompt"].as_str().unwrap().to_owned();
            assert!(prompts.insert(prompt), "{group}/{name}");
        }
    }
}

#[test]
fn graders_look_where_the_defect_is_and_need_no_model() {
    for (group, names) in cases::behaviour(&root()).unwrap() {
        for name in names {
            let (folder, case) = case(&group, &name);
            for grader in case["graders"].as_array().unwrap() {
                let kind = grader["type"].as_str().unwrap();
                assert!(["regex", "tool_used", "file_exists"].contains(&kind), "{name}: {kind}");
            }
            let expected = case["expected_outcome"].as_str().unwrap();
            let (file, text) = expected.split_once(": ").unwrap();
            let sample = tempfile::tempdir().unwrap();
            scaffold(&folder, sample.path());
            let source = std::fs::read_to_string(sample.path().join(file)).unwrap();
            let hits: Vec<usize> = (1..)
                .zip(source.lines())
                .filter(|(_, line)| line.trim() == text)
                .map(|(number, _)| number)
                .collect();
            let [line] = hits.as_slice() else { panic!("{group}/{name}: {text} is on {hits:?}") };
            let finds = pattern(&case, "finds-the-line");
            assert!(finds.is_match(review(file, *line).as_bytes()), "{group}/{name}");
            for wrong in [review(file, line + 7), review("other/file.py", *line)] {
                assert!(!finds.is_match(wrong.as_bytes()), "{group}/{name}: {wrong}");
            }
            let shotgun = review(file, 1).repeat(8);
            assert!(pattern(&case, "no-shotgun").is_match(shotgun.as_bytes()), "{group}/{name}");
            // The sample must not tell the answer.
            for word in ["planted", "TODO", "FIXME", "BUG", "vulnerab", "insecure"] {
                assert!(!source.contains(word), "{group}/{name}: {word}");
            }
            let status = Command::new("git")
                .args(["status", "--porcelain"])
                .current_dir(sample.path())
                .output()
                .unwrap();
            let changed = !status.stdout.is_empty();
            assert_eq!(changed, group == "code-reviewer", "{group}/{name}: what is to be reviewed");
        }
    }
}

fn scaffold(case: &Path, to: &Path) {
    let done = Command::new("bash")
        .arg(case.join("scaffold.sh"))
        .current_dir(to)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .status()
        .unwrap();
    assert!(done.success(), "{}", case.display());
}

/// A set that forgets a definition, or asks by name, would flatter the descriptions.
#[test]
fn prompts_put_aside_cover_every_definition_and_seldom_name_it() {
    let mut prompts = std::collections::BTreeSet::new();
    for set in ["heldout/tuned", "heldout/unseen", cases::OWN] {
        for &kind in Kind::ALL {
            let cases = cases::load(&root(), set, kind).unwrap();
            let definitions = definition::load(&root(), kind).unwrap();
            for definition in &definitions {
                let case = cases.iter().find(|case| case.name == definition.name);
                let case =
                    case.unwrap_or_else(|| panic!("{set}: no prompt for {}", definition.name));
                let least = if set == cases::OWN { cases::LEAST_SHOULD } else { 5 };
                assert!(case.should.len() >= least, "{set}: {}", case.name);
            }
            assert_eq!(cases.len(), definitions.len(), "{set}: prompts for no definition");
            let outcome = triggers::run(&definitions, &cases);
            assert!(outcome.share(outcome.nameless) >= triggers::LEAST_NAMELESS, "{set}");
            for prompt in cases.into_iter().flat_map(|case| case.should) {
                assert!(prompts.insert((kind.word(), prompt.clone())), "{set} repeats: {prompt}");
            }
        }
    }
}
