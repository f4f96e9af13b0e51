//! Runs the hooks of a bundle with recorded payloads and says what the client would make of it.
//!
//! Only on request. A hook runs in a copy of its plugin or project, with a home of its own, without network and under a time
//! limit. It is still a program of the bundle's author: what it does to files outside of the copy is not prevented.

use std::ffi::OsString;
use std::fs::File as Handle;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::hook::kind::{Kind as Event, Refusal};

use super::family::hook::{Handler, handlers};
use super::family::rehearsal::{
    rehearsal_failure, rehearsal_guard_open, rehearsal_output_invalid, rehearsal_program_missing,
    rehearsal_too_slow,
};
use super::finding::{Finding, Findings};

/// The longest that one run may take here, whatever the hook's own limit is.
const LIMIT: Duration = Duration::from_secs(10);
/// From when on a run is slow.
const SLOW: Duration = Duration::from_secs(1);
/// Most bytes of a plugin or project that are copied.
const MOST_COPIED: u64 = 256 * 1024 * 1024;
/// Most bytes of an answer that are read.
const MOST_READ: usize = 1024 * 1024;

/// One run of one hook.
#[derive(Debug)]
pub struct Row {
    /// Where the hook is declared.
    pub declared: String,
    /// The event, with the tool for tool events.
    pub event: String,
    /// What the call is about.
    pub about: &'static str,
    /// How it ended and what that means.
    pub meaning: String,
    /// How long it took.
    pub time: Duration,
}

/// What all runs showed.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Every run.
    pub rows: Vec<Row>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Hooks that were not run, and why.
    pub left_out: Vec<String>,
}

/// A recorded call.
struct Call {
    about: &'static str,
    tool: Option<&'static str>,
    input: Value,
    harmful: bool,
}

/// How one run ended.
#[derive(Debug, PartialEq)]
enum End {
    Exit(i32),
    Signal(i32),
    TimedOut,
    NotStarted(String),
}

struct Ran {
    end: End,
    out: String,
    err: String,
    time: Duration,
}

/// Runs every command hook of the files that were asked for.
///
/// # Errors
/// When no process can be kept from the network here, or a copy cannot be made.
pub fn rehearse(bundle: &Bundle, path: Option<&OsString>) -> anyhow::Result<Rehearsal> {
    let holders: Vec<&File> = bundle
        .files
        .iter()
        .filter(|file| {
            file.asked && matches!(file.kind, Kind::Hooks | Kind::Settings | Kind::Plugin)
        })
        .filter(|file| !handlers(file).is_empty())
        .collect();
    let mut rehearsal = Rehearsal::default();
    if holders.is_empty() {
        return Ok(rehearsal);
    }
    let fence = fence()?;
    let mut said = Findings::new(bundle, &rehearsal_failure::RULE);
    for file in holders {
        let stage = Stage::new(&bundle.root(file).dir, fence, path)?;
        for handler in handlers(file) {
            let Some(event) = Event::from_name(handler.event) else { continue };
            let kind = handler.node.get("type").and_then(Node::as_str).unwrap_or_default();
            if kind != "command" {
                let place = file.source.line(handler.node.span.start);
                rehearsal.left_out.push(format!("{}:{place}: a hook of type {kind}", file.shown));
                continue;
            }
            act(file, &handler, event, &stage, &mut rehearsal.rows, &mut said)?;
        }
    }
    rehearsal.findings = said.into_all();
    Ok(rehearsal)
}

