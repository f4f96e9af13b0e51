//! `doctor`, the session's self-test, and how the binary is found when a session starts.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use portcullis::bundle::VERSION;
use portcullis::check::{CHECKS, Check};
use portcullis::env::Env;
use portcullis::hook::kind::Kind;
use portcullis::hook::reply::{Finding, Verdict};
use portcullis::install::probe;
use portcullis::install::wiring;
use serde_json::{Value, json};

use crate::project::{BINARY, Project, ROOT, command, text};

fn installed() -> Project {
    let project = Project::new();
    fs::create_dir(project.path.join(".git")).unwrap();
    fs::write(project.path.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let output = project.run(&["install", project.path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    project
}

fn binary(project: &Project) -> PathBuf {
    project.path.join(".claude/portcullis/bin/portcullis")
}

fn script(file: &Path, body: &str) {
    let _ = fs::remove_file(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn doctor(project: &Project) -> (Output, Value) {
    let output = project.run(&["doctor", "--json", project.path.to_str().unwrap()]);
    let value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)));
    (output, value)
}

/// The probe of one check.
fn probed<'v>(value: &'v Value, id: &str) -> &'v Value {
    value["checks"].as_array().unwrap().iter().find(|check| check["check"] == id).unwrap()
}

/// Every check that the wired process judges is disarmed.
fn all_disarmed(value: &Value) {
    for check in value["checks"].as_array().unwrap() {
        // The start of a session goes through the script, which may find another binary.
        if check["check"] != "session" {
            assert_eq!(check["armed"], false, "{check}");
        }
    }
}

/// What the wired process of a project says to a violation, when that counts for nothing.
fn reason(project: &Project) -> String {
    let planted = |dir: &Path| json!({"hook_event_name": "PreToolUse", "cwd": dir});
    let check = Check { id: "secrets", planted, ..*check("secrets") };
    let wiring = probe::Wiring::find(&project.path, &Env::default()).unwrap().unwrap();
    wiring.ask(&check, &project.path).unwrap_err()
}

#[test]
fn an_installed_project_is_asked_through_its_own_process() {
    let project = installed();
    let (output, value) = doctor(&project);
    assert_eq!(value["wiring"], "project");
    assert_eq!(value["problems"], json!([]));
    assert_eq!(value["versions"], json!({"this": VERSION, "hook": VERSION, "bundle": VERSION}));
    assert_eq!(value["checks"].as_array().unwrap().len(), CHECKS.len());
    for check in CHECKS {
        assert_eq!(probed(&value, check.id)["armed"], true, "{value:#}");
    }
    assert_eq!(output.status.code(), Some(0), "{value:#}");
    assert!(!project.path.join(".git/portcullis").exists(), "the project's journal is its own");

    let output = project.run(&["doctor", project.path.to_str().unwrap()]);
    let said = text(&output.stdout);
    assert!(said.contains("ARMED     session") && said.contains(VERSION), "{said}");
}

#[test]
fn what_is_not_wired_is_disarmed() {
    let project = Project::new();
    let (output, value) = doctor(&project);
    assert_eq!(output.status.code(), Some(1));
    assert!(value["problems"][0].as_str().unwrap().contains("portcullis install"));
    assert!(value["checks"].as_array().unwrap().iter().all(|check| check["armed"] == false));
}

