//! `/deploy`: a server of this test really starts, is asked, and is taken back when it answers wrongly.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{conducted, sample, starts};
use crate::runner::tests;
use crate::script::Script;
use crate::slice::armed::{Armed, PROGRAM, Way};

tests![
    a_version_that_answers_stays,
    a_version_that_fails_its_smoke_test_is_taken_back,
    nothing_is_deployed_without_a_person,
];

/// Version 2 answers, version 3 does not.
const SERVER: (&str, &str) = (
    "deploy/server.js",
    "const [version] = process.argv.slice(2)\nconst { createServer } = require('node:http')\ncreateServer((_, answer) => {\n  answer.statusCode = version === '3' ? 500 : 200\n  answer.end(version)\n}).listen(0, '127.0.0.1', function () { process.send(this.address().port) })\n",
);
/// Starts a version in place of the one that runs, and ends when it listens.
const UP: (&str, &str) = (
    "deploy/up.js",
    "const { fork } = require('node:child_process')\nconst fs = require('node:fs')\nconst live = __dirname + '/../../live.json'\nif (fs.existsSync(live)) try { process.kill(JSON.parse(fs.readFileSync(live)).pid) } catch {}\nconst server = fork(__dirname + '/server.js', process.argv.slice(2), { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })\nserver.once('message', (port) => {\n  fs.writeFileSync(live, JSON.stringify({ pid: server.pid, port }))\n  server.disconnect()\n  server.unref()\n})\n",
);
/// Asks what runs.
const SMOKE: (&str, &str) = (
    "deploy/smoke.js",
    "const { port } = JSON.parse(require('node:fs').readFileSync(__dirname + '/../../live.json'))\nfetch(`http://127.0.0.1:${port}/`).then(async (answer) => {\n  console.log(`version ${await answer.text()}: ${answer.status}`)\n  process.exitCode = answer.ok ? 0 : 1\n})\n",
);
/// What stands for the other gates and the person: they are in a scene of their own.
const POLICY: (&str, &str) = (
    "portcullis.yaml",
    "version: 1\ngates:\n  design: {command: [sh, tests/run.sh]}\n  implementation: {command: [sh, tests/run.sh]}\n  review: {command: [sh, tests/run.sh]}\n  test: {command: [sh, tests/run.sh]}\n  security: {command: [sh, tests/run.sh]}\n  deploy: {command: [sh, tests/run.sh]}\n  smoke: {command: [node, deploy/smoke.js], counts: exit-code}\n",
);

/// Ends the server that a test left running.
struct Live<'a>(&'a Armed);

impl Live<'_> {
    fn read(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.0.project.read("../live.json")?)?)
    }

    /// The version that answers.
    fn version(&self) -> Result<String> {
        let port = self.read()?["port"].as_u64().context("a port")?;
        let ask =
            format!("fetch('http://127.0.0.1:{port}/').then((a) => a.text()).then(console.log)");
        let output = Command::new("node").args(["-e", &ask]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        let pid = self.read().ok().and_then(|live| live["pid"].as_i64());
        if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
            // Gone already is as good.
            let _ =
                nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGKILL);
        }
    }
}

fn deployed(way: Way) -> Result<Armed> {
    let armed = sample(way, &[SERVER, UP, SMOKE, POLICY])?;
    let first = Command::new("node")
        .args(["deploy/up.js", "1"])
        .current_dir(armed.project.path())
        .status()?;
    assert!(first.success());
    for gate in ["design", "implementation", "review", "test", "security"] {
        let mut run = Command::new(PROGRAM);
        run.args(["gate", "run", gate]).current_dir(armed.project.path());
        assert!(run.output()?.status.success(), "{gate}");
    }
    Ok(armed)
}

fn asks(version: &str) -> Value {
    json!({
        "task": format!("deploy-{version}"), "requirements": "the new version answers on loopback",
        "route": "full", "target": "command", "strategy": "rolling",
        "commands": {"deploy": format!("node deploy/up.js {version}"), "rollback": "node deploy/up.js 1"},
    })
}

fn a_version_that_answers_stays() -> Result<()> {
    let armed = deployed(Way::Plugin)?;
    let live = Live(&armed);
    let script = Script::new().main(starts(armed.name("deploy-pipeline"), asks("2")));
    let (_, result) = conducted(&armed, "deploy command 2", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    assert_eq!(live.version()?, "2");
    Ok(())
}

fn a_version_that_fails_its_smoke_test_is_taken_back() -> Result<()> {
    let armed = deployed(Way::Project)?;
    let live = Live(&armed);
    let script = Script::new().main(starts(armed.name("deploy-pipeline"), asks("3")));
    let (_, result) = conducted(&armed, "deploy command 3", script)?;
    assert_eq!(result["status"], "failed", "{result:#}");
    assert!(result["summary"].to_string().contains("rolled back"), "{result:#}");
    let gates = result["gates"].as_array().context("gates")?;
    let smoke: Vec<_> =
        gates.iter().filter(|gate| gate["gate"] == "smoke").map(|gate| &gate["status"]).collect();
    assert_eq!(smoke, [&json!("failed"), &json!("passed")]);
    assert_eq!(live.version()?, "1", "the old version answers again");
    Ok(())
}

fn nothing_is_deployed_without_a_person() -> Result<()> {
    let armed = sample(Way::Plugin, &[SERVER, UP, SMOKE])?;
    let script = Script::new().main(starts(armed.name("deploy-pipeline"), asks("2")));
    let (_, result) = conducted(&armed, "deploy command 2", script)?;
    assert_eq!(result["status"], "needs_context", "{result:#}");
    assert!(result["next_steps"].to_string().contains("/approve deploy"), "{result:#}");
    assert!(!armed.project.has("../live.json"), "nothing was started");
    Ok(())
}
