//! `portcullis demo`: a session's events, played through the real hook in a sample project.
//!
//! Nothing is acted: every refusal shown is the answer of a `portcullis hook` process, the gate
//! runs the sample's real test script, and the push at the end reaches a real (local) remote. The
//! demo ends with [`Exit::No`] when an answer is not the one it tells about.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::check;
use crate::cli::DemoArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::git;

const SESSION: &str = "demo";

const GREET: &str =
    "#!/bin/sh\n# Prints a greeting for the name given.\nprintf 'Hello, %s!\\n' \"${1:?name}\"\n";

const TESTS: &str = "#!/bin/sh\n# Prints TAP, which the gate counts.\ncd \"$(dirname \"$0\")/..\" || exit 1\nfail=0\ncheck() {\n  if [ \"$2\" = \"$3\" ]; then echo \"ok $1\"; else echo \"not ok $1 - got '$2'\"; fail=1; fi\n}\ncheck 1 \"$(sh greet.sh World)\" 'Hello, World!'\ncheck 2 \"$(sh greet.sh Ada)\" 'Hello, Ada!'\n[ -f shout.sh ] && check 3 \"$(sh shout.sh Ada)\" 'HELLO, ADA!'\necho 1..3\nexit $fail\n";

const SHOUT: &str = "#!/bin/sh\n# Greets loudly.\nsh \"$(dirname \"$0\")/greet.sh\" \"$1\" | tr '[:lower:]' '[:upper:]'\n";

/// Plays the session.
///
/// # Errors
/// When the sample cannot be made, or git or a process of ours cannot be started.
pub fn run(args: &DemoArgs, _env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let folder = tempfile::Builder::new().prefix("portcullis-demo-").tempdir()?;
    let root = folder.path().canonicalize()?;
    let mut demo = Demo {
        program: std::env::current_exe().context("cannot find this program's own file")?,
        project: root.join("project"),
        remote: root.join("remote.git"),
        console,
        calls: 0,
        surprises: 0,
    };
    demo.play()?;
    let Demo { project, surprises, .. } = demo;
    if args.keep {
        let kept = folder.keep();
        writeln!(console.out, "\nkept: {}", kept.join("project").display())?;
    } else {
        writeln!(
            console.out,
            "\nThe sample was in {} and is removed; `--keep` keeps it.",
            project.display()
        )?;
    }
    if surprises > 0 {
        writeln!(
            console.err,
            "error: {surprises} answers were not the ones this demo tells about"
        )?;
        return Ok(Exit::No);
    }
    Ok(Exit::Ok)
}

struct Demo<'c> {
    program: PathBuf,
    project: PathBuf,
    remote: PathBuf,
    console: &'c mut Console,
    calls: u32,
    surprises: u32,
}

