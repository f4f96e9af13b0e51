//! `portcullis eval` on a bundle of its own: figures, bounds, coverage, and cases for the client.

use std::process::Output;

use crate::support::{PROGRAM, Project};

const CLERK: &str =
    "---\nname: clerk\ndescription: \"Use when invoices must be booked. Not for code.\"\n---\nx\n";
const BAKER: &str =
    "---\nname: baker\ndescription: \"Use when bread must be baked. Not for code.\"\n---\nx\n";
const CASES: &str = "- name: clerk
  should: [book this, which invoice is open, invoices of May]
  should_not: [bake a cake, write code]
- name: baker
  should: [bake a cake, bread please, is the bread done]
  should_not: [book this, open the shop]
";

fn eval(project: &Project, args: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } =
        project.command(PROGRAM).arg("eval").args(args).output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn bundle(cases: &str) -> Project {
    let project = Project::new();
    project.write("agents/clerk.md", CLERK);
    project.write("agents/custom/baker.md", BAKER);
    project.write("evals/triggers/agents.yaml", cases);
    project
}

#[test]
fn prompts_that_reach_their_agent_pass_and_others_are_named() {
    let (code, text) = eval(&bundle(CASES), &["triggers"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("agents: 6 prompts, top-1 1.000, top-3 1.000"), "{text}");

    let swapped = CASES.replace("[book this, which", "[baked bread of May on invoices, which");
    let (code, text) = eval(&bundle(&swapped), &["triggers", "--misses"]);
    assert_eq!(code, 0, "five of six, and the sixth is second: {text}");
    assert!(text.contains("confused 1x: clerk -> baker"), "{text}");
    assert!(
        text.contains("missed clerk (place 2, first baker): baked bread of May on invoices"),
        "{text}"
    );

    let lost = CASES.replace("[book this, which invoice is open", "[one, two");
    let (code, text) = eval(&bundle(&lost), &["triggers"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("below its bound: top-1 is 0.667"), "{text}");
}

/// What is put aside has no bound: its figure is told, whatever it is.
#[test]
fn another_set_is_ranked_without_bounds() {
    let project = bundle(CASES);
    project.write("evals/heldout/unseen/agents.yaml", "- name: baker\n  should: [rolls, bread]\n");
    let (code, text) = eval(&project, &["triggers", "--set", "heldout/unseen"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("agents: 2 prompts, top-1 0.500, top-3 0.500"), "{text}");
    assert!(!text.contains("below its bound"), "{text}");
    let (code, text) = eval(&project, &["triggers", "--set", "heldout/none"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("evals/heldout/none/ holds no cases"), "{text}");
}

#[test]
fn triggers_can_be_left_out() {
    let project = bundle("- name: baker\n  should: [rolls]\n");
    project
        .write("agents/custom/baker.md", &BAKER.replace("\n---\nx", "\ntriggers: [rolls]\n---\nx"));
    let (_, text) = eval(&project, &["triggers"]);
    assert!(text.contains("1 prompts, top-1 1.000"), "{text}");
    let (code, text) = eval(&project, &["triggers", "--without-triggers"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 prompts, top-1 0.000"), "{text}");
}

#[test]
fn nothing_to_rank_is_no_pass_and_a_broken_file_is_named() {
    let (code, text) = eval(&Project::new(), &["triggers"]);
    assert_eq!(code, 3, "{text}");
    let (code, text) = eval(&bundle("- name: clerk\n  shuold: [x]\n"), &["triggers"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("evals/triggers/agents.yaml") && text.contains("shuold"), "{text}");
    let project = bundle(CASES);
    project.write("agents/bare.md", "no frontmatter\n");
    let (code, text) = eval(&project, &["list"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("agents/bare.md") && text.contains("has no frontmatter"), "{text}");
}

#[test]
fn coverage_names_what_has_too_few_prompts() {
    let (code, text) = eval(&bundle(CASES), &["list"]);
    assert_eq!(code, 0, "{text}");
    let project = bundle(&CASES.replace("- name: baker", "- name: butcher"));
    project.write("evals/clerk/first/case.yaml", "x");
    let (code, text) = eval(&project, &["list"]);
    assert_eq!(code, 1, "{text}");
    let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(line("baker").contains("should  0  should not  0  behaviour  0  too few"), "{text}");
    assert!(line("clerk").contains("should  3  should not  2  behaviour  1"), "{text}");
    assert!(line("butcher").contains("has cases and no definition"), "{text}");
}

#[test]
fn exported_cases_ask_whether_the_agent_was_called() {
    let project = bundle(CASES);
    let (code, text) = eval(&project, &["export", "out"]);
    assert_eq!((code, text.as_str()), (0, "10 cases written to out\n"));
    for (name, wanted) in [("agents-clerk-1", "\"min\": 1"), ("agents-clerk-4", "\"max\": 0")] {
        let file = project.path().join("out").join(name).join("case.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(wanted), "{text}");
    }
    let (code, text) = eval(&project, &["export", "out"]);
    assert!(code != 0 && text.contains("is there already"), "{code} {text}");
}
