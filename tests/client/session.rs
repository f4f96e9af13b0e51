//! One headless session of the real client, and what it left behind.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::api::{Api, Known};
use crate::process::{Home, default_limit, finish};
use crate::request::{Request, ToolResult, Who};
use crate::runner::dump_folder;
use crate::script::Script;

/// A session to be run.
pub(crate) struct Session {
    script: Script,
    prompt: String,
    project: PathBuf,
    plugins: Vec<PathBuf>,
    mode: String,
    env: Vec<(OsString, OsString)>,
    path: Vec<PathBuf>,
    args: Vec<OsString>,
    home: Option<Rc<Home>>,
    exit: Option<i32>,
    lenient: bool,
    limit: Duration,
}

impl Session {
    /// `claude -p prompt` in `project`, the model played by `script`. The permission mode is
    /// `bypassPermissions`: a headless run has nobody to ask.
    pub(crate) fn new(project: &Path, prompt: &str, script: Script) -> Self {
        Self {
            script,
            prompt: prompt.to_owned(),
            project: project.to_path_buf(),
            plugins: Vec::new(),
            mode: "bypassPermissions".to_owned(),
            env: Vec::new(),
            path: Vec::new(),
            args: Vec::new(),
            home: None,
            exit: Some(0),
            lenient: false,
            limit: default_limit(),
        }
    }

    /// Adds `--plugin-dir`.
    pub(crate) fn plugin_dir(mut self, path: &Path) -> Self {
        self.plugins.push(path.to_path_buf());
        self
    }

    /// Sets `--permission-mode`.
    pub(crate) fn permission_mode(mut self, mode: &str) -> Self {
        mode.clone_into(&mut self.mode);
        self
    }

    /// Sets a variable for the client and all it starts.
    pub(crate) fn env(mut self, key: &str, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), value.into()));
        self
    }

    /// Puts a folder before all others of PATH.
    pub(crate) fn path_prepend(mut self, folder: &Path) -> Self {
        self.path.insert(0, folder.to_path_buf());
        self
    }

    /// Adds an argument of the client, as `--resume` and its id.
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Uses the home of an earlier session: to resume it, or for what was installed there.
    pub(crate) fn home(mut self, home: &Rc<Home>) -> Self {
        self.home = Some(Rc::clone(home));
        self
    }

    /// The exit code that the client must end with, 0 unless said.
    pub(crate) fn exits(mut self, code: i32) -> Self {
        self.exit = Some(code);
        self
    }

    /// The client is killed by a signal that the script sends it.
    pub(crate) fn killed(mut self) -> Self {
        self.exit = None;
        self
    }

    /// Lets turns of the script stay unsaid.
    pub(crate) fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// The time after which the client is killed and the test fails.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the session to its end.
    ///
    /// # Errors
    ///
    /// When the client overruns its limit or ends with another exit code, a hook payload or line
    /// is not JSON, or the conversation was not the script's.
    pub(crate) fn run(self) -> Result<Run> {
        let dump = dump_folder()?;
        let home = match self.home {
            Some(home) => home,
            None => Rc::new(Home::new()?),
        };
        let mut known = Vec::new();
        for plugin in &self.plugins {
            known_agents(&plugin.join("agents"), &mut known)?;
        }
        known_agents(&self.project.join(".claude").join("agents"), &mut known)?;
        installed_agents(&home.config().join("plugins").join("cache"), &mut known)?;
        let api = Api::start(self.script, known)?;

        let mut command = home.command(&self.project)?;
        command.env("ANTHROPIC_BASE_URL", api.url()?).envs(self.env);
        if !self.path.is_empty() {
            let path = std::env::var_os("PATH").context("the tests run without PATH")?;
            let path =
                std::env::join_paths(self.path.into_iter().chain(std::env::split_paths(&path)))?;
            command.env("PATH", path);
        }
        command.args(["-p", &self.prompt, "--output-format", "stream-json", "--verbose"]);
        command.args(["--include-hook-events", "--permission-mode", &self.mode]);
        command.arg("--debug-file").arg(dump.join("debug.log"));
        for plugin in &self.plugins {
            command.arg("--plugin-dir").arg(plugin);
        }
        command.args(&self.args);
        let finished = finish(command, &dump, self.limit);

        let requests = api.requests();
        let errors = api.finish(self.lenient);
        drop(api);
        let dumped: Value = requests.iter().map(Request::to_json).collect();
        fs::write(dump.join("requests.json"), serde_json::to_vec_pretty(&dumped)?)?;
        let finished = finished?;
        ensure!(
            finished.exit == self.exit,
            "the client ended with {:?}, wanted {:?}: {}",
            finished.exit,
            self.exit,
            finished.stderr
        );
        if !errors.is_empty() {
            bail!("the session left its script:\n  {}", errors.join("\n  "));
        }
        let lines = finished
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).with_context(|| format!("stream line {line}")))
            .collect::<Result<Vec<Value>>>()?;
        let debug = fs::read(dump.join("debug.log")).unwrap_or_default();
        let debug = String::from_utf8_lossy(&debug).into_owned();
        Ok(Run { home, lines, requests, stderr: finished.stderr, debug })
    }
}