fn act(
    file: &File,
    handler: &Handler<'_>,
    event: Event,
    stage: &Stage,
    rows: &mut Vec<Row>,
    said: &mut Findings<'_>,
) -> anyhow::Result<()> {
    let guard =
        matches!(event.traits().refusal, Refusal::PermissionDecision | Refusal::PermissionRequest);
    let span = handler.line();
    let mut quiet = true;
    for call in calls(event).iter().filter(|call| handler.takes(call.tool)) {
        let ran = stage.run(handler.node, &payload(event, call, &stage.project))?;
        let line = file.source.line(handler.node.span.start);
        rows.push(Row {
            declared: format!("{}:{line}", file.shown),
            event: call
                .tool
                .map_or_else(|| event.name().to_owned(), |tool| format!("{}:{tool}", event.name())),
            about: call.about,
            meaning: meaning(&ran, event),
            time: ran.time,
        });
        let problem = problem(&ran, event);
        match &ran.end {
            End::TimedOut => {
                said.by(&rehearsal_too_slow::RULE);
                said.at(file, span.clone(), format!("not done after {} s", LIMIT.as_secs()))
                    .help("at its own limit the client goes on without a decision");
            }
            End::NotStarted(why) => {
                said.by(&rehearsal_program_missing::RULE);
                said.at(file, span.clone(), format!("the program cannot be started: {why}"));
            }
            End::Exit(0 | 2) => {}
            _ if missing(&ran).is_some() => {
                said.by(&rehearsal_program_missing::RULE);
                let name = missing(&ran).unwrap_or_default();
                said.at(file, span.clone(), format!("a program is not here: {name}"));
            }
            _ if call.harmful && quiet && guard => {
                said.by(&rehearsal_guard_open::RULE);
                said.at(
                    file,
                    span.clone(),
                    format!(
                        "at {} it ends with {}, and the call goes through",
                        call.about,
                        words(&ran.end)
                    ),
                )
                .help("exit 2 blocks; every other code is an error that the client passes over");
            }
            _ => {
                quiet = false;
                said.by(&rehearsal_failure::RULE);
                said.at(
                    file,
                    span.clone(),
                    format!("at {} it ends with {}", call.about, words(&ran.end)),
                );
            }
        }
        if let Some(problem) = problem {
            said.by(&rehearsal_output_invalid::RULE);
            said.at(file, span.clone(), problem);
        }
        if ran.end != End::TimedOut && ran.time > SLOW {
            said.by(&rehearsal_too_slow::RULE);
            let seconds = ran.time.as_secs_f64();
            said.at(file, span.clone(), format!("it takes {seconds:.1} s at {}", call.about));
        }
    }
    Ok(())
}

/// The calls that a hook of an event is tried with. A harmful one stands behind a harmless one of its tool. The command
/// lines are data; were one run all the same, its last word makes the program refuse.
fn calls(event: Event) -> Vec<Call> {
    let call = |about, tool, input, harmful| Call { about, tool, input, harmful };
    let tool_event = matches!(
        event,
        Event::PreToolUse
            | Event::PermissionRequest
            | Event::PermissionDenied
            | Event::PostToolUse
            | Event::PostToolUseFailure
    );
    if !tool_event {
        return vec![call("a plain event", None, Value::Null, false)];
    }
    vec![
        call("`ls`", Some("Bash"), json!({"command": "ls", "description": "List files"}), false),
        call(
            "`rm -rf /`",
            Some("Bash"),
            json!({"command": "rm -rf / --rehearsal-only", "description": "Remove all"}),
            true,
        ),
        call(
            "`git push --force`",
            Some("Bash"),
            json!({"command": "git push --force origin main --rehearsal-only", "description": "Push"}),
            true,
        ),
        call("a read", Some("Read"), json!({"file_path": "README.md"}), false),
        call("a write", Some("Write"), json!({"file_path": "notes.txt", "content": "x\n"}), false),
        call(
            "a write to .env",
            Some("Write"),
            json!({"file_path": ".env", "content": "A=1\n"}),
            true,
        ),
        call(
            "an edit",
            Some("Edit"),
            json!({"file_path": "notes.txt", "old_string": "x", "new_string": "y"}),
            false,
        ),
        call(
            "a subagent",
            Some("Agent"),
            json!({"description": "look", "prompt": "Look.", "subagent_type": "general-purpose"}),
            false,
        ),
    ]
}

/// The event as the client would send it (facts A2).
fn payload(event: Event, call: &Call, project: &Path) -> Value {
    let mut payload = json!({
        "session_id": "00000000-0000-0000-0000-000000000000",
        "transcript_path": "",
        "cwd": project,
        "hook_event_name": event.name(),
        "permission_mode": "default",
    });
    let more = match event {
        _ if call.tool.is_some() => {
            let mut input = call.input.clone();
            // The client sends absolute paths.
            if let Some(file) = call.input.get("file_path").and_then(Value::as_str) {
                input["file_path"] = json!(project.join(file));
            }
            let mut more = json!({"tool_name": call.tool, "tool_input": input, "tool_use_id": "toolu_rehearsal"});
            match event {
                Event::PostToolUse => more["tool_response"] = json!({"stdout": "", "stderr": ""}),
                Event::PostToolUseFailure => more["error"] = json!("Exit code 1"),
                Event::PermissionDenied => more["reason"] = json!("rehearsal"),
                _ => {}
            }
            more
        }
        Event::UserPromptSubmit => json!({"prompt": "List the files."}),
        Event::UserPromptExpansion => json!({
            "expansion_type": "slash_command", "command_name": "help", "command_args": "", "prompt": "/help"
        }),
        Event::SessionStart => json!({"source": "startup"}),
        Event::SessionEnd => json!({"reason": "other"}),
        Event::Setup => json!({"trigger": "init"}),
        Event::Stop => json!({"stop_hook_active": false, "last_assistant_message": "Done."}),
        Event::SubagentStart => json!({"agent_id": "a1", "agent_type": "general-purpose"}),
        Event::SubagentStop => json!({
            "stop_hook_active": false, "agent_id": "a1", "agent_type": "general-purpose",
            "agent_transcript_path": "", "last_assistant_message": "Done."
        }),
        Event::PreCompact => json!({"trigger": "manual", "custom_instructions": null}),
        Event::PostCompact => json!({"trigger": "manual", "compact_summary": ""}),
        Event::Notification => json!({"message": "Waiting", "notification_type": "idle_prompt"}),
        Event::ConfigChange => json!({"source": "project_settings"}),
        Event::CwdChanged => json!({"old_cwd": project, "new_cwd": project}),
        Event::FileChanged => json!({"file_path": project.join("a.txt"), "event": "change"}),
        _ => json!({}),
    };
    if let (Value::Object(payload), Value::Object(more)) = (&mut payload, more) {
        payload.extend(more);
    }
    payload
}

