//! Asks the process that the client would start whether each check refuses its planted violation.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::manifest::Manifest;
use super::wiring::{self, Form};
use super::{files, settings};
use crate::check::{CHECKS, Check};
use crate::env::Env;
use crate::hook::kind::{Kind, Refusal};

/// How long one answer may take until it counts as none.
const PATIENCE: Duration = Duration::from_secs(10);

/// The hook entries of a project as the client would read them.
#[derive(Debug)]
pub struct Wiring {
    /// Which way in.
    pub form: Form,
    /// The file that holds the entries.
    pub file: PathBuf,
    /// The entries, placeholders replaced as the client does it.
    pub entries: Vec<Entry>,
    /// Version of the bundle that the wiring belongs to, when it says so.
    pub bundle: Option<String>,
    /// Variables the client would set besides the project's folder.
    vars: Vec<(&'static str, PathBuf)>,
}

/// One hook entry of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event.
    pub event: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// What a started hook did.
#[derive(Debug)]
pub struct Answer {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
}

impl Wiring {
    /// Finds how `project` is wired: by its settings, else by the plugin that the environment
    /// names. `None` when it is not.
    ///
    /// # Errors
    /// When a file that would say so cannot be read or understood.
    pub fn find(project: &Path, env: &Env) -> anyhow::Result<Option<Self>> {
        let file = project.join(settings::FILE);
        if let Some(text) = files::read_text(&file)? {
            let value = settings::value(&text, &file)?;
            let vars = vec![("CLAUDE_PROJECT_DIR", project.to_path_buf())];
            let entries: Vec<Entry> = entries(&value, &vars)
                .into_iter()
                .filter(|entry| {
                    wiring::is_ours(&entry.command, entry.args.iter().map(String::as_str))
                })
                .collect();
            if !entries.is_empty() {
                let bundle = Manifest::load(project)?.map(|manifest| manifest.version);
                return Ok(Some(Self {
                    form: Form::Project,
                    file,
                    entries,
                    bundle,
                    vars: Vec::new(),
                }));
            }
        }
        let Some(root) = &env.plugin_root else { return Ok(None) };
        let file = root.join("hooks/hooks.json");
        let Some(text) = files::read_text(&file)? else { return Ok(None) };
        let value = settings::value(&text, &file)?;
        let mut vars = vec![("CLAUDE_PLUGIN_ROOT", root.clone())];
        vars.extend(plugin_data(env).map(|data| ("CLAUDE_PLUGIN_DATA", data)));
        let bundle = plugin_version(root);
        let entries = entries(&value, &vars);
        Ok(Some(Self { form: Form::Plugin, file, entries, bundle, vars }))
    }

    /// The events our wiring should hold and does not.
    pub fn missing(&self) -> Vec<&'static str> {
        wiring::events()
            .map(|event| event.name)
            .filter(|name| self.entries.iter().all(|entry| entry.event != *name))
            .collect()
    }

    /// The binary that the entries call.
    pub fn binary(&self) -> Option<&str> {
        let mut commands = self.entries.iter().map(|entry| entry.command.as_str());
        commands.find(|command| command.ends_with("/portcullis"))
    }

    /// Plants a violation of `check` in the empty repository `dir` and asks the wired process.
    /// Says which rules refused.
    ///
    /// # Errors
    /// The reason why the check counts as disarmed.
    pub fn ask(&self, check: &Check, dir: &Path) -> Result<Vec<String>, String> {
        let payload = (check.planted)(dir);
        let kind = planted_kind(&payload)?;
        let mut entries = self.entries.iter().filter(|entry| entry.event == kind.name());
        let entry = entries.next().ok_or_else(|| format!("{} is not wired", kind.name()))?;
        let answer = self.run(&entry.command, &entry.args, &payload.to_string(), dir)?;
        if answer.code != Some(0) {
            let code = answer.code.map_or("a signal".to_owned(), |code| format!("code {code}"));
            let said = answer.stderr.lines().next().unwrap_or("nothing on standard error");
            return Err(format!("the hook ended with {code}, which decides nothing: {said}"));
        }
        let text = answer.stdout.trim();
        if text.is_empty() {
            return Err(if is_script(Path::new(&entry.command)) {
                "the binary is a stub: none was found when the session started".to_owned()
            } else {
                "no objection to its planted violation".to_owned()
            });
        }
        let body = serde_json::from_str(text)
            .map_err(|_| format!("the answer is not JSON: {}", clip(text)))?;
        refused(check, kind, Some(&body))
    }

