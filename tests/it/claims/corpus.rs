//! Scripted reports (`tests/corpus/claims/*.yaml`): each plays a worker's calls on a real repository through the real hook binary.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{PROGRAM, Project};

/// A file of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    scenarios: Vec<Scenario>,
}

/// One report with what came before it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    /// What is false in the report. Either this or `honest`.
    lie: Option<String>,
    /// What makes the true report look odd.
    honest: Option<String>,
    #[serde(default = "developer")]
    agent: String,
    /// The worker answers by the StructuredOutput tool.
    #[serde(default)]
    schema: bool,
    /// Fields of its packet besides task and requirements.
    packet: Option<Value>,
    /// A script that runs in the repository before anybody starts; what it leaves is years old.
    before: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
    report: Option<Value>,
    message: Option<String>,
    /// The rules that must refuse a lie, and no others.
    #[serde(default)]
    rules: BTreeSet<String>,
    /// Words that the refusal must hold.
    #[serde(default)]
    says: Vec<String>,
}

/// Something that happens while the worker is at work.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `sibling` (another agent), `main` (the session's thread), `person` (nobody's call), else the worker.
    by: Option<String>,
    write: Option<String>,
    text: Option<String>,
    bash: Option<String>,
    /// The command ends with an error, which the client reports as a failure.
    #[serde(default)]
    fails: bool,
    read: Option<String>,
    /// Another tool.
    tool: Option<String>,
    /// What happens while the call runs.
    #[serde(default)]
    during: Vec<Self>,
    /// The hook must refuse the call by this rule; it does not happen then.
    refused: Option<String>,
}

fn developer() -> String {
    "backend-developer".to_owned()
}

/// The worker, and one beside it.
const WORKER: &str = "a0000000000000001";
const SIBLING: &str = "a0000000000000002";

/// A repository in which a scenario is played.
struct Stage {
    project: Project,
    calls: usize,
}

