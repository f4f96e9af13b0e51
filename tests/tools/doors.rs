//! The doors of the validator, opened for real: the action's steps, pre-commit, and the GitLab job of the docs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portcullis::bundle::tree::{Node, Value};
use portcullis::bundle::yaml;

use super::{Sample, text, venv};

const PROGRAM: &str = env!("CARGO_BIN_EXE_portcullis");
const GOOD: &str =
    "---\nname: a\ndescription: Reviews. Use when a change is ready.\n---\nYou review changes.\n";
const BAD: &str = "---\nname: a\n---\nYou review changes.\n";
/// Only `--strict` minds it.
const DOUBTFUL: &str =
    "---\nname: a\ndescription: Reviews. Use when a change is ready.\ntools: Read, Foo\n---\nx\n";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> Node {
    let text = fs::read_to_string(repository().join(file)).unwrap();
    yaml::parse(&text, 0).unwrap().root.unwrap()
}

fn words(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

impl Sample {
    /// A command that finds our program and those of the Python tools.
    fn with_path(&self, program: &str) -> Command {
        let mut command = self.command(program);
        let own = Path::new(PROGRAM).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{}:{path}", own.display(), venv().join("bin").display()));
        command
    }
}

/// Plays a composite action as GitHub's runner does: conditions, `${{ inputs.… }}`, bash with `-eo pipefail`.
struct Action {
    action: Node,
    runner: PathBuf,
    inputs: BTreeMap<String, String>,
}

impl Action {
    fn new(sample: &Sample, inputs: &[(&str, &str)]) -> Self {
        let action = read("action.yml");
        let runner = sample.folder.path().join("runner");
        fs::create_dir_all(&runner).unwrap();
        let mut values = BTreeMap::new();
        for pair in action.get("inputs").unwrap().pairs() {
            let default = pair.node.get("default").and_then(Node::as_str).unwrap();
            values.insert(pair.key.clone(), default.to_owned());
        }
        for (name, value) in inputs {
            assert!(values.insert((*name).to_owned(), (*value).to_owned()).is_some(), "{name}");
        }
        Self { action, runner, inputs: values }
    }

    /// The text with every expression replaced; one that is not understood ends the test.
    fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            let name = expression.trim().strip_prefix("inputs.").unwrap();
            filled.push_str(&self.inputs[name]);
            filled.push_str(rest);
        }
        filled
    }

    fn holds(&self, condition: &str) -> bool {
        let (name, value) = condition.split_once(" == ").unwrap();
        let name = name.strip_prefix("inputs.").unwrap();
        self.inputs[name] == value.trim_matches('\'')
    }

    /// Runs the steps up to the first that fails.
    fn play(&self, sample: &Sample, path: &str) -> Output {
        let runs = self.action.get("runs").unwrap();
        assert_eq!(runs.get("using").and_then(Node::as_str), Some("composite"));
        let mut last = None;
        for (number, step) in runs.get("steps").unwrap().items().iter().enumerate() {
            if step.get("if").and_then(Node::as_str).is_some_and(|text| !self.holds(text)) {
                continue;
            }
            assert_eq!(step.get("shell").and_then(Node::as_str), Some("bash"));
            let script = self.runner.join(format!("{number}.sh"));
            fs::write(&script, self.fill(step.get("run").unwrap().as_str().unwrap())).unwrap();
            let mut command = sample.command("bash");
            command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script);
            command.env("PATH", path).env("RUNNER_TEMP", &self.runner);
            command.env("GITHUB_ACTION_PATH", repository());
            for pair in step.get("env").map(Node::pairs).unwrap_or_default() {
                command.env(&pair.key, self.fill(pair.node.as_str().unwrap()));
            }
            let output = command.output().unwrap();
            let failed = !output.status.success();
            last = Some(output);
            if failed {
                break;
            }
        }
        last.unwrap()
    }
}