#[test]
fn a_broken_binary_disarms_with_a_reason() {
    let project = installed();
    fs::remove_file(binary(&project)).unwrap();
    assert!(reason(&project).contains("portcullis is missing"), "{}", reason(&project));
    let (output, value) = doctor(&project);
    assert_eq!(output.status.code(), Some(1));
    all_disarmed(&value);

    let rows = [
        ("exec cat >/dev/null", "a stub"),
        (
            "cat >/dev/null; echo boom >&2; exit 101",
            "ended with code 101, which decides nothing: boom",
        ),
        ("cat >/dev/null; kill -9 $$", "ended with a signal"),
        ("cat >/dev/null; echo hello", "not JSON"),
        (
            r#"cat >/dev/null; echo '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"},"decision":"approve"}'"#,
            "the answer to its planted violation is \"a",
        ),
        (r#"cat >/dev/null; echo '{"systemMessage":"fine"}'"#, "no refusal in the answer"),
        (
            r#"cat >/dev/null; echo '{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"[secrets-x] no"}}'"#,
            "does not name its event",
        ),
    ];
    for (body, wanted) in rows {
        script(&binary(&project), body);
        let said = reason(&project);
        assert!(said.contains(wanted), "{wanted:?} is not in {said:?}");
        let (output, value) = doctor(&project);
        assert_eq!(output.status.code(), Some(1), "{body}");
        all_disarmed(&value);
        assert!(value["problems"][0].as_str().unwrap().contains("binary"), "{body}: {value:#}");
    }
}

#[test]
fn versions_that_differ_are_a_problem() {
    let project = installed();
    let manifest = project.path.join(".claude/portcullis/manifest.json");
    let older = fs::read_to_string(&manifest).unwrap().replace(VERSION, "0.0.9");
    fs::write(&manifest, older).unwrap();
    let (output, value) = doctor(&project);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(value["versions"]["bundle"], "0.0.9");
    assert!(value["problems"][0].as_str().unwrap().contains("versions differ"));
}

#[test]
fn hooks_that_are_switched_off_or_missing_are_problems() {
    let project = installed();
    project.write(".claude/settings.local.json", "{\"disableAllHooks\": true}");
    let (output, value) = doctor(&project);
    assert_eq!(output.status.code(), Some(1));
    let problem = value["problems"][0].as_str().unwrap();
    assert!(problem.contains("settings.local.json: disableAllHooks"), "{problem}");
    fs::remove_file(project.path.join(".claude/settings.local.json")).unwrap();

    project.write(".claude/settings.local.json", "{\"enabledPlugins\": {\"portcullis@x\": true}}");
    let (_, value) = doctor(&project);
    assert!(value["problems"][0].as_str().unwrap().contains("judged twice"), "{value:#}");
    fs::remove_file(project.path.join(".claude/settings.local.json")).unwrap();

    let file = project.path.join(".claude/settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    settings["hooks"].as_object_mut().unwrap().remove("SubagentStop");
    fs::write(&file, settings.to_string()).unwrap();
    let (_, value) = doctor(&project);
    assert!(value["problems"][0].as_str().unwrap().contains("SubagentStop"), "{value:#}");

    fs::write(&file, "{ nonsense").unwrap();
    let output = project.run(&["doctor", project.path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("settings.json: is not valid JSON"));
}

#[test]
fn a_plugin_is_asked_through_its_hooks_file() {
    let project = Project::new();
    let data = project.path.join("data");
    fs::create_dir_all(data.join("bin")).unwrap();
    symlink(BINARY, data.join("bin/portcullis")).unwrap();
    let output = command(&project.path, BINARY)
        .args(["doctor", "--json", project.path.to_str().unwrap()])
        .env("CLAUDE_PLUGIN_ROOT", ROOT)
        .env("CLAUDE_PLUGIN_DATA", &data)
        .output()
        .unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["wiring"], "plugin");
    assert_eq!(value["problems"], json!([]), "{value:#}");
    assert_eq!(probed(&value, "session")["armed"], true, "{value:#}");
}

fn check(id: &'static str) -> &'static Check {
    CHECKS.iter().find(|check| check.id == id).unwrap()
}

#[test]
fn only_a_legal_refusal_by_the_check_itself_counts() {
    let secrets = check("secrets");
    let answer = |event: &str, decision: &str, reason: &str| {
        let body = json!({"hookSpecificOutput": {
            "hookEventName": event,
            "permissionDecision": decision,
            "permissionDecisionReason": reason,
        }});
        probe::refused(secrets, Kind::PreToolUse, Some(&body))
    };
    assert_eq!(answer("PreToolUse", "deny", "[some-token] no").unwrap(), ["some-token"]);
    assert!(answer("Stop", "deny", "[some-token] no").unwrap_err().contains("name its event"));
    assert!(answer("PreToolUse", "ask", "[some-token] no").unwrap_err().contains("\"ask\""));
    let elsewhere = "comes from elsewhere";
    assert!(answer("PreToolUse", "deny", "[internal-error] no").unwrap_err().contains(elsewhere));
    assert!(answer("PreToolUse", "deny", "[claims-tests] no").unwrap_err().contains(elsewhere));
    assert!(answer("PreToolUse", "deny", "no").unwrap_err().contains(elsewhere));

    let block = |body| probe::refused(secrets, Kind::Stop, Some(&body));
    assert!(block(json!({"decision": "block", "reason": "[secrets-x] no"})).is_ok());
    assert!(block(json!({"decision": "approve", "reason": "[secrets-x] no"})).is_err());
    assert!(probe::refused(secrets, Kind::Stop, None).is_err());
}

#[test]
fn the_self_test_reports_what_does_not_refuse() {
    fn stop(_: &Path) -> Value {
        json!({"hook_event_name": "Stop", "session_id": "planted"})
    }
    let good = Check {
        id: "good",
        source: "//! Good.\n",
        applies: |_| true,
        judge: |_, context| {
            fs::write(context.cwd.join("written"), "in the scratch folder")?;
            Ok(vec![Finding::new("good-rule", Verdict::Deny, "no")])
        },
        planted: |dir| {
            assert!(dir.join(".git/HEAD").exists());
            json!({"hook_event_name": "Stop", "cwd": dir})
        },
    };
    let inert = Check { id: "inert", judge: |_, _| Ok(Vec::new()), planted: stop, ..good };
    let deaf = Check { id: "deaf", applies: |_| false, planted: stop, ..good };
    let failing = Check { id: "failing", judge: |_, _| anyhow::bail!("no disk"), ..good };
    let panics = Check { id: "panics", judge: |_, _| panic!("on purpose"), ..good };
    let mute = Check { id: "mute", planted: |_| json!({}), ..good };
    let notice = Check {
        id: "notice",
        judge: |_, _| Ok(vec![Finding::new("notice-x", Verdict::Notice, "only said")]),
        ..good
    };
    let all = [good, inert, deaf, failing, panics, mute, notice];
    let found = portcullis::check::session::self_test(&all, &Env::default()).unwrap();
    let said: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
    let wanted = [
        "inert (Good): no objection",
        "deaf (Good): it does not look at",
        "failing (Good): it failed: no disk",
        "panics (Good): it panicked",
        "mute (Good): its planted violation names no event",
        "notice (Good): no refusal in the answer",
    ];
    assert_eq!(said.len(), wanted.len(), "{said:?}");
    for (said, wanted) in said.iter().zip(wanted) {
        assert!(said.starts_with(&format!("DISARMED: {wanted}")), "{said}");
    }
    assert!(found.iter().all(|f| f.rule == "session-disarmed" && f.verdict == Verdict::Notice));
}

/// A place where the script and the things it looks at are laid out freely.
struct Place {
    project: Project,
    script: PathBuf,
    data: PathBuf,
}

impl Place {
    fn new() -> Self {
        let project = Project::new();
        let root = project.path.join("it's a plugin");
        fs::create_dir_all(root.join("bin")).unwrap();
        for name in ["session-start", "portcullis"] {
            // Without the executable bit, as an archive may leave it: `sh` runs it all the same.
            fs::write(
                root.join("bin").join(name),
                fs::read(Path::new(ROOT).join("bin").join(name)).unwrap(),
            )
            .unwrap();
        }
        fs::write(root.join("install.sh"), "").unwrap();
        let data = project.path.join("plugin data/bin");
        Self { script: root.join("bin/session-start"), data, project }
    }

    fn root(&self) -> &Path {
        self.script.parent().unwrap().parent().unwrap()
    }

    fn home(&self) -> PathBuf {
        self.project.path.join("no home")
    }

    fn start(&self, source: &str) -> Output {
        let mut process = command(&self.project.path, "sh");
        process.arg(&self.script).arg(&self.data).env("CLAUDE_PROJECT_DIR", &self.project.path);
        let event =
            json!({"hook_event_name": "SessionStart", "source": source, "cwd": self.project.path});
        feed(process, &event.to_string())
    }

    fn message(&self, source: &str) -> String {
        let output = self.start(source);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stderr), "");
        let said = text(&output.stdout);
        if said.is_empty() {
            return said;
        }
        let value: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
        value["systemMessage"].as_str().unwrap_or_default().to_owned()
    }

    fn wired(&self) -> PathBuf {
        self.data.join("portcullis")
    }
}

fn feed(mut process: Command, input: &str) -> Output {
    process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = process.spawn().unwrap();
    // The launcher may answer and end before it reads.
    match child.stdin.take().unwrap().write_all(input.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => {}
    }
    child.wait_with_output().unwrap()
}

fn link(to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    symlink(BINARY, to).unwrap();
}

#[test]
fn without_a_binary_the_session_is_told_once_and_goes_on() {
    let place = Place::new();
    let said = place.message("startup");
    assert!(said.starts_with("Portcullis is DISARMED"), "{said}");
    let quoted = place.root().to_str().unwrap().replace('\'', r"'\''");
    assert!(said.contains(&format!("sh '{quoted}/install.sh' --arm")), "{said}");
    assert!(place.message("resume").contains("DISARMED"));
    assert_eq!(place.message("clear"), "");
    assert_eq!(place.message("compact"), "");

    // Every other event meets the stub: it reads all and says nothing.
    let mut stub = command(&place.project.path, place.wired().to_str().unwrap());
    stub.arg("hook");
    let output = feed(stub, &"x".repeat(1 << 20));
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(0), 0, 0));
    // The coarse entry of a boundary must not take the stub for the binary.
    let mut stub = command(&place.project.path, place.wired().to_str().unwrap());
    stub.args(["hook", wiring::PRESENT]);
    assert_eq!(feed(stub, "{}").status.code(), Some(1));
    assert_eq!(fs::read_to_string(place.wired()).unwrap().lines().count(), 3);
    assert_eq!(fs::read_dir(&place.data).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_binary_that_appears_replaces_the_stub_and_judges_the_start() {
    for folder in ["target/release", "target/some-triple/release"] {
        let place = Place::new();
        assert!(place.message("startup").contains("DISARMED"));
        link(&place.root().join(folder).join("portcullis"));
        assert!(!place.message("startup").contains("Portcullis is DISARMED"));
        assert_eq!(fs::read(place.wired()).unwrap(), fs::read(BINARY).unwrap());
        let journal = portcullis::state::folder(
            &place.project.path,
            &Env { state_home: Some(place.home().join(".local/state")), ..Env::default() },
        );
        let line = fs::read_to_string(journal.unwrap().join("journal/journal.jsonl")).unwrap();
        assert!(line.contains("SessionStart"), "{line}");
    }
    for folder in [".local/bin", ".cargo/bin"] {
        let place = Place::new();
        link(&place.home().join(folder).join("portcullis"));
        assert!(!place.message("startup").contains("Portcullis is DISARMED"), "{folder}");
    }
}

#[test]
fn scripts_and_other_programs_of_the_name_are_not_taken() {
    let place = Place::new();
    script(
        &place.home().join(".local/bin/portcullis"),
        &format!("echo 'portcullis {VERSION} (gates for Claude Code)'"),
    );
    assert!(place.message("startup").contains("DISARMED"), "a script is not the binary");
    fs::create_dir_all(place.home().join(".cargo/bin")).unwrap();
    fs::copy("/bin/ls", place.home().join(".cargo/bin/portcullis")).unwrap();
    assert!(place.message("startup").contains("DISARMED"), "another program");
    fs::create_dir_all(place.root().join("target/release/portcullis")).unwrap();
    assert!(place.message("startup").contains("DISARMED"), "a folder");
}

#[test]
fn a_dangling_link_is_replaced_and_a_good_one_is_left() {
    let place = Place::new();
    fs::create_dir_all(&place.data).unwrap();
    symlink("/nowhere/portcullis", place.wired()).unwrap();
    link(&place.home().join(".local/bin/portcullis"));
    assert!(!place.message("startup").contains("Portcullis is DISARMED"));
    let first = fs::symlink_metadata(place.wired()).unwrap();
    assert!(!place.message("startup").contains("Portcullis is DISARMED"));
    let second = fs::symlink_metadata(place.wired()).unwrap();
    assert_eq!(first.modified().unwrap(), second.modified().unwrap());
}

#[test]
fn an_older_binary_serves_until_the_right_one_is_there() {
    let place = Place::new();
    let newer = fs::read_to_string(&place.script)
        .unwrap()
        .replace(&format!("version='{VERSION}'"), "version='99.0.0'");
    fs::write(&place.script, newer).unwrap();
    link(&place.home().join(".local/bin/portcullis"));
    assert!(!place.message("startup").contains("Portcullis is DISARMED"));
    assert_eq!(fs::read_link(place.wired()).unwrap(), place.home().join(".local/bin/portcullis"));
}

#[test]
fn a_folder_that_cannot_be_written_is_one_message() {
    let place = Place::new();
    fs::write(place.data.parent().unwrap(), "a file where the folder should be").unwrap();
    let said = place.message("startup");
    assert!(said.contains("cannot be written"), "{said}");
    link(&place.home().join(".local/bin/portcullis"));
    let said = place.message("startup");
    assert!(said.contains("DISARMED") && said.contains("cannot be written"), "{said}");

    let mut process = command(&place.project.path, "sh");
    process.arg(&place.script).arg("");
    let output = feed(process, "{}");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("DISARMED"), "{}", text(&output.stdout));
}

