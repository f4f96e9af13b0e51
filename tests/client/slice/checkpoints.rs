//! Checkpoints in real sessions: of a phase, of a workflow's worker, before a command that destroys.
#![expect(clippy::expect_used, reason = "a scripted turn that panics fails its test")]

use std::process::Command;

use anyhow::{Context, Result, ensure};
use portcullis::checkpoint::{Checkpoint, store};
use serde_json::{Value, json};

use super::armed::{Armed, PROGRAM, Way, both_ways};
use crate::script::{Script, Turn};
use crate::session::Session;

both_ways! {
    plugin_destruction_is_undone project_destruction_is_undone destruction_is_undone;
    plugin_workflow_phase_is_kept project_workflow_phase_is_kept workflow_phase_is_kept;
}

fn known(armed: &Armed) -> Result<Vec<Checkpoint>> {
    store::list(&armed.project.path())
}

fn portcullis(armed: &Armed, args: &[&str]) -> Result<String> {
    let output = Command::new(PROGRAM).args(args).current_dir(armed.project.path()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

/// The person at the permission prompt, who allows one command line: a tool server that the client
/// asks in a session without a terminal.
struct Person {
    folder: tempfile::TempDir,
}

impl Person {
    fn new(line: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pc-person-").tempdir()?;
        let answer = json!({"behavior": "allow", "updatedInput": {"command": line}}).to_string();
        let result = |value: Value| value.to_string().replace('\'', "'\\''");
        let started = result(json!({
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "person", "version": "1"},
        }));
        let tools = result(json!({"tools": [{
            "name": "ask", "description": "Asks the person", "inputSchema": {"type": "object"},
        }]}));
        let called = result(json!({"content": [{"type": "text", "text": answer}]}));
        let script = format!(
            "while read -r line; do\n\
             id=$(printf '%s' \"$line\" | sed -n 's/.*\"id\":\\([0-9]*\\).*/\\1/p')\n\
             case \"$line\" in\n\
             *'\"initialize\"'*) result='{started}' ;;\n\
             *'\"tools/list\"'*) result='{tools}' ;;\n\
             *'\"tools/call\"'*) result='{called}' ;;\n\
             *) continue ;;\n\
             esac\n\
             printf '{{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}}\\n' \"$id\" \"$result\"\n\
             done\n"
        );
        std::fs::write(folder.path().join("person.sh"), script)?;
        Ok(Self { folder })
    }

    fn sits_at(&self, session: Session) -> Session {
        let script = self.folder.path().join("person.sh");
        let servers = json!({"mcpServers": {"person": {"command": "sh", "args": [script]}}});
        session
            .arg("--mcp-config")
            .arg(servers.to_string())
            .arg("--permission-prompt-tool")
            .arg("mcp__person__ask")
    }
}

fn destruction_is_undone(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let file = armed.project.path().join("src/new.sh");
    let packet = json!({"task": "t", "requirements": "r", "run": "r-scene", "phase": "build"});
    let dispatch = json!({
        "description": "work", "subagent_type": "general-purpose", "run_in_background": false,
        "prompt": format!("```portcullis-packet\n{packet}\n```\n"),
    });
    let line = "git add src/new.sh && git reset --quiet --hard && ls src";
    let script = Script::new()
        .main([
            Turn::tool("Agent", dispatch),
            Turn::tool("Bash", json!({"command": line})),
            Turn::text("done"),
        ])
        .agent(
            "general-purpose",
            [
                Turn::tool("Write", json!({"file_path": file, "content": "echo new\n"})),
                Turn::text("written"),
            ],
        );
    let person = Person::new(line)?;
    let run = person.sits_at(armed.session("build it", script)).run()?;
    let result = &run.results_of("Bash")[0];
    ensure!(!result.is_error, "the person allowed it: {}", result.text);
    ensure!(!armed.project.has("src/new.sh"), "it was destroyed");

    let found = known(&armed)?;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].facts.run.as_deref(), Some("r-scene"));
    assert_eq!(found[0].facts.phase.as_deref(), Some("build"));
    assert!(found[1].facts.reason.contains("git reset"), "{}", found[1].facts.reason);
    assert!(run.notices().iter().any(|said| said.contains(&found[1].id)), "the user is told");

    portcullis(&armed, &["rollback", "--to", &found[1].id])?;
    assert_eq!(armed.project.read("src/new.sh")?, "echo new\n");
    portcullis(&armed, &["rollback", "--to", "build"])?;
    assert!(!armed.project.has("src/new.sh"), "the phase began without it");
    assert_eq!(armed.project.git(&["status", "--porcelain"])?, "");
    Ok(())
}

fn workflow_phase_is_kept(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let file = armed.project.path().join("src/half.sh");
    let script = Script::new()
        .main([
            Turn::from(|request| {
                let told = request.told();
                let at = told.find("Portcullis run facts: {\"").expect("no run facts");
                let json = &told[at + "Portcullis run facts: ".len()..];
                let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
                let facts = values.next().expect("facts").expect("facts are JSON");
                let args = json!({
                    "run": facts["run"], "prefix": facts["prefix"], "base_tree": facts["base_tree"],
                    "task": "half", "requirements": "src/half.sh", "constraints": "",
                    "context_files": [],
                });
                Turn::tool("Workflow", json!({"name": facts["workflow"], "args": args}))
            }),
            Turn::text("started"),
            Turn::text("it stopped"),
        ])
        .agent(
            "backend-developer",
            [
                Turn::tool("Write", json!({"file_path": file, "content": "echo half\n"})),
                Turn::tool(
                    "StructuredOutput",
                    json!({
                        "status": "blocked", "summary": "No.", "files_changed": ["src/half.sh"],
                        "tests_passing": false, "next_steps": ["ask"], "evidence": [],
                    }),
                ),
                Turn::text("done"),
            ],
        );
    let prompt = format!("/{} half a script", armed.name("add-feature"));
    armed.session(&prompt, script).lenient().run()?;
    assert!(armed.project.has("src/half.sh"));

    let found = known(&armed)?;
    let phases: Vec<_> = found.iter().map(|one| one.facts.phase.as_deref()).collect();
    assert_eq!(phases, [Some("start"), Some("implement")], "{found:?}");
    let run = found[0].facts.run.as_deref().context("a run")?;
    assert!(run.starts_with("r-"), "{run}");
    assert_eq!(found[1].facts.run.as_deref(), Some(run));
    portcullis(&armed, &["rollback", "--to", "implement"])?;
    assert!(!armed.project.has("src/half.sh"), "the phase began without it");
    assert_eq!(armed.project.git(&["status", "--porcelain"])?, "");
    Ok(())
}