/// Where hooks run: a copy of the root, and folders of their own.
struct Stage {
    _scratch: tempfile::TempDir,
    project: PathBuf,
    data: PathBuf,
    home: PathBuf,
    fence: &'static [&'static str],
    path: OsString,
}

impl Stage {
    fn new(
        root: &Path,
        fence: &'static [&'static str],
        path: Option<&OsString>,
    ) -> anyhow::Result<Self> {
        let scratch = tempfile::Builder::new().prefix("portcullis-rehearsal-").tempdir()?;
        let base = scratch.path().canonicalize()?;
        let (project, data, home) = (base.join("root"), base.join("data"), base.join("home"));
        for folder in [&project, &data, &home] {
            std::fs::create_dir(folder)?;
        }
        let mut copied = 0;
        copy(root, &project, &mut copied)
            .with_context(|| format!("cannot copy {}", root.display()))?;
        let path = path.cloned().unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        Ok(Self { _scratch: scratch, project, data, home, fence, path })
    }

    fn run(&self, handler: &Node, payload: &Value) -> anyhow::Result<Ran> {
        let text = |key: &str| handler.get(key).and_then(Node::as_str);
        let line = text("command").unwrap_or_default();
        let fill = |text: &str| {
            let put = |text: String, name: &str, path: &Path| {
                text.replace(&format!("${{{name}}}"), &path.to_string_lossy())
            };
            let text = put(text.to_owned(), "CLAUDE_PROJECT_DIR", &self.project);
            let text = put(text, "CLAUDE_PLUGIN_ROOT", &self.project);
            put(text, "CLAUDE_PLUGIN_DATA", &self.data)
        };
        let mut argv: Vec<String> = self.fence.iter().map(|word| (*word).to_owned()).collect();
        match handler.get("args") {
            Some(args) => {
                argv.push(fill(line));
                argv.extend(args.items().iter().filter_map(Node::as_str).map(fill));
            }
            None => argv.extend(["sh".to_owned(), "-c".to_owned(), line.to_owned()]),
        }
        let limit = handler.get("timeout").and_then(Node::as_number).unwrap_or(600.0);
        let limit = Duration::try_from_secs_f64(limit).unwrap_or(LIMIT).min(LIMIT);
        // Files, not pipes: a child that lives on could hold a pipe for ever.
        let (input, out, err) =
            (self.home.join("stdin"), self.home.join("stdout"), self.home.join("stderr"));
        std::fs::write(&input, format!("{payload}\n"))?;
        let started = Instant::now();
        let spawned = Command::new(&argv[0])
            .args(&argv[1..])
            .current_dir(&self.project)
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.home)
            .env("TMPDIR", &self.data)
            .env("CLAUDECODE", "1")
            .env("CLAUDE_PROJECT_DIR", &self.project)
            .env("CLAUDE_PLUGIN_ROOT", &self.project)
            .env("CLAUDE_PLUGIN_DATA", &self.data)
            .stdin(Stdio::from(Handle::open(&input)?))
            .stdout(Stdio::from(Handle::create(&out)?))
            .stderr(Stdio::from(Handle::create(&err)?))
            .process_group(0)
            .spawn();
        let end = match spawned {
            Err(error) => End::NotStarted(error.to_string()),
            Ok(mut child) => {
                let group = i32::try_from(child.id()).map(Pid::from_raw);
                let status = loop {
                    if let Some(status) = child.try_wait()? {
                        break Some(status);
                    }
                    if started.elapsed() > limit {
                        break None;
                    }
                    std::thread::sleep(Duration::from_millis(2));
                };
                if let Ok(group) = group {
                    // What it left running ends with it; none left is no error.
                    let _ = killpg(group, Signal::SIGKILL);
                }
                match status {
                    Some(status) => match status.code() {
                        Some(code) => End::Exit(code),
                        None => End::Signal(status.signal().unwrap_or_default()),
                    },
                    None => {
                        child.wait()?;
                        End::TimedOut
                    }
                }
            }
        };
        let time = started.elapsed();
        let read = |path: &Path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_READ)]).into_owned()
        };
        Ok(Ran { end, out: read(&out), err: read(&err), time })
    }
}