    /// The version that the wired binary says it has.
    pub fn binary_version(&self) -> Result<String, String> {
        let binary = self.binary().ok_or("no entry calls it")?;
        if is_script(Path::new(binary)) {
            return Err("a stub, no binary was found when the session started".to_owned());
        }
        let answer = self.run(binary, &["--version".to_owned()], "", Path::new("/"))?;
        let said = answer.stdout.trim();
        match said.strip_prefix("portcullis ").and_then(|rest| rest.split(' ').next()) {
            Some(version) => Ok(version.to_owned()),
            None => Err(format!("it does not say its version (it said {:?})", clip(said))),
        }
    }

    fn run(
        &self,
        command: &str,
        args: &[String],
        input: &str,
        dir: &Path,
    ) -> Result<Answer, String> {
        if let Some(at) = command.find("${") {
            return Err(format!("{} is not known here; set it", &command[at..]));
        }
        let mut process = Command::new(command);
        process.args(args).current_dir(dir).env("CLAUDE_PROJECT_DIR", dir);
        for name in ["CLAUDE_ENV_FILE", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA"] {
            process.env_remove(name);
        }
        process.envs(self.vars.iter().map(|(name, value)| (name, value)));
        // Its own group, so that all it started can be ended with it.
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = process.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("{command} is missing"),
            _ => format!("{command} cannot be started ({error})"),
        })?;
        listen(child, input, PATIENCE)
            .map_err(|error| format!("{command} gave no answer: {error:#}"))
    }
}