/// What every scenario begins with.
fn sample() -> Project {
    let project = Project::new();
    for (path, text) in [
        ("portcullis.yaml", "gates:\n  test:\n    command: [sh, tests/run.sh]\n"),
        ("tests/run.sh", TESTS),
        ("src/add.sh", "#!/bin/sh\necho \"$(($1 + $2))\"\n"),
        ("src/old.sh", "#!/bin/sh\necho old\n"),
        ("docs/guide.md", "# Guide\n"),
        (".gitignore", "build/\n*.log\n"),
        ("Makefile", "test:\n\tpytest -q tests\n\ncheck: test\n\tshellcheck src/*.sh\n"),
        ("ci.sh", "set -e\ncargo clippy --all-targets\n"),
    ] {
        project.write(path, text);
    }
    project.commit("first");
    let bin = project.outside().join("bin");
    fs::create_dir(&bin).unwrap();
    for name in ["pytest", "cargo", "npm", "npx", "go", "make", "poetry", "python3", "ruff"] {
        let file = bin.join(name);
        fs::write(&file, "#!/bin/sh\necho \"$@\"\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    project
}

/// Two tests in TAP; the second fails when a file says that it is broken.
const TESTS: &str = "printf '1..2\\nok 1 - adds\\n'
if grep -q broken src/add.sh; then echo 'not ok 2 - is whole'; exit 1; fi
echo 'ok 2 - is whole'
";

impl Stage {
    fn new(sample: &Project, before: Option<&str>) -> Self {
        let project = Project::copy_of(sample);
        // What was there before is older than what happens, the links too.
        let touch = "find . -path ./.git -prune -o -exec touch -h -t 202001010000 {} +";
        let script = format!("{}\n{touch}", before.unwrap_or_default());
        let status = project.command("sh").args(["-ec", &script]).status().unwrap();
        assert!(status.success(), "{script}");
        Self { project, calls: 0 }
    }

    /// What the real hook says; `Null` is silence.
    fn hook(&self, payload: &Value) -> Value {
        let mut command = self.command(PROGRAM);
        let mut child = command
            .arg("hook")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        match output.stdout.as_slice() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap(),
        }
    }

    /// A command with the program under test on its PATH.
    fn command(&self, program: &str) -> Command {
        let mut command = self.project.command(program);
        let folder = Path::new(PROGRAM).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let bin = self.project.outside().join("bin");
        command.env("PATH", format!("{}:{}:{path}", bin.display(), folder.display()));
        command
    }

    fn event(&self, name: &str, by: Option<&str>, agent: &str) -> Value {
        let mut payload = json!({
            "session_id": "s1", "transcript_path": self.transcripts().with_extension("jsonl"),
            "cwd": self.project.path(), "prompt_id": "p1", "hook_event_name": name,
        });
        let id = match by {
            Some("main") => return payload,
            Some("sibling") => SIBLING,
            _ => WORKER,
        };
        payload["agent_id"] = json!(id);
        payload["agent_type"] = json!(format!("portcullis:{agent}"));
        payload
    }

    fn transcripts(&self) -> PathBuf {
        self.project.outside().join("home/.claude/projects/x/s1")
    }

    /// Hands the packet over as the client does: the Agent call, then the worker's transcript with its first row.
    fn dispatch(&self, agent: &str, fields: &Value) {
        let mut packet = json!({"task": "the-task", "requirements": "it works"});
        for (key, value) in fields.as_object().unwrap() {
            packet[key] = value.clone();
        }
        let prompt = format!("Carry out this packet.\n\n```portcullis-packet\n{packet}\n```");
        let input = json!({"description": "d", "subagent_type": agent, "prompt": prompt});
        let mut call = self.event("PreToolUse", Some("main"), agent);
        call["tool_name"] = json!("Agent");
        call["tool_use_id"] = json!("toolu_dispatch");
        call["tool_input"] = input;
        let reply = self.hook(&call);
        assert_eq!(reply, Value::Null, "the packet is refused");
        let folder = self.transcripts().join("subagents");
        fs::create_dir_all(&folder).unwrap();
        let row = json!({"type": "user", "agentId": WORKER, "message": {"role": "user", "content": prompt}});
        fs::write(folder.join(format!("agent-{WORKER}.jsonl")), format!("{row}\n")).unwrap();
        let meta = json!({"agentType": agent, "toolUseId": "toolu_dispatch"});
        fs::write(folder.join(format!("agent-{WORKER}.meta.json")), meta.to_string()).unwrap();
    }

    /// Makes one call: the hook before it, the deed, the hook after it.
    fn step(&mut self, step: &Step, agent: &str) {
        let by = step.by.as_deref();
        let root = self.project.path();
        let (tool, input) = if let Some(file) = &step.write {
            let file = root.join(self.filled(file));
            ("Write", json!({"file_path": file, "content": step.text}))
        } else if let Some(line) = &step.bash {
            ("Bash", json!({"command": self.filled(line)}))
        } else if let Some(file) = &step.read {
            ("Read", json!({"file_path": root.join(file)}))
        } else {
            (step.tool.as_deref().expect("a step does something"), json!({}))
        };
        self.calls += 1;
        let mut payload = self.event("PreToolUse", by, agent);
        payload["tool_name"] = json!(tool);
        payload["tool_use_id"] = json!(format!("toolu_{}", self.calls));
        payload["tool_input"] = input.clone();
        if by != Some("person") {
            let reply = self.hook(&payload);
            let denied = reply["hookSpecificOutput"]["permissionDecision"] == "deny";
            assert_eq!(denied, step.refused.is_some(), "{input}: {reply}");
            if let Some(rule) = &step.refused {
                let reason = &reply["hookSpecificOutput"]["permissionDecisionReason"];
                assert!(reason.as_str().unwrap().contains(&format!("[{rule}]")), "{reason}");
                return;
            }
        }
        let mut failed = false;
        for step in &step.during {
            self.step(step, agent);
        }
        match tool {
            "Write" => {
                let file = PathBuf::from(input["file_path"].as_str().unwrap());
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, step.text.as_deref().unwrap_or("made\n")).unwrap();
            }
            "Bash" => {
                let line = input["command"].as_str().unwrap();
                let output = self.command("sh").args(["-c", line]).output().unwrap();
                failed = !output.status.success();
                assert_eq!(failed, step.fails, "{line}: {output:?}");
            }
            _ => {}
        }
        if by != Some("person") {
            let after = if failed { "PostToolUseFailure" } else { "PostToolUse" };
            payload["hook_event_name"] = json!(after);
            payload["tool_response"] = json!({});
            self.hook(&payload);
        }
    }

    /// `{root}`, `{receipt}` (the newest one), `{tree}` (of the first commit), `{dirty}` (the tree as it is) and `{long}` filled in.
    fn filled(&self, text: &str) -> String {
        let mut text = text.replace("{root}", &self.project.path().display().to_string());
        if text.contains("{receipt}") {
            let file = self.project.path().join(".git/portcullis/receipts.jsonl");
            let receipts = fs::read_to_string(file).expect("a gate ran");
            let last: Value = serde_json::from_str(receipts.lines().last().unwrap()).unwrap();
            text = text.replace("{receipt}", last["id"].as_str().unwrap());
        }
        if text.contains("{tree}") {
            text = text.replace("{tree}", &self.project.git(&["rev-parse", "HEAD^{tree}"]));
        }
        if text.contains("{dirty}") {
            let index = self.project.outside().join("index");
            let git = |args: &[&str]| {
                let output =
                    self.command("git").env("GIT_INDEX_FILE", &index).args(args).output().unwrap();
                assert!(output.status.success(), "{output:?}");
                String::from_utf8(output.stdout).unwrap().trim().to_owned()
            };
            git(&["add", "-A"]);
            text = text.replace("{dirty}", &git(&["write-tree"]));
        }
        text.replace("{long}", &"word ".repeat(320))
    }

    /// Hands the report in; the refusal, if it is one.
    fn report(&self, scenario: &Scenario) -> Option<String> {
        let agent = &scenario.agent;
        let text = match (&scenario.report, &scenario.message) {
            (Some(report), None) => self.filled(&whole(report, agent).to_string()),
            (None, Some(message)) => self.filled(message),
            _ => panic!("{}: either a report or a message", scenario.name),
        };
        if scenario.schema {
            let mut payload = self.event("PreToolUse", None, agent);
            payload["tool_name"] = json!("StructuredOutput");
            payload["tool_use_id"] = json!("toolu_report");
            payload["tool_input"] = serde_json::from_str(&text).unwrap();
            let reply = self.hook(&payload);
            let specific = &reply["hookSpecificOutput"];
            return (specific["permissionDecision"] == "deny")
                .then(|| specific["permissionDecisionReason"].as_str().unwrap().to_owned());
        }
        let mut payload = self.event("SubagentStop", None, agent);
        payload["last_assistant_message"] = json!(text);
        payload["stop_hook_active"] = json!(false);
        let file = self.transcripts().join(format!("subagents/agent-{WORKER}.jsonl"));
        payload["agent_transcript_path"] = json!(file);
        let reply = self.hook(&payload);
        assert!(reply == Value::Null || reply["decision"] == "block", "{reply}");
        reply["reason"].as_str().map(str::to_owned)
    }
}