/// The words in front of a command that keep it from the network.
fn fence() -> anyhow::Result<&'static [&'static str]> {
    const FENCES: &[&[&str]] = &[
        &["unshare", "--map-root-user", "--net", "--"],
        &["sandbox-exec", "-p", "(version 1)(allow default)(deny network*)"],
    ];
    let works = |fence: &&&[&str]| {
        Command::new(fence[0])
            .args(&fence[1..])
            .arg("true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    match FENCES.iter().find(works) {
        Some(fence) => Ok(fence),
        None => bail!(
            "--rehearse: a process cannot be kept from the network here (neither `unshare --map-root-user --net` nor \
             `sandbox-exec` works), so no hook was run"
        ),
    }
}

fn copy(from: &Path, to: &Path, copied: &mut u64) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        let skipped = [".git", "node_modules", "target"];
        if kind.is_dir() {
            if !skipped.iter().any(|name| entry.file_name() == *name) {
                std::fs::create_dir(&target)?;
                copy(&entry.path(), &target, copied)?;
            }
        } else if kind.is_file() {
            *copied += entry.metadata()?.len();
            if *copied > MOST_COPIED {
                bail!("it holds more than {} MiB", MOST_COPIED / 1024 / 1024);
            }
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// What an end means to the client.
fn meaning(ran: &Ran, event: Event) -> String {
    let blocks = event.traits().refusal != Refusal::None;
    match &ran.end {
        End::Exit(0) if ran.out.trim().is_empty() => "exit 0: no objection".to_owned(),
        End::Exit(0) => match serde_json::from_str::<Value>(ran.out.trim()) {
            Ok(answer) => match decision(&answer) {
                Some(word) => format!("exit 0: {word}"),
                None => "exit 0: an answer without a decision".to_owned(),
            },
            Err(_) => "exit 0: plain text".to_owned(),
        },
        End::Exit(2) if blocks => "exit 2: blocks".to_owned(),
        End::Exit(2) => "exit 2: cannot block this event".to_owned(),
        end => format!("{}: an error, the client goes on", words(end)),
    }
}

fn words(end: &End) -> String {
    match end {
        End::Exit(code) => format!("exit {code}"),
        End::Signal(signal) => format!("signal {signal}"),
        End::TimedOut => "the time limit".to_owned(),
        End::NotStarted(why) => format!("no start ({why})"),
    }
}

fn decision(answer: &Value) -> Option<String> {
    let specific = &answer["hookSpecificOutput"];
    let word = specific["permissionDecision"].as_str().or(answer["decision"].as_str());
    let word = word.or(specific["decision"]["behavior"].as_str());
    word.map(str::to_owned)
}

/// What is wrong with an answer, if something is.
fn problem(ran: &Ran, event: Event) -> Option<String> {
    let text = ran.out.trim();
    if ran.end != End::Exit(0) || !text.starts_with('{') {
        return None;
    }
    let answer = match serde_json::from_str::<Value>(text) {
        Ok(answer) => answer,
        Err(error) => return Some(format!("its answer is no JSON: {error}")),
    };
    let specific = answer.get("hookSpecificOutput")?;
    match specific.get("hookEventName").and_then(Value::as_str) {
        Some(name) if name == event.name() => None,
        Some(name) => Some(format!("its answer to {} is one to `{name}`", event.name())),
        None => Some("its `hookSpecificOutput` has no `hookEventName`".to_owned()),
    }
}

/// The line of the shell that says which program is missing.
fn missing(ran: &Ran) -> Option<String> {
    if !matches!(ran.end, End::Exit(126 | 127)) {
        return None;
    }
    let line = ran
        .err
        .lines()
        .find(|line| line.contains("not found") || line.contains("ermission denied"));
    Some(super::text::visible(&crate::secrets::redact(line.unwrap_or("exit 127"))))
}