/// Feeds a child and collects what it says, killing it when that takes too long.
fn listen(mut child: Child, input: &str, patience: Duration) -> anyhow::Result<Answer> {
    let mut stdin = child.stdin.take().context("no standard input")?;
    let out = child.stdout.take().context("no standard output")?;
    let err = child.stderr.take().context("no standard error")?;
    let input = format!("{input}\n");
    std::thread::scope(|scope| {
        // A hook may end without reading; that is for the answer to show.
        scope.spawn(move || drop(stdin.write_all(input.as_bytes())));
        let out = scope.spawn(move || read(out));
        let err = scope.spawn(move || read(err));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if start.elapsed() > patience {
                end_group(&child);
                child.wait()?;
                anyhow::bail!("it was stopped after {patience:?}");
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        // What it left behind would hold the pipes open.
        end_group(&child);
        let stdout = out.join().unwrap_or_default();
        Ok(Answer { stdout, stderr: err.join().unwrap_or_default(), code: status.code() })
    })
}

fn end_group(child: &Child) {
    if let Ok(id) = i32::try_from(child.id()) {
        let group = nix::unistd::Pid::from_raw(id);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
    }
}

fn read(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The event of a planted payload.
///
/// # Errors
/// When it names none.
pub fn planted_kind(payload: &Value) -> Result<Kind, String> {
    let name = payload["hook_event_name"].as_str();
    name.and_then(Kind::from_name).ok_or_else(|| "its planted violation names no event".to_owned())
}

/// Checks whose strictest answer is a question: nothing runs before the person answers it.
const ASKING: &[&str] = &["destroy"];

/// Checks that only tell, unless the policy asks for more: what they look at has happened already.
const TELLING: &[&str] = &["results", "snapshot"];

/// Whether an answer is a refusal that the client honours, by a rule of this check; the rules that
/// it names. Where an event cannot be refused, telling the user counts.
///
/// # Errors
/// The reason why it is none.
pub fn refused(check: &Check, kind: Kind, body: Option<&Value>) -> Result<Vec<String>, String> {
    let Some(body) = body else { return Err("no objection to its planted violation".to_owned()) };
    let specific = &body["hookSpecificOutput"];
    let (decision, wanted, reason) = match kind.traits().refusal {
        _ if TELLING.contains(&check.id) => (&Value::Null, "", &body["systemMessage"]),
        Refusal::PermissionDecision => {
            (&specific["permissionDecision"], "deny", &specific["permissionDecisionReason"])
        }
        Refusal::PermissionRequest => {
            (&specific["decision"]["behavior"], "deny", &specific["decision"]["message"])
        }
        Refusal::Block => (&body["decision"], "block", &body["reason"]),
        Refusal::Decline => (&specific["action"], "decline", &body["systemMessage"]),
        Refusal::None => (&Value::Null, "", &body["systemMessage"]),
    };
    let asked = ASKING.contains(&check.id) && decision.as_str() == Some("ask");
    if !wanted.is_empty() && decision.as_str() != Some(wanted) && !asked {
        return Err(match decision.as_str() {
            Some(other) => format!("the answer to its planted violation is {other:?}"),
            None => format!("no refusal in the answer {}", clip(&body.to_string())),
        });
    }
    if !specific.is_null() && specific["hookEventName"] != kind.name() {
        return Err("the refusal does not name its event, so the client ignores it".to_owned());
    }
    let text = reason.as_str().unwrap_or_default();
    let rules = rules_in(text);
    if rules.iter().any(|rule| belongs(check, rule)) {
        return Ok(rules);
    }
    Err(format!("the answer comes from elsewhere: {}", clip(text)))
}

/// The rule ids that a message names, `[like-this]`, each once.
fn rules_in(text: &str) -> Vec<String> {
    let is_id = |id: &str| {
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let mut found: Vec<String> = Vec::new();
    for (id, _) in text.split('[').skip(1).filter_map(|rest| rest.split_once(']')) {
        if is_id(id) && found.iter().all(|known| known != id) {
            found.push(id.to_owned());
        }
    }
    found
}

/// Whether a check may report this rule: its id says so, its page lists it, or, for rules that are
/// data, no other check claims it. A refusal because a check failed proves nothing.
fn belongs(check: &Check, rule: &str) -> bool {
    let claims = |check: &Check| {
        rule == check.id
            || rule.strip_prefix(check.id).is_some_and(|rest| rest.starts_with('-'))
            || check.page().contains(rule)
    };
    let ours = [crate::hook::INTERNAL, crate::hook::MALFORMED, crate::hook::OVERSIZED];
    !ours.contains(&rule) && (claims(check) || !CHECKS.iter().any(claims))
}

/// Every command hook in a hooks map, in exec form or not.
fn entries(file: &Value, vars: &[(&str, PathBuf)]) -> Vec<Entry> {
    let resolve = |text: &str| {
        vars.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), &value.to_string_lossy())
        })
    };
    let mut found = Vec::new();
    for (event, groups) in file["hooks"].as_object().into_iter().flatten() {
        let groups = groups.as_array().into_iter().flatten();
        for handler in groups.flat_map(|group| group["hooks"].as_array().into_iter().flatten()) {
            let (Some(command), Some(args)) =
                (handler["command"].as_str(), handler["args"].as_array())
            else {
                continue;
            };
            let args = args.iter().filter_map(Value::as_str).map(resolve).collect();
            found.push(Entry { event: event.clone(), command: resolve(command), args });
        }
    }
    found
}

/// The plugin's data folder: the one the environment names, else the only one there is.
fn plugin_data(env: &Env) -> Option<PathBuf> {
    if let Some(data) = &env.plugin_data {
        return Some(data.clone());
    }
    let all = std::fs::read_dir(env.config_dir.as_ref()?.join("plugins/data")).ok()?;
    let mut ours = all.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| {
        path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("portcullis-"))
    });
    let only = ours.next()?;
    ours.next().is_none().then_some(only)
}

/// The version in a plugin's manifest.
pub fn plugin_version(root: &Path) -> Option<String> {
    version_in(&root.join(".claude-plugin/plugin.json"))
}

/// The `version` of a JSON file, when it can be read.
pub fn version_in(file: &Path) -> Option<String> {
    let value: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    value["version"].as_str().map(str::to_owned)
}

fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"#!"
}

fn clip(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    match first.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &first[..end]),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Child {
        let mut process = Command::new("sh");
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        process.args(["-c", line]).stdin(Stdio::piped()).stdout(Stdio::piped());
        process.stderr(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn a_hook_that_hangs_is_ended_with_all_it_started() {
        let patience = Duration::from_millis(50);
        let error = listen(shell("sleep 600 & wait"), "{}", patience).unwrap_err();
        assert!(error.to_string().contains("stopped after 50ms"), "{error}");
        let answer = listen(shell("echo said; sleep 600 &"), "{}", PATIENCE).unwrap();
        assert_eq!(answer.stdout, "said\n");
    }
}