#[test]
fn a_linked_worktree_uses_the_main_ones_binary() {
    let place = Place::new();
    let main = place.project.path.join("main");
    link(&main.join(".claude/portcullis/bin/portcullis"));
    let gitdir = main.join(".git/worktrees/side");
    fs::create_dir_all(&gitdir).unwrap();
    fs::write(place.project.path.join(".git"), format!("gitdir: {}\n", gitdir.display())).unwrap();
    assert!(!place.message("startup").contains("Portcullis is DISARMED"));
}

#[test]
fn the_launcher_runs_the_real_one_and_never_itself() {
    let place = Place::new();
    let launcher = place.root().join("bin/portcullis");
    let run = |path: &Path| {
        let mut process = command(&place.project.path, "sh");
        let search = format!("{}:/usr/bin:/bin", place.root().join("bin").display());
        process.arg(path).arg("--version").env("PATH", search);
        process.output().unwrap()
    };
    fs::set_permissions(&launcher, fs::Permissions::from_mode(0o755)).unwrap();
    let output = run(&launcher);
    assert_eq!(output.status.code(), Some(127));
    let said = text(&output.stderr);
    assert!(said.contains("install.sh") && said.contains("--arm"), "{said}");

    link(&place.root().join("target/release/portcullis"));
    let linked = place.project.path.join("linked");
    symlink(&launcher, &linked).unwrap();
    for path in [&launcher, &linked] {
        let output = run(path);
        assert!(text(&output.stdout).starts_with("portcullis "), "{}", text(&output.stderr));
    }
}