impl Demo<'_> {
    fn play(&mut self) -> anyhow::Result<()> {
        self.make_sample()?;
        self.title("1. A small project is made and Portcullis is installed into it")?;
        let installed = self.portcullis(&["install", "."])?;
        self.quote(&installed)?;
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "-m", "Install Portcullis"])?;

        self.title("2. Claude is about to write a file that holds a token")?;
        let secrets = check::CHECKS.iter().find(|check| check.id == "secrets");
        let planted = (secrets.context("there is no secrets check")?.planted)(&self.project);
        let mut input = planted["tool_input"].clone();
        input["file_path"] = json!(self.project.join("config.sh"));
        self.refused("Write", input, "[")?;

        self.title("3. Claude is about to push; nothing has been tested")?;
        let push = json!({"command": "git push origin main"});
        self.refused("Bash", push.clone(), "[boundary-push]")?;

        self.title("4. A worker adds a feature and says that its tests pass; they were not run")?;
        std::fs::write(self.project.join("shout.sh"), SHOUT)?;
        let report = json!({
            "status": "completed",
            "summary": "Added shout.sh, a loud greeting, with a test.",
            "files_changed": ["shout.sh"],
            "tests_passing": true,
            "next_steps": [],
        });
        self.refused("StructuredOutput", report.clone(), "[claims-tests]")?;

        self.title("5. The gate runs the tests itself and writes a receipt for this tree")?;
        let gate = self.portcullis(&["gate", "run", "test"])?;
        self.quote(&gate)?;
        self.passed("StructuredOutput", report, "the same report is accepted: it is true now")?;

        self.title("6. The change is committed; what goes out is what was tested")?;
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "-m", "Add a loud greeting"])?;
        self.passed("Bash", push, "no objection; the push runs")?;
        self.git(&["push", "-q", "origin", "main"])?;
        let head = git::text(&self.project, ["rev-parse", "HEAD"])?;
        let there = git::text(&self.remote, ["rev-parse", "main"])?;
        ensure!(head == there, "the remote has {there}, not {head}");
        self.say(&format!("   the remote now has commit {}", &head[..8.min(head.len())]))?;

        self.title("7. The journal holds every call: `portcullis log`")?;
        let log = self.portcullis(&["log"])?;
        self.quote(&log)?;

        self.title("Where to look next")?;
        self.say("   ./install.sh PROJECT          install into a project of yours")?;
        self.say("   portcullis doctor PROJECT     plant a violation for every check there")?;
        self.say("   portcullis explain            every check and rule, with its page")?;
        self.say(
            "   README.md, SECURITY.md        what each mechanism stops, and what it does not",
        )?;
        Ok(())
    }

    fn make_sample(&mut self) -> anyhow::Result<()> {
        std::fs::create_dir_all(self.project.join("tests"))?;
        std::fs::write(self.project.join("greet.sh"), GREET)?;
        std::fs::write(self.project.join("tests/run.sh"), TESTS)?;
        std::fs::write(
            self.project.join(crate::config::FILE),
            "version: 1\ngates:\n  test:\n    command: [sh, tests/run.sh]\n",
        )?;
        self.git(&["init", "-q", "-b", "main"])?;
        let remote = self.remote.display().to_string();
        self.git(&["init", "-q", "--bare", "-b", "main", &remote])?;
        self.git(&["remote", "add", "origin", &remote])?;
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "-m", "A greeting"])
    }

    /// Runs git with an identity of the demo's own and without the user's configuration, which
    /// may sign commits or add hooks.
    fn git(&self, args: &[&str]) -> anyhow::Result<()> {
        let mut command = git::command(&self.project);
        command.args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Demo");
            command.env(format!("GIT_{who}_EMAIL"), "demo@example.invalid");
        }
        git::run(command).map(drop)
    }

    /// A command of ours in the sample project, as a session's hook would see the world.
    fn own(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.project).stdin(Stdio::null());
        for (key, _) in std::env::vars_os() {
            if key.as_encoded_bytes().starts_with(b"CLAUDE") {
                command.env_remove(key);
            }
        }
        command.env("CLAUDE_PROJECT_DIR", &self.project);
        command
    }

    fn portcullis(&mut self, args: &[&str]) -> anyhow::Result<String> {
        self.say(&format!("   $ portcullis {}", args.join(" ")))?;
        let output = self.own(args).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!(
                "portcullis {} ended with {}: {text}{}",
                args.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(text)
    }

    /// Feeds one PreToolUse event to a hook process and returns its reply.
    fn hook(&mut self, tool: &str, input: &Value) -> anyhow::Result<Value> {
        self.calls += 1;
        let mut payload = json!({
            "session_id": SESSION,
            "prompt_id": "demo-prompt",
            "cwd": self.project,
            "permission_mode": "default",
            "hook_event_name": "PreToolUse",
            "tool_name": tool,
            "tool_input": input,
            "tool_use_id": format!("demo-{}", self.calls),
        });
        if tool == "StructuredOutput" {
            payload["agent_id"] = json!("worker-1");
            payload["agent_type"] = json!("backend-developer");
        }
        let mut child = self.own(&["hook"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(payload.to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).context("the hook's answer is not JSON")
    }

    fn refused(&mut self, tool: &str, input: Value, wanted: &str) -> anyhow::Result<()> {
        self.say(&format!("   {tool} → hook"))?;
        let reply = self.hook(tool, &input)?;
        let specific = &reply["hookSpecificOutput"];
        let reason = specific["permissionDecisionReason"].as_str().unwrap_or("(no reason)");
        if specific["permissionDecision"] == "deny" && reason.contains(wanted) {
            self.say("   REFUSED; the model reads:")?;
            self.quote(reason)
        } else {
            self.surprises += 1;
            self.say(&format!("   UNEXPECTED: {reply}"))
        }
    }

    fn passed(&mut self, tool: &str, input: Value, means: &str) -> anyhow::Result<()> {
        self.say(&format!("   {tool} → hook"))?;
        let reply = self.hook(tool, &input)?;
        if reply.is_null() {
            self.say(&format!("   PASSED: {means}"))
        } else {
            self.surprises += 1;
            self.say(&format!("   UNEXPECTED: {reply}"))
        }
    }

    fn title(&mut self, text: &str) -> anyhow::Result<()> {
        self.say(&format!("\n{text}"))
    }

    fn quote(&mut self, text: &str) -> anyhow::Result<()> {
        let home = self.project.display().to_string();
        for line in text.trim_end().lines() {
            self.say(&format!("   | {}", line.replace(&home, "PROJECT")))?;
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> anyhow::Result<()> {
        writeln!(self.console.out, "{text}")?;
        self.console.out.flush()?;
        Ok(())
    }
}