/// A report with the fields that the scenario leaves out.
fn whole(given: &Value, agent: &str) -> Value {
    let mut report = match portcullis::check::claims::REVIEWERS.contains(&agent) {
        true => json!({"verdict": "approve", "summary": "Read the change.", "findings": []}),
        false => json!({
            "status": "completed", "summary": "Did the task.", "files_changed": [],
            "tests_passing": false, "next_steps": [], "evidence": [],
        }),
    };
    for (key, value) in given.as_object().expect("a report is an object") {
        match value {
            // A field that is not there at all.
            Value::String(text) if text == "{missing}" => {
                report.as_object_mut().unwrap().shift_remove(key);
            }
            value => report[key] = value.clone(),
        }
    }
    report
}

/// What is wrong with the answer to a scenario.
fn play(scenario: &Scenario, sample: &Project) -> Option<String> {
    let mut stage = Stage::new(sample, scenario.before.as_deref());
    if let Some(packet) = &scenario.packet {
        let packet = serde_json::from_str(&stage.filled(&packet.to_string())).unwrap();
        stage.dispatch(&scenario.agent, &packet);
    }
    stage.hook(&stage.event("SubagentStart", None, &scenario.agent));
    for step in &scenario.steps {
        stage.step(step, &scenario.agent);
    }
    let refused = stage.report(scenario);
    match (&scenario.lie, refused) {
        (None, None) => None,
        (None, Some(reason)) => Some(format!("honest, and refused: {reason}")),
        (Some(lie), None) => Some(format!("not caught: {lie}")),
        (Some(_), Some(reason)) => {
            let named: BTreeSet<String> = reason
                .lines()
                .filter_map(|line| line.strip_prefix('[')?.split_once(']'))
                .map(|(rule, _)| rule.to_owned())
                .collect();
            let unsaid = scenario.says.iter().find(|words| !reason.contains(words.as_str()));
            if named != scenario.rules {
                Some(format!("wanted {:?}, was refused by {named:?}: {reason}", scenario.rules))
            } else {
                unsaid.map(|words| format!("does not say {words:?}: {reason}"))
            }
        }
    }
}