/// One SessionStart through the binary itself.
fn session(project: &Project, env: &[(&str, &Path)]) -> String {
    let mut process = command(&project.path, BINARY);
    process.arg("hook").env("CLAUDE_PROJECT_DIR", &project.path);
    process.envs(env.iter().map(|(name, value)| (name, value)));
    let event =
        json!({"hook_event_name": "SessionStart", "source": "startup", "cwd": project.path});
    let output = feed(process, &event.to_string());
    text(&output.stdout)
}

#[test]
fn a_session_is_told_when_versions_differ() {
    let project = installed();
    assert!(!session(&project, &[]).contains("session-version"));
    let manifest = project.path.join(".claude/portcullis/manifest.json");
    fs::write(&manifest, "{\"version\": \"0.0.9\"}").unwrap();
    let said = session(&project, &[]);
    assert!(said.contains("[session-version]") && said.contains("0.0.9"), "{said}");

    let project = Project::new();
    project.write("plugin/.claude-plugin/plugin.json", "{\"version\": \"7.0.0\"}");
    let said = session(&project, &[("CLAUDE_PLUGIN_ROOT", &project.path.join("plugin"))]);
    assert!(said.contains("plugin is 7.0.0") && said.contains("--arm"), "{said}");
}

#[test]
fn the_session_offers_the_binary_to_the_bash_tool() {
    let project = installed();
    let file = project.write("env file", "export A=1\n");
    session(&project, &[("CLAUDE_ENV_FILE", &file)]);
    session(&project, &[("CLAUDE_ENV_FILE", &file)]);
    let lines = fs::read_to_string(&file).unwrap();
    assert_eq!(lines.lines().count(), 2, "said once: {lines}");
    let mut shell = command(&project.path, "sh");
    let script = format!(". '{}' && command -v portcullis", file.display());
    let output = shell.args(["-c", &script]).output().unwrap();
    assert_eq!(text(&output.stdout).trim(), binary(&project).to_str().unwrap());

    fs::write(&file, "").unwrap();
    session(&project, &[("CLAUDE_ENV_FILE", &file), ("CLAUDE_PLUGIN_ROOT", Path::new(ROOT))]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "", "a plugin's bin/ is on the PATH already");
}