/// A finished session.
pub(crate) struct Run {
    /// Its home, for the next session.
    pub(crate) home: Rc<Home>,
    /// The lines of stream-json.
    pub(crate) lines: Vec<Value>,
    /// All requests to the model, auxiliary ones too.
    pub(crate) requests: Vec<Request>,
    pub(crate) stderr: String,
    /// The client's debug log.
    pub(crate) debug: String,
}

impl Run {
    /// The `init` line: agents, skills, slash_commands, tools, plugins, plugin_errors.
    pub(crate) fn init(&self) -> Result<&Value> {
        self.line("system", "init")
    }

    /// The strings of a list in the `init` line.
    pub(crate) fn init_names(&self, key: &str) -> Result<Vec<&str>> {
        let names = self.init()?[key].as_array().with_context(|| format!("init has no {key}"))?;
        Ok(names.iter().filter_map(Value::as_str).collect())
    }

    /// The last line: `result`, `is_error`, `usage`, `total_cost_usd`.
    pub(crate) fn result(&self) -> Result<&Value> {
        let mut lines = self.lines.iter().rev();
        lines.find(|line| line["type"] == "result").context("the stream has no result line")
    }

    /// The final words of the session.
    pub(crate) fn said(&self) -> Result<&str> {
        self.result()?["result"].as_str().context("the result line has no text")
    }

    /// The session's id, for `--resume`.
    pub(crate) fn id(&self) -> Result<&str> {
        self.init()?["session_id"].as_str().context("the init line has no session_id")
    }

    /// What the stream shows of the hooks of `event`, one line for each answer.
    pub(crate) fn hook_lines(&self, event: &str) -> Vec<&Value> {
        let lines = self.lines.iter();
        lines
            .filter(|line| line["subtype"] == "hook_response" && line["hook_event"] == event)
            .collect()
    }

    /// What the stream tells the user beside the conversation: messages of hooks, and that a hook
    /// gave no answer. Messages of `SessionStart` are not among them in headless runs.
    pub(crate) fn notices(&self) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| line["subtype"] == "informational");
        lines.filter_map(|line| line["content"].as_str()).collect()
    }

    /// Requests of one conversation partner.
    pub(crate) fn of(&self, who: &Who) -> Vec<&Request> {
        self.requests.iter().filter(|request| request.who == *who).collect()
    }

    /// Requests of the main thread.
    pub(crate) fn main(&self) -> Vec<&Request> {
        self.of(&Who::Main)
    }

    /// Requests of all conversations of an agent (its name without a plugin's prefix).
    pub(crate) fn agent(&self, name: &str) -> Vec<&Request> {
        self.of(&Who::Agent(name.to_owned()))
    }

    /// Each tool result that the model got, once, in the order they came.
    pub(crate) fn tool_results(&self) -> Vec<ToolResult> {
        let mut seen = HashSet::new();
        let results = self.requests.iter().flat_map(Request::tool_results);
        results.filter(|result| seen.insert(result.tool_use_id.clone())).collect()
    }

    /// The results of one tool.
    pub(crate) fn results_of(&self, tool: &str) -> Vec<ToolResult> {
        self.tool_results().into_iter().filter(|result| result.tool == tool).collect()
    }

    /// Whether anybody's model was told `words` (by a hook, a reminder, a result or a prompt).
    pub(crate) fn told(&self, words: &str) -> bool {
        self.requests.iter().any(|request| request.told().contains(words))
    }

    fn line(&self, kind: &str, subtype: &str) -> Result<&Value> {
        let mut lines = self.lines.iter();
        lines
            .find(|line| line["type"] == kind && line["subtype"] == subtype)
            .with_context(|| format!("the stream has no {kind}/{subtype} line"))
    }
}

/// Reads the agent definitions under `folder`: the name and the words that open the system prompt.
pub(crate) fn known_agents(folder: &Path, known: &mut Vec<Known>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            known_agents(&path, known)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path)?;
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            known.extend(known_agent(&text, stem));
        }
    }
    Ok(())
}

/// Finds the `agents` folders of plugins that were installed into the home.
fn installed_agents(folder: &Path, known: &mut Vec<Known>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("agents") {
            known_agents(&path, known)?;
        } else {
            installed_agents(&path, known)?;
        }
    }
    Ok(())
}

fn known_agent(text: &str, stem: String) -> Option<Known> {
    let (front, body) = match text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")) {
        Some((front, body)) => (front, body),
        None => ("", text),
    };
    let name = front.lines().find_map(|line| line.strip_prefix("name:"));
    let name = name.map_or(stem, |name| name.trim().trim_matches(['"', '\'']).to_owned());
    // Up to the first placeholder: the client fills those in.
    let words = body.split("${").next().unwrap_or_default().trim();
    let words: String = words.chars().take(400).collect();
    (!words.is_empty()).then_some(Known { name, words: words.trim_end().to_owned() })
}