#[test]
fn the_action_passes_a_good_tree_and_fails_a_bad_one() {
    let path = std::env::var("PATH").unwrap();
    let play = |agent: &str, inputs: &[(&str, &str)]| {
        let sample = Sample::new(&[(".claude/agents/a.md", agent), ("b c/README.md", "x\n")]);
        let inputs: Vec<_> = inputs.iter().copied().chain([("binary", PROGRAM)]).collect();
        let output = Action::new(&sample, &inputs).play(&sample, &path);
        (output.status.code(), words(&output))
    };
    let (code, said) = play(GOOD, &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = play(BAD, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("::error file=.claude/agents/a.md,line=1"), "{said}");
    let (code, said) = play(DOUBTFUL, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("::warning file=.claude/agents/a.md,line=4"), "{said}");
    assert_eq!(play(DOUBTFUL, &[("strict", "true")]).0, Some(1));
    assert_eq!(play(BAD, &[("paths", "portcullis.yaml .claude")]).0, Some(2), "no such path");
    assert_eq!(play(BAD, &[("paths", ".claude/agents/a.md .claude")]).0, Some(1));
    let (code, said) = play(GOOD, &[("preset", "standard"), ("strict", "true")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("agent-limits-missing"), "{said}");
}

/// The step that builds is given a `cargo` that puts the program of this test where cargo would: what it is called with,
/// and that the next step finds the result, is what the action adds to a build.
#[test]
fn the_action_uses_the_program_that_it_builds() {
    let sample = Sample::new(&[(".claude/agents/a.md", BAD)]);
    let bin = sample.folder.path().join("bin");
    let cargo = "#!/bin/sh\necho \"$@\" >\"$RUNNER_TEMP/asked\"\nwhile [ \"$1\" != --target-dir ]; do shift; done\n\
                 mkdir -p \"$2/host/release/deps\"\ncp PROGRAM \"$2/host/release/portcullis\"\n";
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("cargo"), cargo.replace("PROGRAM", PROGRAM)).unwrap();
    let status = Command::new("chmod").arg("755").arg(bin.join("cargo")).status().unwrap();
    assert!(status.success());
    let action = Action::new(&sample, &[]);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = action.play(&sample, &path);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("::error file=.claude/agents/a.md"), "{}", words(&output));
    let asked = fs::read_to_string(action.runner.join("asked")).unwrap();
    let manifest = format!("{}/Cargo.toml", repository().display());
    for word in ["build", "--release", "--locked", "--bin", &manifest] {
        assert!(asked.split_whitespace().any(|known| known == word), "{word}: {asked}");
    }
}

/// The hooks of this repository, in a repository of their own: pre-commit takes them from a commit.
fn hooks(sample: &Sample) -> String {
    let folder = sample.folder.path().join("hooks");
    fs::create_dir_all(&folder).unwrap();
    let name = ".pre-commit-hooks.yaml";
    fs::copy(repository().join(name), folder.join(name)).unwrap();
    let git = |args: &[&str]| {
        let output = sample.command("git").current_dir(&folder).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", words(&output));
        text(&output.stdout).trim().to_owned()
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
    let rev = git(&["rev-parse", "HEAD"]);
    format!(
        "repos:\n  - repo: {}\n    rev: {rev}\n    hooks:\n      - id: portcullis-validate\n",
        folder.display()
    )
}

#[test]
fn pre_commit_stops_a_broken_definition() {
    let sample = Sample::new(&[(".claude/agents/a.md", BAD)]);
    sample.write(".pre-commit-config.yaml", &hooks(&sample));
    sample.git(&["add", "-A"]);
    let home = sample.folder.path().join("pre-commit");
    let run = |args: &[&str]| {
        let output =
            sample.with_path(args[0]).args(&args[1..]).env("PRE_COMMIT_HOME", &home).output();
        let output = output.unwrap();
        (output.status.code(), words(&output))
    };
    let (code, said) = run(&["pre-commit", "run", "--all-files"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error[agent-description-missing]"), "{said}");
    let (code, said) = run(&["pre-commit", "install"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&["git", "commit", "-m", "broken"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error[agent-description-missing]"), "{said}");
    sample.write(".claude/agents/a.md", GOOD);
    sample.git(&["add", "-A"]);
    let (code, said) = run(&["git", "commit", "-m", "whole"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Passed"), "{said}");
}

/// The blocks of a language in the page about the validator.
fn blocks(language: &str) -> Vec<Node> {
    let page = fs::read_to_string(repository().join("docs/validating.md")).unwrap();
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| yaml::parse(block, 0).unwrap().root.unwrap()).collect()
}

#[test]
fn the_gitlab_job_of_the_docs_runs() {
    let blocks = blocks("yaml");
    let job = blocks.iter().find_map(|block| block.pairs().first()?.node.get("script")).unwrap();
    let lines: Vec<&str> = match &job.value {
        Value::String(line) => vec![line],
        _ => job.items().iter().map(|line| line.as_str().unwrap()).collect(),
    };
    // GitLab's runner joins the lines to one script that ends at the first error.
    let script = format!("set -eo pipefail\n{}\n", lines.join("\n"));
    for (agent, code) in [(GOOD, 0), (DOUBTFUL, 1), (BAD, 1)] {
        let sample = Sample::new(&[(".claude/agents/a.md", agent)]);
        let output = sample.with_path("bash").arg("-c").arg(&script).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", words(&output));
    }
}

#[test]
fn the_github_step_of_the_docs_names_inputs_that_exist() {
    let blocks = blocks("yaml");
    let step = blocks.iter().find_map(|block| block.items().first()?.get("with")).unwrap();
    let action = read("action.yml");
    for pair in step.pairs() {
        assert!(action.at(&["inputs", &pair.key]).is_some(), "{}", pair.key);
        assert!(pair.node.as_str().is_some(), "{}: an input is a text", pair.key);
    }
}