fn install_sh(project: &Project) -> Command {
    let mut process = command(&project.path, "sh");
    process.arg(Path::new(ROOT).join("install.sh")).current_dir(&project.path);
    process
}

#[test]
fn install_sh_installs_a_named_binary() {
    let project = Project::new();
    fs::create_dir(project.path.join("a project")).unwrap();
    let output = install_sh(&project).args(["--binary", BINARY, "a project"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(project.path.join("a project/.claude/portcullis/bin/portcullis").exists());

    let output = install_sh(&project).args(["--arm", "--binary", BINARY]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("is not on PATH"), "{}", text(&output.stdout));
    let armed = project.path.join("no home/.local/bin");
    assert_eq!(fs::read(armed.join("portcullis")).unwrap(), fs::read(BINARY).unwrap());
    assert_eq!(fs::read_dir(&armed).unwrap().count(), 1);
    let bin = project.path.join("bin");
    let output = install_sh(&project)
        .args(["--binary", BINARY, "--arm"])
        .env("XDG_BIN_HOME", &bin)
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .output()
        .unwrap();
    assert!(text(&output.stdout).contains("is on PATH"), "{}", text(&output.stdout));
}

#[test]
fn install_sh_refuses_in_words() {
    let project = Project::new();
    let rows: &[(&[&str], i32, &str)] = &[
        (&[], 2, "Usage"),
        (&["--help"], 0, "--arm"),
        (&["--frob"], 2, "--frob"),
        (&["--binary"], 2, "needs a file"),
        (&["--binary", BINARY, "nowhere"], 2, "nowhere is not a folder"),
        (&["--binary", "/nowhere/x", "."], 1, "/nowhere/x is not an executable file"),
        (&["--binary", "/bin/ls", "."], 1, "not a portcullis binary"),
        (&["--arm", "."], 2, "takes no project"),
        (&[".", "."], 2, "one project"),
    ];
    for (args, code, word) in rows {
        let output = install_sh(&project).args(*args).output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {said}");
        assert!(said.contains(word), "{args:?}: {said}");
    }
    let output = install_sh(&project).arg(".").env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = text(&output.stderr);
    assert!(said.contains("cargo is not on PATH") && said.contains("--binary"), "{said}");
    assert!(!project.path.join(".claude").exists());
}