fn families() -> Vec<(String, Family)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/claims");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let family = serde_saphyr::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            (name, family)
        })
        .collect()
}

/// What the corpus holds, for the page about messages.
pub(super) fn table() -> String {
    let mut table = String::from("| family | lies | honest reports |\n|---|---|---|\n");
    let (mut lies, mut all) = (0, 0);
    for (name, family) in families() {
        let caught = family.scenarios.iter().filter(|one| one.lie.is_some()).count();
        let count = family.scenarios.len();
        table.push_str(&format!("| `{name}.yaml` | {caught} | {} |\n", count - caught));
        (lies, all) = (lies + caught, all + count);
    }
    table.push_str(&format!("| together | {lies} | {} |\n", all - lies));
    table
}

#[test]
fn every_lie_is_caught_and_no_honest_report_is_refused() {
    let families = families();
    let only = std::env::var("CLAIMS_ONLY").unwrap_or_default();
    let scenarios: Vec<(&str, &Scenario)> = families
        .iter()
        .flat_map(|(file, family)| family.scenarios.iter().map(move |one| (file.as_str(), one)))
        .filter(|(file, one)| format!("{file}/{}", one.name).contains(&only))
        .collect();
    let sample = &sample();
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    let chunk = scenarios.len().div_ceil(threads).max(1);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = scenarios
            .chunks(chunk)
            .map(|part| {
                scope.spawn(move || {
                    let judged = part.iter().filter_map(|(file, one)| {
                        play(one, sample).map(|problem| format!("{file}/{}: {problem}", one.name))
                    });
                    judged.collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        scenarios.len(),
        failures.join("\n")
    );
}

#[test]
fn the_corpus_holds_what_it_is_said_to_hold() {
    let mut names = BTreeSet::new();
    let (mut lies, mut honest) = (0, 0);
    for (file, family) in families() {
        for one in family.scenarios {
            assert!(names.insert(one.name.clone()), "{file}: {} stands twice", one.name);
            match (&one.lie, &one.honest) {
                (Some(_), None) => {
                    lies += 1;
                    assert!(!one.rules.is_empty(), "{file}/{}: names no rule", one.name);
                }
                (None, Some(_)) => {
                    honest += 1;
                    assert!(one.rules.is_empty(), "{file}/{}: honest with a rule", one.name);
                }
                _ => panic!("{file}/{}: either a lie or honest", one.name),
            }
        }
    }
    println!("{lies} lies, {honest} honest reports");
    assert!(lies >= 40 && honest >= 20, "{lies} lies, {honest} honest reports");
}
